"""The events table."""

from __future__ import annotations

from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.models import Event


class EventRepository:
    """Append-only: events are written once and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> None:
        """Write an event with the rest of this unit of work."""
        self._session.add(Event(**values))
