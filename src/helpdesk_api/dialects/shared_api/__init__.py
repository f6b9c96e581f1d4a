"""URLs that two dialects document with different rows and bodies: /api/ and /api/tickets/ (docs/adr/0002)."""

from __future__ import annotations

from helpdesk_api.dialects.drf.errors import render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.shared_api.routers import media, root, tickets
from helpdesk_api.dialects.wire.dialect import Dialect

SHARED_API = Dialect(
    name="shared",
    prefixes=["/api"],
    routers=[root.router, tickets.router, media.router],
    render_problem=render_problem,
    describe=describe,
)
