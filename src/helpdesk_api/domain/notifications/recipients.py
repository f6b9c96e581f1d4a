"""Who is written to: the rules, once for all dialects (docs/email.md has them in words)."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk_api.domain.notifications.facts import Facts, Person, TicketFacts


def submitter(facts: Facts, ticket: TicketFacts) -> list[str]:
    """The address the ticket was opened for, unless it belongs to nobody but deactivated users."""
    address = ticket.submitter_email
    owners = [person for person in facts.people.values() if same(person.email, address)]
    if not address or (owners and not any(owner.is_active for owner in owners)):
        return []
    return [address]


def users(facts: Facts, user_ids: Iterable[int]) -> list[str]:
    """The addresses of those who are active and have one."""
    found = (facts.people.get(user_id) for user_id in user_ids)
    return [person.email for person in found if person is not None and person.is_active and person.email]


def without(addresses: Iterable[str], actor: Person | None) -> list[str]:
    """Each address once, and not that of whoever did it."""
    unlike: dict[str, str] = {}
    for address in addresses:
        unlike.setdefault(address.lower(), address)
    if actor is not None:
        unlike.pop(actor.email.lower(), None)
    return list(unlike.values())


def same(one: str, other: str) -> bool:
    """Whether two addresses are one: in practice, case says nothing."""
    return one.lower() == other.lower()
