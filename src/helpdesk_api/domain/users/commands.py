"""What a caller hands in about accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to make. Roles other than the default need an admin."""

    username: str
    password: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    is_staff: bool = False
    is_superuser: bool = False
    is_active: bool = True


class UserChanges(TypedDict, total=False):
    """A partial change of an account: what is not named stays."""

    first_name: str
    last_name: str
    email: str
    password: str
    job_title: str | None
    is_staff: bool
    is_superuser: bool
    is_active: bool
