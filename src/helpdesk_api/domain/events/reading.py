"""Read what happened, from any point on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.domain.events.telling import ToldEvent, tell
from helpdesk_api.domain.policy import require_staff


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Which events somebody wants: of these types, none named meaning all; of this ticket, if one is named."""

    types: frozenset[str] = frozenset()
    ticket_id: int | None = None

    def has(self, event_type: str, ticket_id: int | None) -> bool:
        """Whether such an event is among them."""
        if self.types and event_type not in self.types:
            return False
        return self.ticket_id is None or self.ticket_id == ticket_id


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events in order, and whether there are more after them."""

    events: Sequence[ToldEvent]
    has_more: bool


async def list_events(session: Session, actor: Actor, after: int, limit: int, wanted: WantedEvents) -> EventPage:
    """The next events after a number. Staff only. Raises `Forbidden`, and `Invalid` for a number not given yet."""
    require_staff(actor)
    repository = EventRepository(session)
    found = await repository.after(after, limit + 1, wanted.types, wanted.ticket_id)
    if not found:
        check_is_known(after, await repository.newest())
    return EventPage(await tell(session, found[:limit]), has_more=len(found) > limit)


def check_is_known(after: int, newest: int) -> None:
    """Raise `Invalid` for a number past the newest: whoever has it followed another database, or one restored since."""
    if after > newest:
        raise Invalid(after=[f"There is no event {after} yet: the newest is {newest}."])
