"""GET /api/: where everything is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.urls import UrlsDep

router = APIRouter(route_class=DrfRoute, tags=["API root"])


def _at(path: str, **options: Any) -> Any:
    return Field(examples=[f"http://localhost:8000/api/{path}/"], **options)


class ApiRoot(BaseModel):
    """The addresses of the lists under `/api/`; where only one kind of ticket is served, without the other's."""

    tickets: str = _at("tickets")
    files: str | None = _at("files")
    user_tickets: str | None = _at("user_tickets")
    followups: str | None = _at("followups")
    attachments: str | None = _at("followups-attachments", serialization_alias="followups-attachments")
    queues: str = _at("queues")
    custom_fields: str = _at("custom-fields", serialization_alias="custom-fields")
    users: str = _at("users")


@router.get("/api/", operation_id="getApiRoot", name="drf:root", response_model_exclude_none=True)
async def api_root(urls: UrlsDep) -> ApiRoot:
    """Where everything is; open to anybody."""
    return ApiRoot(
        files=urls.find("upload:files"),
        **{name: urls.find(f"drf:{name}") for name in ApiRoot.model_fields if name != "files"},
    )
