"""Departments on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.fields import Text
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.models import Department

# Flicket's own limit (flicket_models.py, field_size), which its answer to a longer one was a 500.
LONGEST_NAME = 30

Name = Annotated[str, Text(max_length=LONGEST_NAME, trim=True)]


class DepartmentIn(FlicketBody):
    """A department, new or renamed."""

    missing: ClassVar[str] = "Must include department name."
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"department": "new department"}})

    department: Name


class DepartmentLinks(BaseModel):
    """Where to go from a department."""

    departments: str = Field(examples=["http://localhost:5000/flicket-api/departments/"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/department/1"])


class DepartmentOut(BaseModel):
    """A department."""

    department: str = Field(examples=["Design"])
    id: int = Field(examples=[1])
    links: DepartmentLinks

    @classmethod
    def of(cls, department: Department, urls: Urls) -> DepartmentOut:
        """The wire form of a department."""
        return cls(
            department=department.name,
            id=department.id,
            links=DepartmentLinks(
                departments=urls.to("flicket:departments"),
                self_=urls.to("flicket:department", department_id=department.id),
            ),
        )
