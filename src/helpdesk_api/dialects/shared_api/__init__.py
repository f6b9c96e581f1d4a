"""URLs that two dialects document with different rows and bodies: /api/ and /api/tickets/ (docs/adr/0002)."""

from __future__ import annotations

from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.shared_api.routers import media, root, tickets
from helpdesk_api.dialects.wire.dialect import Dialect

SHARED_API = Dialect(
    name="shared",
    prefixes=["/api"],
    routers=[root.router, tickets.router, media.router],
    render_problem=render_problem,
    refusals=REFUSALS,
    heading="Both kinds of ticket",
    tags=[
        {
            "name": "Tickets",
            "description": "Upload tickets wait for files, support tickets for answers; each is shown in its own "
            "shape. A new one with a `limit`, and neither `queue` nor `title`, is an upload ticket.",
        },
        {
            "name": "Stored files",
            "description": "The files themselves, at the addresses that tickets and follow-ups give.",
        },
        {"name": "API root", "description": "Where everything under `/api/` is."},
    ],
    describe=describe,
)
