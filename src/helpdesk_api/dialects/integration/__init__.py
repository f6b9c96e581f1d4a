"""The API for integrations under /api/: events and whom they are told to. It answers as the DRF dialect does."""

from __future__ import annotations

from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.integration.routers import deliveries, events, webhooks
from helpdesk_api.dialects.wire.dialect import Dialect

INTEGRATION = Dialect(
    name="integration",
    heading="Events and webhooks",
    prefixes=["/api"],
    routers=[events.router, webhooks.router, deliveries.router],
    render_problem=render_problem,
    refusals=REFUSALS,
    tags=[
        {"name": "Events", "description": "Everything that happened, in one order; staff only."},
        {
            "name": "Webhooks",
            "description": "Who is told of events by HTTP, signed as in Standard Webhooks.",
        },
    ],
    describe=describe,
)
