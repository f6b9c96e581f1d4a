"""Actions on the wire: the events of a ticket that Flicket has a word for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from helpdesk_api.dialects.flicket.dates import HttpDate, http_date
from helpdesk_api.dialects.flicket.schemas.priorities import PRIORITY_NAMES
from helpdesk_api.dialects.flicket.schemas.statuses import STATUS_NAMES
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.history.commands import WantedEvents
from helpdesk_api.domain.tickets.stages import Stage, urgency_of
from helpdesk_api.models import Event

WORDS: Mapping[str, str] = {
    "ticket.created": "open",
    "ticket.assigned": "assign",
    "ticket.claimed": "claim",
    "ticket.released": "release",
    "ticket.closed": "close",
    "ticket.reopened": "status",
    "ticket.status_changed": "status",
    "subscription.created": "subscribe",
    "subscription.deleted": "unsubscribe",
}
# Of an update, the field that changed.
UPDATE_WORDS: Mapping[str, str] = {"priority": "priority", "queue_id": "department_category"}
# The others have nobody they are done to.
WITH_RECIPIENT = frozenset(("assign", "subscribe", "unsubscribe"))
ACTIONS = WantedEvents(types=WORDS.keys(), updated_fields=UPDATE_WORDS.keys())


def word_of(event: Event) -> str:
    """What Flicket calls an event, which is one of `ACTIONS`."""
    if event.type in WORDS:
        return WORDS[event.type]
    return next(word for field, word in UPDATE_WORDS.items() if field in event.changes)


def data_of(event: Event) -> dict[str, Any] | None:
    """What Flicket tells of an action besides."""
    now = {field: change["to"] for field, change in event.changes.items() if isinstance(change, dict)}
    match word_of(event):
        case "status":
            stage = Stage(now["stage"])
            return {"status": STATUS_NAMES[stage], "status_id": stage.value}
        case "priority":
            urgency = urgency_of(now["priority"])
            return {"priority": PRIORITY_NAMES[urgency], "priority_id": urgency.value}
        case "department_category":
            return {
                "category": now["queue"],
                "category_id": now["queue_id"],
                "department": now["department"],
                "department_category": f"{now['department']} / {now['queue']}",
                "department_id": now["department_id"],
            }
    return None


class ActionLinks(BaseModel):
    """Where to go from an action."""

    actions: str = Field(examples=["http://localhost:5000/flicket-api/actions/1"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/action/3"])


class ActionOut(BaseModel):
    """Something that somebody did to a ticket."""

    action: str = Field(
        description="open, assign, claim, release, close, status, priority, department_category, subscribe or"
        " unsubscribe.",
        examples=["status"],
    )
    data: dict[str, Any] | None = Field(
        description="What it is from now on, after `status`, `priority` and `department_category`.",
        examples=[{"status": "Closed", "status_id": 2}],
    )
    date: HttpDate
    id: int = Field(examples=[3])
    links: ActionLinks
    post_id: int | None = Field(description="The last post before it that you can see.", examples=[None])
    recipient_id: int | None = Field(description="Who was assigned or (un)subscribed.", examples=[None])
    ticket_id: int = Field(examples=[1])
    user_id: int | None = Field(description="Who did it.", examples=[1])

    @classmethod
    def of(cls, event: Event, latest_posts: Mapping[int, int], urls: Urls) -> ActionOut:
        """The wire form of an event; `latest_posts` has the post before it, by the event's id."""
        word = word_of(event)
        return cls(
            action=word,
            data=data_of(event),
            date=http_date(event.created_at),
            id=event.id,
            links=ActionLinks(
                actions=urls.to("flicket:actions", ticket_id=event.ticket_id),
                self_=urls.to("flicket:action", action_id=event.id),
            ),
            post_id=latest_posts.get(event.id),
            recipient_id=event.recipient_id if word in WITH_RECIPIENT else None,
            ticket_id=event.ticket_id or 0,
            user_id=event.actor_id,
        )
