"""Accounts: made, changed, deactivated, deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import may_change_user, require_admin, require_staff
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.users.commands import NewUser, UserChanges
from helpdesk_api.domain.users.errors import USERNAME_TAKEN, OwnAccount, UserInUse, UserNotFound
from helpdesk_api.domain.users.passwords import password_problems
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User

_USERNAME = re.compile(r"[\w.@+-]+\Z")
_BAD_USERNAME = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
# Whoever holds the command line may do everything.
COMMAND_LINE = Actor(user_id=0, username="helpdesk-api", is_staff=True, is_admin=True)
ROLE_FIELDS = ("is_staff", "is_superuser", "is_active")


def may_create_users(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor may make accounts."""
    require_staff(actor)


async def get_user(session: Session, actor: Actor, user_id: int) -> User:
    """One account. Raises `UserNotFound`."""
    user = await UserRepository(session).get(user_id, actor)
    if user is None:
        raise UserNotFound
    return user


async def find_active(session: Session, username: str) -> User | None:
    """The active account with this user name; for the command line."""
    user = await UserRepository(session).get_by_username(username)
    return user if user is not None and user.is_active else None


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


def _password_problems(password: str, account: Mapping[str, Any]) -> dict[str, list[str]]:
    found = password_problems(
        password,
        username=account.get("username") or "",
        first_name=account.get("first_name") or "",
        last_name=account.get("last_name") or "",
        email=account.get("email") or "",
    )
    return {"password": found} if found else {}


async def create_user(session: Session, actor: Actor, verifier: PasswordVerifier, new: NewUser) -> User:
    """Make an account. Staff only; roles by admins only.

    Raises `Forbidden`, and `Invalid` for a taken or malformed user name and for a weak password.
    """
    may_create_users(actor)
    if (new.is_staff, new.is_superuser, new.is_active) != (False, False, True):
        require_admin(actor)
    values = asdict(new)
    if problems := await problems_of_new_user(session, values):
        raise Invalid(problems)
    user = User(password_hash=await verifier.hash(values.pop("password")), **values)
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
    user = await UserRepository(session).get_for_update(user_id, actor)
    if user is None:
        raise UserNotFound
    _check_change_is_allowed(actor, user, changes)
    password = changes.get("password")
    if password is not None:
        account = {name: changes.get(name, getattr(user, name)) for name in ("first_name", "last_name", "email")}
        if problems := _password_problems(password, {"username": user.username, **account}):
            raise Invalid(problems)
        user.password_hash = await verifier.hash(password)
        await tokens.revoke_others(session, actor, user.id)
    changed = _apply(user, changes)
    if changed or password is not None:
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


async def delete_user(session: Session, actor: Actor, user_id: int) -> None:
    """Delete an account that nothing names. Admins only. Raises `UserNotFound`, `UserInUse`, `OwnAccount`."""
    user = await UserRepository(session).get_for_update(user_id, actor)
    if user is None:
        raise UserNotFound
    require_admin(actor)
    if user.id == actor.user_id:
        raise OwnAccount
    if not await UserRepository(session).remove(user):
        raise UserInUse
    await events.record(session, actor, "user.updated", recipient_id=user_id, changes={"deleted": user.username})
