"""Routes with DRF's format suffix: `/api/tickets.json` is `/api/tickets/`."""

from __future__ import annotations

from helpdesk_api.dialects.wire.routes import WireRoute


class DrfRoute(WireRoute):
    """A route under DRF's rules."""

    optional_suffix = r"(?:\.json)?"
