"""GET /api/: where everything is."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.urls import UrlsDep

router = APIRouter(route_class=DrfRoute, tags=["API root"])


class ApiRoot(BaseModel):
    """The addresses of the lists under `/api/`."""

    tickets: str = Field(examples=["http://localhost:8000/api/tickets/"])
    files: str = Field(examples=["http://localhost:8000/api/files/"])
    users: str = Field(examples=["http://localhost:8000/api/users/"])


@router.get("/api/", operation_id="getApiRoot", name="drf:root")
async def api_root(urls: UrlsDep) -> ApiRoot:
    """Where everything is; open to anybody."""
    return ApiRoot(tickets=urls.to("drf:tickets"), files=urls.to("upload:files"), users=urls.to("drf:users"))
