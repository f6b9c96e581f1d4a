"""What a caller hands in about accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

# What only an admin names, in a new account or a change.
ROLE_FIELDS = ("is_staff", "is_superuser", "is_active")


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to make. Only an admin names roles, even the ones an account has anyway; `None` names none."""

    username: str
    password: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    is_staff: bool | None = None
    is_superuser: bool | None = None
    is_active: bool | None = None


class UserChanges(TypedDict, total=False):
    """A partial change of an account: what is not named stays."""

    first_name: str
    last_name: str
    email: str
    password: str
    job_title: str | None
    avatar: str | None
    is_staff: bool
    is_superuser: bool
    is_active: bool
