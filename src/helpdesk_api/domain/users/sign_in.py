"""Signing in with a user name and a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.rate_limits.service import RateLimits
from helpdesk_api.domain.tokens.errors import InvalidPassword
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User

# `last_login` is written at most this often, so that reads with a password stay reads.
NOTE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody signs in with, and the network address they do it from, where there is one."""

    username: str
    password: str = field(repr=False)
    address: str | None


async def sign_in(database: Database, verifier: PasswordVerifier, limits: RateLimits, attempt: Attempt) -> User:
    """The active user with this password. Raises `InvalidPassword`, `TooManyFailedSignIns`.

    The account is read each time, so a new password or a deactivation counts at once; no database connection is held
    while the password is verified. A pair that is remembered costs nothing more, and no limit keeps it out. A hash of
    an older kind is replaced by one of ours.
    """
    if not _can_be_stored(attempt.username):
        raise InvalidPassword
    session = database.read_sessions()
    user = await UserRepository(session).get_by_username(attempt.username)
    stored = user.password_hash if user is not None and user.is_active else None
    if not await _is_right(verifier, limits, attempt, stored) or user is None or stored is None:
        raise InvalidPassword
    if verifier.needs_upgrade(stored):
        new_hash = await verifier.hash(attempt.password)
        async with unit_of_work(database.sessions) as session:
            await UserRepository(session).set_password_hash(user.id, stored, new_hash)
    now = datetime.now(UTC)
    if user.last_login is None or user.last_login < now - NOTE_EVERY:
        async with unit_of_work(database.sessions) as session:
            await UserRepository(session).note_sign_in(user.id, now)
    return user


async def _is_right(verifier: PasswordVerifier, limits: RateLimits, attempt: Attempt, stored: str | None) -> bool:
    """Verify a password within the limits.

    The counts are looked at when it is its turn: so a burst gets at most one guess for each thread past the limit, and
    nobody is refused for what others at the same address are just doing right.
    """
    if verifier.remembers(attempt.username, attempt.password, stored):
        return True
    async with verifier.turn:
        if verifier.remembers(attempt.username, attempt.password, stored):
            return True
        await limits.check_sign_in(attempt.username, attempt.address)
        if await verifier.verify(attempt.username, attempt.password, stored):
            await limits.forgive(attempt.username)
            return True
        await limits.count_failure(attempt.username, attempt.address)
        return False


def _can_be_stored(username: str) -> bool:
    """Whether PostgreSQL could hold this name at all: no NUL, no lone surrogates."""
    return "\0" not in username and not any("\ud800" <= character <= "\udfff" for character in username)
