"""Accounts: made, changed, deactivated, deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from helpdesk_api.db.session import Session, before_commit
from helpdesk_api.domain import stored_files
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import may_change_user, require_admin, require_staff
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.users.commands import ROLE_FIELDS, NewUser, UserChanges
from helpdesk_api.domain.users.errors import USERNAME_TAKEN, OwnAccount, UserInUse, UserNotFound
from helpdesk_api.domain.users.passwords import password_problems
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User
from helpdesk_api.paging import Page, PageRequest
from helpdesk_api.security import can_be_hashed
from helpdesk_api.storage.files import FileStorage

_USERNAME = re.compile(r"[\w.@+-]+\Z")
NO_ACTIVE_USER = "There is no such active user."
_BAD_USERNAME = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
_CANNOT_BE_HASHED = "This password is too long, or has characters that no password can have."
# Whoever holds the command line may do everything.
COMMAND_LINE = Actor(user_id=0, username="helpdesk-api", is_staff=True, is_admin=True)
Counts = dict[int, tuple[int, int]]


def may_create_users(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor may make accounts."""
    require_staff(actor)


async def get_user(session: Session, actor: Actor, user_id: int) -> User:
    """One account. Raises `UserNotFound`."""
    user = await UserRepository(session).get(user_id, actor)
    if user is None:
        raise UserNotFound
    return user


async def list_users(session: Session, actor: Actor, name: str | None, request: PageRequest) -> Page[User]:
    """A page of accounts in ascending id, of those with `name` in what they are called. Raises `PageOutOfRange`."""
    return await UserRepository(session).page(actor, name, request)


async def find_active(session: Session, username: str) -> User | None:
    """The active account with this user name; for the command line."""
    user = await UserRepository(session).get_by_username(username)
    return user if user is not None and user.is_active else None


async def is_active(session: Session, user_id: int) -> bool:
    """Whether there is an active account with this id."""
    return await UserRepository(session).is_active(user_id)


async def visible_ids(session: Session, actor: Actor, user_ids: Collection[int]) -> set[int]:
    """Those of the ids that belong to an account the actor may see, active or not."""
    return await UserRepository(session).visible_ids(actor, user_ids)


async def list_active(session: Session, user_ids: Collection[int]) -> list[User]:
    """Those of the users who are active, by user name; for the command line."""
    return await UserRepository(session).list_active(user_ids)


def count(session: Session, user_id: int, *, posts: int = 0, assigned: int = 0) -> None:
    """Add to what a user has written, or has to work on.

    Written at the very end of the unit of work and in the order of the ids, so that those rows are locked for a moment
    only and two units of work never wait for each other.
    """
    counts: Counts = session.info.setdefault("user_counts", {})
    if not counts:
        before_commit(session, partial(_write_counts, session, counts))
    had_posts, had_assigned = counts.get(user_id, (0, 0))
    counts[user_id] = (had_posts + posts, had_assigned + assigned)


async def _write_counts(session: Session, counts: Counts) -> None:
    for user_id, (posts, assigned) in sorted(counts.items()):
        if posts or assigned:
            await UserRepository(session).count(user_id, posts=posts, assigned=assigned)
    counts.clear()


async def problems_of_new_user(session: Session, given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the parts of a new account that could be read at all, by field."""
    problems: dict[str, list[str]] = {}
    username = given.get("username")
    if username is not None:
        if not _USERNAME.match(username):
            problems["username"] = [_BAD_USERNAME]
        elif await UserRepository(session).is_username_taken(username):
            problems["username"] = [USERNAME_TAKEN]
    if "password" in given:
        problems |= _password_problems(given["password"], given)
    return problems


def problems_of_changes(user: User, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with changes of an account that only the account as it is can say, by field."""
    if "password" not in changes:
        return {}
    names = ("username", "first_name", "last_name", "email")
    return _password_problems(changes["password"], {name: changes.get(name, getattr(user, name)) for name in names})


async def _hash_first(verifier: PasswordVerifier, password: str) -> str:
    """A password's hash; empty for one that will be refused.

    To be made before the session's first statement: from then on it holds a connection, and bcrypt is slow.
    """
    return await verifier.hash(password) if can_be_hashed(password) else ""


def _password_problems(password: str, account: Mapping[str, Any]) -> dict[str, list[str]]:
    if not can_be_hashed(password):
        return {"password": [_CANNOT_BE_HASHED]}
    found = password_problems(
        password,
        username=account.get("username") or "",
        first_name=account.get("first_name") or "",
        last_name=account.get("last_name") or "",
        email=account.get("email") or "",
    )
    return {"password": found} if found else {}


async def create_user(session: Session, actor: Actor, verifier: PasswordVerifier, new: NewUser) -> User:
    """Make an account. Staff only; roles are named by admins only.

    Raises `Forbidden`, and `Invalid` for a taken or malformed user name and for a weak password.
    """
    may_create_users(actor)
    values = {name: value for name, value in asdict(new).items() if value is not None}
    if any(field in values for field in ROLE_FIELDS):
        require_admin(actor)
    password_hash = await _hash_first(verifier, new.password)
    if problems := await problems_of_new_user(session, values):
        raise Invalid(problems)
    del values["password"]
    user = User(password_hash=password_hash, **values)
    if not await UserRepository(session).add(user):
        raise Invalid(username=[USERNAME_TAKEN])
    await events.record(session, actor, "user.created", recipient_id=user.id, changes={"username": user.username})
    return user


async def change_user(
    session: Session, actor: Actor, verifier: PasswordVerifier, user_id: int, changes: UserChanges
) -> User:
    """Change an account: own name and password by anyone, e-mail by staff, roles by admins.

    Staff change plain users' accounts and their own; only an admin changes another agent's or an admin's.
    A new password ends the account's tokens, but for the one the request came with.
    Raises `UserNotFound`, `Forbidden`, `OwnAccount`, `Invalid`.
    """
    password = changes.get("password")
    new_hash = "" if password is None else await _hash_first(verifier, password)
    user = await UserRepository(session).get_for_update(user_id, actor, key_share="avatar" not in changes)
    if user is None:
        raise UserNotFound
    _check_change_is_allowed(actor, user, changes)
    if problems := problems_of_changes(user, changes):
        raise Invalid(problems)
    if password is not None:
        user.password_hash = new_hash
        await tokens.revoke_others(session, actor, user.id)
    changed = _apply(user, changes)
    if password is not None:
        changed["password"] = "changed"  # noqa: S105  (it is said that, not to what)
    if changed:
        await events.record(session, actor, "user.updated", recipient_id=user.id, changes=changed)
    return user


def _check_change_is_allowed(actor: Actor, user: User, changes: UserChanges) -> None:
    own = actor.user_id == user.id
    if any(field in changes for field in ROLE_FIELDS):
        require_admin(actor)
        if own and _locks_out(changes):
            raise OwnAccount
    if not may_change_user(actor, user.id):
        raise Forbidden
    if not own and (user.is_staff or user.is_superuser):
        require_admin(actor)
    if "email" in changes:
        require_staff(actor)


def _locks_out(changes: UserChanges) -> bool:
    return changes.get("is_superuser") is False or changes.get("is_active") is False


def _apply(user: User, changes: UserChanges) -> dict[str, Any]:
    """Set what differs and say what did."""
    changed = {}
    for field, value in changes.items():
        if field != "password" and getattr(user, field) != value:
            changed[field] = {"from": getattr(user, field), "to": value}
            setattr(user, field, value)
    return changed


async def delete_user(session: Session, actor: Actor, storage: FileStorage, user_id: int) -> None:
    """Delete an account that nothing names, with its picture. Admins only.

    Raises `UserNotFound`, `Forbidden`, `UserInUse`, `OwnAccount`.
    """
    user = await UserRepository(session).get_for_update(user_id, actor)
    if user is None:
        raise UserNotFound
    require_admin(actor)
    if user.id == actor.user_id:
        raise OwnAccount
    if not await UserRepository(session).remove(user):
        raise UserInUse
    if user.avatar:
        await stored_files.remove(session, storage, [user.avatar])
    await events.record(session, actor, "user.updated", recipient_id=user_id, changes={"deleted": user.username})
