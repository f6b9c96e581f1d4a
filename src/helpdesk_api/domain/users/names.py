"""A person's name in one piece, where it is not kept in two."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func

from helpdesk_api.models import User

# `full_name` in SQL.
FULL_NAME: ColumnElement[str] = func.coalesce(
    func.nullif(func.btrim(User.first_name + " " + User.last_name), ""), User.username
)


def full_name(user: User) -> str:
    """What to call a user: first and last name, or the user name where both are blank."""
    return f"{user.first_name} {user.last_name}".strip() or user.username


def split_name(name: str) -> tuple[str, str]:
    """First and last name: what is before and after the first space."""
    first, _, last = name.strip().partition(" ")
    return first, last.strip()
