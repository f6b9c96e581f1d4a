"""The first admin of a new installation."""

from __future__ import annotations

import secrets

from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.users.errors import USERNAME_TAKEN
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.service import COMMAND_LINE
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User


async def ensure_admin(
    session: Session, verifier: PasswordVerifier, username: str, password: str | None = None
) -> str | None:
    """Make the first admin where there is none; the password generated for it, or `None`.

    A password that is given is taken as given. Raises `Invalid` when the name belongs to somebody who is no admin.
    """
    users = UserRepository(session)
    await users.take_turns()  # services that start together on one database must not make two
    if await users.has_admin():
        return None
    generated = None if password else secrets.token_urlsafe(12)
    admin = User(
        username=username,
        password_hash=await verifier.hash(password or generated or ""),
        is_staff=True,
        is_superuser=True,
    )
    if not await users.add(admin):
        raise Invalid(username=[USERNAME_TAKEN])
    about = {"username": username}
    await events.record(session, COMMAND_LINE, "user.created", recipient_id=admin.id, changes=about)
    return generated
