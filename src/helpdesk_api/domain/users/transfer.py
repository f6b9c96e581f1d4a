"""Accounts carried from one installation to another, with their passwords as they are hashed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Conflict
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.parsing.texts import why_not_storable
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.errors import USERNAME_TAKEN
from helpdesk_api.domain.users.names import full_name, split_name
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.transfer_repository import TransferRepository
from helpdesk_api.models import User
from helpdesk_api.security import is_usable

FIELDS = ("username", "name", "email", "password")
LONGEST = {"username": 150, "first_name": 150, "last_name": 150, "email": 254}
EMAIL_TAKEN = "Another account has this e-mail address, which decides whose tickets one may read."
BAD_SHAPE = "This is not an object with username, name, email and password, each of them a text."
BAD_PASSWORD = "This password is not hashed with bcrypt."  # noqa: S105  (what people are told)
# A colon ends the user name in a Basic header (RFC 7617).
BAD_USERNAME = "A user name is not blank, and has neither colons nor control characters."
_USERNAME = re.compile(r"[^:\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account as it travels; the password is its hash."""

    username: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry of an import, counted from 1; without problems, it was imported."""

    number: int
    username: str
    problems: tuple[str, ...]


class ImportRefused(Conflict):
    """All or nothing was asked for, and some entries cannot be imported; `outcomes` says which."""

    message = "Nothing was imported."

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


async def export_accounts(session: Session) -> tuple[list[AccountRecord], int]:
    """Every active account by user name, and how many were left out: a deactivated one would sign in elsewhere."""
    accounts = TransferRepository(session)
    records = [
        AccountRecord(user.username, full_name(user), user.email, user.password_hash)
        for user in await accounts.list_active()
    ]
    return records, await accounts.count_inactive()


async def import_accounts(session: Session, entries: Sequence[object], *, atomic: bool = False) -> list[Outcome]:
    """Make plain users of what another installation exported; their old passwords go on working.

    Each entry is a mapping of `FIELDS` to texts (a name or e-mail address may be null); others in it are ignored. Those
    that cannot be taken are passed over, or with `atomic` keep all the others out too: that raises `ImportRefused`.
    """
    records = [_record_of(entry) for entry in entries]
    names, emails = await _taken(session, [record for record in records if record is not None])
    outcomes = []
    for number, record in enumerate(records, start=1):
        if record is None:
            outcomes.append(Outcome(number, "", (BAD_SHAPE,)))
            continue
        problems = _problems(record, names, emails)
        if not problems and not await _add(session, record):
            problems = [USERNAME_TAKEN]
        if not problems:
            names.add(record.username)
            emails.add(record.email.lower())
        outcomes.append(Outcome(number, record.username, tuple(problems)))
    if atomic and any(outcome.problems for outcome in outcomes):
        raise ImportRefused(outcomes)
    return outcomes


async def _taken(session: Session, records: Sequence[AccountRecord]) -> tuple[set[str], set[str]]:
    """User names and, in lower case, e-mail addresses that other accounts have already."""
    accounts = TransferRepository(session)
    names = [record.username for record in records if not why_not_storable(record.username)]
    emails = [record.email.lower() for record in records if record.email and not why_not_storable(record.email)]
    return await accounts.usernames_among(names), await accounts.emails_among(emails)


def _record_of(entry: object) -> AccountRecord | None:
    if not isinstance(entry, Mapping):
        return None
    values = {name: entry.get(name) for name in FIELDS}
    for name in ("name", "email"):
        values[name] = "" if values[name] is None and name in entry else values[name]
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    return AccountRecord(**texts) if len(texts) == len(FIELDS) else None


def _problems(record: AccountRecord, names: set[str], emails: set[str]) -> list[str]:
    first, last = split_name(record.name)
    given = {"username": record.username, "first_name": first, "last_name": last, "email": record.email}
    problems = [f"{name}: {reason}" for name, value in given.items() if (reason := why_not_storable(value))]
    problems += [
        f"{name}: Longer than {LONGEST[name]} characters."
        for name, value in given.items()
        if len(value) > LONGEST[name]
    ]
    if not _USERNAME.fullmatch(record.username) or not record.username.strip():
        problems.append(BAD_USERNAME)
    if record.username in names:
        problems.append(USERNAME_TAKEN)
    if record.email and record.email.lower() in emails:
        problems.append(EMAIL_TAKEN)
    if not is_usable(record.password):
        problems.append(BAD_PASSWORD)
    return problems


async def _add(session: Session, record: AccountRecord) -> bool:
    first, last = split_name(record.name)
    user = User(
        username=record.username, first_name=first, last_name=last, email=record.email, password_hash=record.password
    )
    if not await UserRepository(session).add(user):
        return False
    about = {"username": user.username}
    await events.record(session, users.COMMAND_LINE, "user.created", recipient_id=user.id, changes=about)
    return True
