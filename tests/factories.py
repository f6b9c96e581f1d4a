"""Rows for tests: accounts that can sign in, tickets, files."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.models import Department, Queue, Token, User
from helpdesk_api.security import hash_password, new_token, token_digest

PASSWORD = "correct-horse-battery"
_HASH = hash_password(PASSWORD, rounds=4)

# The smallest picture there is: one transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Account:
    """A user who can sign in each way."""

    user: User
    secret: str

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def token(self) -> dict[str, str]:
        """Headers with a DRF token."""
        return {"Authorization": f"Token {self.secret}"}

    @property
    def bearer(self) -> dict[str, str]:
        """Headers with the same token as Flicket's clients send it."""
        return {"Authorization": f"Bearer {self.secret}"}

    @property
    def basic(self) -> dict[str, str]:
        """Headers with user name and password."""
        pair = base64.b64encode(f"{self.user.username}:{PASSWORD}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    @property
    def actor(self) -> Actor:
        """The user as services see it."""
        user = self.user
        return Actor(user.id, user.username, user.email, user.is_staff or user.is_superuser, user.is_superuser)


async def make_account(session: Session, username: str, **values: Any) -> Account:
    """Store a user with the password `PASSWORD` and a token."""
    user = User(username=username, password_hash=_HASH, **values)
    session.add(user)
    await session.flush()
    secret = new_token()
    session.add(Token(user_id=user.id, digest=token_digest(secret)))
    await session.flush()
    await session.refresh(user)
    return Account(user, secret)


async def make_department(session: Session, name: str) -> Department:
    """Store a department."""
    department = Department(name=name)
    session.add(department)
    await session.flush()
    return department


async def make_queue(session: Session, title: str, department: Department, **values: Any) -> Queue:
    """Store a queue of a department; its slug is its title unless one is given."""
    queue = Queue(title=title, department_id=department.id, **{"slug": title.lower().replace(" ", "-"), **values})
    session.add(queue)
    await session.flush()
    return queue
