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
    """The addresses of the lists under `/api/`."""

    tickets: str = _at("tickets")
    files: str = _at("files")
    user_tickets: str = _at("user_tickets")
    followups: str = _at("followups")
    attachments: str = _at("followups-attachments", serialization_alias="followups-attachments")
    queues: str = _at("queues")
    custom_fields: str = _at("custom-fields", serialization_alias="custom-fields")
    users: str = _at("users")


@router.get("/api/", operation_id="getApiRoot", name="drf:root")
async def api_root(urls: UrlsDep) -> ApiRoot:
    """Where everything is; open to anybody."""
    return ApiRoot(
        files=urls.to("upload:files"),
        **{name: urls.to(f"drf:{name}") for name in ApiRoot.model_fields if name != "files"},
    )
