"""Users on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.fields import EmailAddress, Flag, Text
from helpdesk_api.dialects.wire.fields import wrong
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.users.commands import ROLE_FIELDS, UserChanges
from helpdesk_api.domain.users.names import full_name, split_name
from helpdesk_api.models import User

# Flicket's names (flicket_user.py): the picture of who has none, and the job of who has none.
DEFAULT_AVATAR = "__default_profile.png"
NO_JOB = "unknown"
LONGEST_NAME_PART = 150

Role = Annotated[bool, Flag(), Field(description="Only an admin may send this.")]


@dataclass(frozen=True, kw_only=True)
class PersonName(Text):
    """First and last name in one text, split at the first space."""

    blank: bool = True
    trim: bool = True

    def parse(self, value: Any) -> str:
        """The name. Raises the error of `wrong`."""
        text = super().parse(value)
        if any(len(part) > LONGEST_NAME_PART for part in split_name(text)):
            raise wrong(f"must not have a part longer than {LONGEST_NAME_PART} characters.")
        return text


class UserChangesIn(FlicketBody):
    """What can be changed of a user; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"name": "Joe Blogs", "job_title": "Designer"}}
    )

    name: Annotated[str, PersonName()] = Field(description="First and last name, split at the first space.")
    job_title: Annotated[str | None, Text(max_length=64, blank=True, trim=True, null=True)]
    password: Annotated[str, Text(max_length=1024)] = Field(
        description="At least 8 characters, not only digits, not a common one, not close to the user's own names."
    )
    email: Annotated[str, EmailAddress(blank=True)] = Field(description="Only staff may change it.")
    is_staff: Role
    is_superuser: Role
    is_active: Role

    def to_changes(self) -> UserChanges:
        """The changes that were sent."""
        given = self.model_fields_set
        changes: UserChanges = {}
        if "name" in given:
            changes["first_name"], changes["last_name"] = split_name(self.name)
        if "job_title" in given:
            # What is shown of somebody without a job may be sent back.
            changes["job_title"] = None if self.job_title in ("", NO_JOB) else self.job_title
        if "password" in given:
            changes["password"] = self.password
        if "email" in given:
            changes["email"] = self.email
        changes |= cast(UserChanges, {name: getattr(self, name) for name in ROLE_FIELDS if name in given})
        return changes


class UserLinks(BaseModel):
    """Where to go from a user."""

    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/user/1"])
    users: str = Field(examples=["http://localhost:5000/flicket-api/users/"])


class UserOut(BaseModel):
    """A user."""

    avatar: str = Field(
        description="The user's picture.",
        examples=["http://localhost:5000/flicket/static/flicket_avatars/__default_profile.png"],
    )
    email: str = Field(examples=["evereux@gmail.com"])
    id: int = Field(examples=[1])
    job_title: str = Field(description="`unknown` for somebody without.", examples=["admin"])
    links: UserLinks
    name: str = Field(examples=["admin"])
    total_posts: int = Field(description="Tickets opened, and replies that you can see.", examples=[6381])
    username: str = Field(examples=["admin"])

    @classmethod
    def of(cls, user: User, posts: Mapping[int, int], urls: Urls) -> UserOut:
        """The wire form of a user; `posts` has how many are shown of each, by the user's id."""
        picture = user.avatar.rpartition("/")[2] if user.avatar else DEFAULT_AVATAR
        return cls(
            avatar=urls.to("flicket:avatar", filename=picture),
            email=user.email,
            id=user.id,
            job_title=user.job_title or NO_JOB,
            links=UserLinks(self_=urls.to("flicket:user", user_id=user.id), users=urls.to("flicket:users")),
            name=full_name(user),
            total_posts=posts[user.id],
            username=user.username,
        )
