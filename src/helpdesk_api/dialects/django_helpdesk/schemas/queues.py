"""Queues on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Chars, Email, Flag, PrimaryKey, Slug
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.commands import NewQueue, QueueChanges
from helpdesk_api.models import Queue

# Our words for the fields of the core.
CORE_NAMES: Mapping[str, str] = {
    "department": "department_id",
    "default_assignee": "default_assignee_id",
    "active": "is_active",
}


class _QueueBody(DrfBody):
    """What new queues and changes have in common."""

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A slug or title that is taken, a department or assignee that is not there."""
        existing = context.found if isinstance(context.found, Queue) else None
        return await queues.problems_of_queue(context.session, _in_the_core(values), existing)

    def to_changes(self) -> QueueChanges:
        """The values that were sent."""
        return cast(QueueChanges, _in_the_core({name: getattr(self, name) for name in self.model_fields_set}))


def _in_the_core(values: Mapping[str, Any]) -> dict[str, Any]:
    return {CORE_NAMES.get(name, name): value for name, value in values.items()}


class QueueIn(_QueueBody):
    """A new queue, or all of one."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"title": "Billing", "email_address": "billing@example.com"}}
    )

    title: Annotated[str, Chars(max_length=100)]
    slug: Annotated[str, Slug()] = Field(
        default_factory=str, description="In a new queue, by default the title as a slug."
    )
    department: Annotated[int, PrimaryKey()] = Field(
        default_factory=int, description="In a new queue, by default the first one there is."
    )
    default_assignee: Annotated[int | None, PrimaryKey(null=True)] = Field(
        None, description="Who gets tickets that name nobody."
    )
    email_address: Annotated[str, Email(blank=True)] = Field("", title="E-mail address")
    active: Annotated[bool, Flag()] = True

    def to_command(self) -> NewQueue:
        """The queue to make."""
        return NewQueue(**self.to_changes())


class QueueChangesIn(_QueueBody):
    """What can be changed of a queue; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"active": False}})

    title: Annotated[str, Chars(max_length=100)]
    slug: Annotated[str, Slug()]
    department: Annotated[int, PrimaryKey()]
    default_assignee: Annotated[int | None, PrimaryKey(null=True)]
    email_address: Annotated[str, Email(blank=True)]
    active: Annotated[bool, Flag()]


class QueueOut(BaseModel):
    """A queue."""

    id: int = Field(examples=[1])
    title: str = Field(examples=["Support"])
    slug: str = Field(examples=["support"])
    department: int = Field(examples=[1])
    default_assignee: int | None = Field(examples=[None])
    email_address: str = Field(examples=[""])
    active: bool = Field(examples=[True])

    @classmethod
    def of(cls, queue: Queue) -> QueueOut:
        """The wire form of a queue."""
        return cls(**{name: getattr(queue, CORE_NAMES.get(name, name)) for name in cls.model_fields})
