"""Which e-mails the events of a batch call for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.domain.notifications import recipients
from helpdesk_api.domain.notifications.facts import Facts, FollowUpFacts, Noted, TicketFacts
from helpdesk_api.domain.notifications.letters import CHANNEL, about_ticket, lane
from helpdesk_api.domain.notifications.repository import NotificationRepository
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES
from helpdesk_api.models import Event

KINDS = {
    "ticket.created": "opened",
    "ticket.assigned": "assigned",
    "followup.created": "replied",
    "ticket.closed": "closed",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people are written to about, and what was said of it for everybody to read."""

    kind: str
    event: Event
    ticket: TicketFacts
    followup: FollowUpFacts | None


class MailPlanner:
    """Plans e-mails; `host` is what Message-IDs end in."""

    def __init__(self, host: str) -> None:
        self._host = host

    async def __call__(self, session: Session, events: Sequence[Event]) -> list[NewDelivery]:
        """The deliveries for these events; who is written to about a follow-up is noted on it."""
        about = [event for event in events if event.type in KINDS and event.ticket_id is not None]
        if not about:
            return []
        repository = NotificationRepository(session)
        facts = await _facts(repository, about)
        planned: list[NewDelivery] = []
        noted: list[Noted] = []
        for notice in _notices(facts, about):
            addresses = _addresses(facts, notice)
            planned += self._deliveries(facts, notice, addresses)
            if notice.followup is not None and addresses:
                noted.append(Noted(notice.ticket.id, notice.followup.id, addresses))
        if noted:
            await repository.note_recipients(noted)
        return planned

    def _deliveries(self, facts: Facts, notice: Notice, addresses: Iterable[str]) -> list[NewDelivery]:
        event, ticket = notice.event, notice.ticket
        payload = about_ticket(
            notice.kind,
            event,
            ticket,
            host=self._host,
            actor=_name_of(facts, event.actor_id),
            text=ticket.description if notice.kind in ("opened", "assigned") else _comment(notice.followup),
            files=notice.followup.files if notice.followup else (),
        )
        return [
            NewDelivery(
                channel=CHANNEL,
                lane=lane(f"ticket:{ticket.id}", address),
                payload=dict(payload),
                event_id=event.id,
                sequence=event.sequence,
                recipient=address,
            )
            for address in addresses
        ]


async def _facts(repository: NotificationRepository, events: Sequence[Event]) -> Facts:
    tickets = await repository.tickets({event.ticket_id for event in events if event.ticket_id is not None})
    followups = await repository.followups({event.followup_id for event in events if event.followup_id is not None})
    subscribers = await repository.subscribers(tickets)
    concerned = {user_id for event in events for user_id in (event.actor_id, event.recipient_id) if user_id is not None}
    concerned.update(user_id for followers in subscribers.values() for user_id in followers)
    addresses = {ticket.submitter_email for ticket in tickets.values() if ticket.submitter_email}
    return Facts(tickets, followups, await repository.people(concerned, addresses), subscribers)


def _notices(facts: Facts, events: Sequence[Event]) -> Iterator[Notice]:
    """What is told, in order; a ticket closed with a last word is told of once."""
    last_words = _last_words(facts, events)
    told_in_closing = {event.id for event in last_words.values()}
    for event in events:
        ticket = facts.tickets.get(event.ticket_id or 0)
        if ticket is None or event.id in told_in_closing:
            continue
        followup = facts.followups.get(last_words.get(event.id, event).followup_id or 0)
        if event.type != "followup.created" or (followup is not None and (_comment(followup) or followup.files)):
            yield Notice(KINDS[event.type], event, ticket, followup)


def _last_words(facts: Facts, events: Sequence[Event]) -> dict[int, Event]:
    """What was said in closing a ticket, by the id of the event that tells of the closing."""
    said: dict[tuple[object, ...], Event] = {}
    found: dict[int, Event] = {}
    for event in events:
        deed = (event.ticket_id, event.actor_id, event.request_id)
        followup = facts.followups.get(event.followup_id or 0)
        if event.type == "followup.created" and followup is not None and followup.new_status in CLOSED_STATUSES:
            said[deed] = event
        elif event.type == "ticket.closed" and deed in said:
            found[event.id] = said.pop(deed)
    return found


def _addresses(facts: Facts, notice: Notice) -> list[str]:
    """Who is written to. Nobody is told what they did themselves, but that their ticket was opened."""
    event, ticket = notice.event, notice.ticket
    if notice.kind == "opened":
        return recipients.submitter(facts, ticket)
    actor = facts.people.get(event.actor_id or 0)
    if notice.kind == "assigned":
        return recipients.without(recipients.users(facts, [event.recipient_id or 0]), actor)
    followers = recipients.users(facts, facts.subscribers.get(ticket.id, ()))
    return recipients.without([*recipients.submitter(facts, ticket), *followers], actor)


def _comment(followup: FollowUpFacts | None) -> str:
    return followup.comment.strip() if followup is not None else ""


def _name_of(facts: Facts, user_id: int | None) -> str:
    person = facts.people.get(user_id or 0)
    return person.name if person is not None else "helpdesk-api"
