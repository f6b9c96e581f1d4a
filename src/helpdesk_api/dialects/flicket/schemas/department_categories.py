"""A department and a category in one, on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.models import Queue


class DepartmentCategoryLinks(BaseModel):
    """Where to go from a department and category."""

    category: str = Field(examples=["http://localhost:5000/flicket-api/category/1"])
    department: str = Field(examples=["http://localhost:5000/flicket-api/department/1"])
    department_categories: str = Field(examples=["http://localhost:5000/flicket-api/department_categories/"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/department_category/1"])


class DepartmentCategoryOut(BaseModel):
    """A category with its department; it goes by the category's id."""

    category: str = Field(examples=["Dataset"])
    category_id: int = Field(examples=[1])
    department: str = Field(examples=["Design"])
    department_category: str = Field(examples=["Design / Dataset"])
    department_id: int = Field(examples=[1])
    links: DepartmentCategoryLinks

    @classmethod
    def of(cls, queue: Queue, urls: Urls) -> DepartmentCategoryOut:
        """The wire form of a queue with its department."""
        return cls(
            category=queue.title,
            category_id=queue.id,
            department=queue.department.name,
            department_category=f"{queue.department.name} / {queue.title}",
            department_id=queue.department_id,
            links=DepartmentCategoryLinks(
                category=urls.to("flicket:category", category_id=queue.id),
                department=urls.to("flicket:department", department_id=queue.department_id),
                department_categories=urls.to("flicket:department_categories"),
                self_=urls.to("flicket:department_category", category_id=queue.id),
            ),
        )
