"""Categories, which are the core's queues, on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.fields import Id
from helpdesk_api.dialects.flicket.schemas.departments import Name
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.queues.commands import NewQueue, QueueChanges
from helpdesk_api.models import Queue


class CategoryIn(FlicketBody):
    """A new category."""

    missing: ClassVar[str] = "Must include category name and department_id"
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"category": "New category", "department_id": 1}}
    )

    category: Name
    department_id: Annotated[int, Id()]

    def to_command(self) -> NewQueue:
        """The queue to make."""
        return NewQueue(title=self.category, department_id=self.department_id)


class CategoryChangesIn(FlicketBody):
    """What can be changed of a category; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"category": "Another name"}})

    category: Name
    department_id: Annotated[int, Id()]

    def to_changes(self) -> QueueChanges:
        """The changes that were sent."""
        changes: QueueChanges = {}
        if "category" in self.model_fields_set:
            changes["title"] = self.category
        if "department_id" in self.model_fields_set:
            changes["department_id"] = self.department_id
        return changes


class CategoryLinks(BaseModel):
    """Where to go from a category."""

    categories: str = Field(examples=["http://localhost:5000/flicket-api/categories/"])
    department: str = Field(examples=["http://localhost:5000/flicket-api/department/1"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/category/1"])


class CategoryOut(BaseModel):
    """A category of a department."""

    category: str = Field(examples=["Dataset"])
    department: str = Field(examples=["Design"])
    id: int = Field(examples=[1])
    links: CategoryLinks

    @classmethod
    def of(cls, queue: Queue, urls: Urls) -> CategoryOut:
        """The wire form of a queue."""
        return cls(
            category=queue.title,
            department=queue.department.name,
            id=queue.id,
            links=CategoryLinks(
                categories=urls.to("flicket:categories"),
                department=urls.to("flicket:department", department_id=queue.department_id),
                self_=urls.to("flicket:category", category_id=queue.id),
            ),
        )
