"""/api/events/: what happened, page by page and as it happens."""

from __future__ import annotations

from fastapi import APIRouter

from helpdesk_api.dialects.drf.routes import DrfRoute

router = APIRouter(prefix="/api/events", route_class=DrfRoute, tags=["Events"])
