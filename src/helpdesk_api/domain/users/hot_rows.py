"""One account by its id or user name, as a plain row: every request with a password asks for one.

The rows have the attributes of `User`; `tests/domain/users/test_hot_rows.py` holds them against what the ORM reads.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import cast

from asyncpg import Record
from sqlalchemy import BigInteger, bindparam, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.models import User


@dataclass(slots=True)
class UserRow:
    """An account, as `User`."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    password_hash: str
    is_active: bool
    is_staff: bool
    is_superuser: bool
    job_title: str | None
    avatar: str | None
    total_posts: int
    total_assigned: int
    date_joined: datetime
    last_login: datetime | None


_USERS = select(*(getattr(User, one.name) for one in fields(UserRow)))
_BY_ID = Statement(_USERS.where(User.id == bindparam("id", type_=BigInteger)))
_BY_USERNAME = Statement(_USERS.where(User.username == bindparam("username")))


async def by_id(session: Session, user_id: int) -> User | None:
    """The account with an id."""
    return _as_user(await _BY_ID.first(session, id=user_id))


async def by_username(session: Session, username: str) -> User | None:
    """The account with a user name."""
    return _as_user(await _BY_USERNAME.first(session, username=username))


def _as_user(row: Record | None) -> User | None:
    return None if row is None else cast("User", UserRow(*row))
