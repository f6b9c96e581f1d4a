"""Signing in with a user name and a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import reading, unit_of_work
from helpdesk_api.domain.tokens.errors import InvalidPassword
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User

# `last_login` is written at most this often, so that reads with a password stay reads.
NOTE_EVERY = timedelta(hours=1)


async def sign_in(database: Database, verifier: PasswordVerifier, username: str, password: str) -> User:
    """The active user with this password. Raises `InvalidPassword`.

    The account is read each time, so a new password or a deactivation counts at once; no database connection is held
    while the password is verified. A hash of an older kind is replaced by one of ours.
    """
    if not _can_be_stored(username):
        raise InvalidPassword
    async with reading(database.read_sessions) as session:
        user = await UserRepository(session).get_by_username(username)
    stored = user.password_hash if user is not None and user.is_active else None
    if not await verifier.verify(username, password, stored) or user is None or stored is None:
        raise InvalidPassword
    if verifier.needs_upgrade(stored):
        new_hash = await verifier.hash(password)
        async with unit_of_work(database.sessions) as session:
            await UserRepository(session).set_password_hash(user.id, stored, new_hash)
    now = datetime.now(UTC)
    if user.last_login is None or user.last_login < now - NOTE_EVERY:
        async with unit_of_work(database.sessions) as session:
            await UserRepository(session).note_sign_in(user.id, now)
    return user


def _can_be_stored(username: str) -> bool:
    """Whether PostgreSQL could hold this name at all: no NUL, no lone surrogates."""
    return "\0" not in username and not any("\ud800" <= character <= "\udfff" for character in username)
