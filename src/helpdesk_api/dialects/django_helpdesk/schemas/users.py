"""Accounts on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Chars, Email, Flag
from helpdesk_api.domain.tokens.bearer import TokenBearer
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.commands import NewUser, UserChanges
from helpdesk_api.models import User

Name = Annotated[str, Chars(max_length=150, blank=True)]
Password = Annotated[str, Chars(max_length=1024, trim=False)]
# A form without it takes no role away, as an empty box would.
Role = Annotated[bool, Flag()]


class UserIn(DrfBody):
    """A new account."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "example": {
                "username": "jblogs",
                "password": "correct-horse-battery",
                "first_name": "Joe",
                "last_name": "Blogs",
                "email": "jblogs@example.com",
            }
        }
    )

    username: Annotated[str, Chars(max_length=150)] = Field(
        description="150 characters or fewer: letters, digits and @/./+/-/_."
    )
    password: Password = Field(
        description="At least 8 characters, not only digits, not a common one, not close to the user's own names."
    )
    first_name: Name = ""
    last_name: Name = ""
    email: Annotated[str, Email(blank=True)] = ""
    is_staff: Role = Field(False, description="Agents see and answer every ticket. Only an admin may send this.")
    is_superuser: Role = Field(False, description="Admins also manage roles. Only an admin may send this.")
    is_active: Role = Field(True, description="Only active users sign in. Only an admin may send this.")

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A user name that is taken or malformed, a password that is weak."""
        return await users.problems_of_new_user(context.session, values)

    def to_command(self) -> NewUser:
        """The account to make."""
        return NewUser(**{name: getattr(self, name) for name in self.model_fields_set})


class UserChangesIn(DrfBody):
    """What can be changed of an account; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"first_name": "Josephine"}})

    first_name: Name
    last_name: Name
    email: Annotated[str, Email(blank=True)] = Field(description="Only staff may change it.")
    password: Password
    is_staff: Role = Field(description="Only an admin may send this.")
    is_superuser: Role = Field(description="Only an admin may send this.")
    is_active: Role = Field(description="Only an admin may send this.")

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A password that is weak, by itself or for this user."""
        return users.problems_of_changes(cast(User, context.found), values)

    def to_changes(self) -> UserChanges:
        """The changes that were sent."""
        return cast(UserChanges, {name: getattr(self, name) for name in self.model_fields_set})


class UserCreated(TypedDict):
    """A new account as it was made."""

    id: Annotated[int, Field(examples=[2])]
    username: Annotated[str, Field(examples=["jblogs"])]
    first_name: Annotated[str, Field(examples=["Joe"])]
    last_name: Annotated[str, Field(examples=["Blogs"])]
    email: Annotated[str, Field(examples=["jblogs@example.com"])]


class UserOut(UserCreated):
    """An account."""

    is_staff: bool
    is_superuser: bool
    is_active: bool
    date_joined: datetime


def show_new_user(user: User | TokenBearer) -> UserCreated:
    """The wire form of a new account."""
    return {
        "id": user.id,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
    }


def show_user(user: User | TokenBearer) -> UserOut:
    """The wire form of an account."""
    return {
        **show_new_user(user),
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "is_active": user.is_active,
        "date_joined": user.date_joined,
    }
