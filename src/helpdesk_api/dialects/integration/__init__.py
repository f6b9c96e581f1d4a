"""The API for integrations under /api/: events and whom they are told to. It answers as the DRF dialect does."""

from __future__ import annotations

from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.integration.routers import events
from helpdesk_api.dialects.wire.dialect import Dialect

INTEGRATION = Dialect(
    name="integration",
    prefixes=["/api"],
    routers=[events.router],
    render_problem=render_problem,
    refusals=REFUSALS,
    tags=[{"name": "Events", "description": "Everything that happened, in one order; staff only."}],
    describe=describe,
)
