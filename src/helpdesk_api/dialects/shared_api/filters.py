"""The filters of `GET /api/tickets/`: query parameters to one `TicketFilter`, every wrong one named at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.requests import Request

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.shared_api.selection import parse_kinds, parse_statuses
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.queries import read_query, reads_query
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.domain.custom_fields.values import PREFIX, parse_filter_value, wire_name
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.parsing import numbers, texts
from helpdesk_api.domain.parsing.errors import WrongValue, missing, not_a_choice
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.tickets.commands import PRIORITIES, TicketFilter
from helpdesk_api.domain.users import service as users

BAD_DATE = "Enter a valid date."
ORDERS = ("id", "created", "due_date", "priority", "status")
NO_CUSTOM_FIELD = "There is no such custom field."
Value = TypeVar("Value")


class TicketQuery(BaseModel):
    """The filters by name; what is blank filters nothing."""

    kind: str | None = Field(None, description="`upload` or `support`.", examples=["upload"])
    status: str | None = Field(
        None, description="Comma-separated: PENDING, IN PROGRESS, COMPLETED; 1 to 5; or Open, Resolved…"
    )
    queue: str | None = Field(None, description="Ids of queues, comma-separated.", examples=["1,2"])
    assigned_to: str | None = Field(None, description="Ids of users, comma-separated.", examples=["1"])
    priority: str | None = Field(None, description="1 (Critical) to 5 (Very Low), comma-separated.", examples=["1,2"])
    on_hold: str | None = Field(None, description="`true` or `false`.", examples=["false"])
    submitter_email: str | None = Field(None, description="The whole address.", examples=["jblogs@example.com"])
    search: str | None = Field(None, description="Words, or their beginnings, in titles, descriptions and comments.")
    start_date: str | None = Field(None, description="First day of creation, UTC.", examples=["2018-11-12"])
    end_date: str | None = Field(None, description="Last day of creation, UTC.", examples=["2018-12-12"])
    ordering: str | None = Field(
        None,
        description="Comma-separated: id, created, due_date, priority, status; `-` before a word reverses it.",
        examples=["-priority,created"],
    )


class _Errors:
    """Reads one parameter after the other and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def read(self, name: str, text: str | None, parse: Callable[[str], Value]) -> Value | None:
        """The value of a parameter; `None` for one that is blank or wrong."""
        if not text:
            return None
        try:
            return parse(text)
        except WrongValue as error:
            self.found[name] = [str(error)]
        except Invalid as error:
            self.found |= error.fields
        return None


@reads_query(TicketQuery)
async def _ticket_filter(request: Request, actor: ActorDep, session: ReadSessionDep) -> TicketFilter:
    query = read_query(request, TicketQuery)
    errors = _Errors()
    kinds = frozenset(service_of(request).settings.ticket_kinds)
    uploads, supports = errors.read("status", query.status, parse_statuses) or (None, None)
    last = errors.read("end_date", query.end_date, _day)
    wanted = TicketFilter(
        kinds=kinds & (errors.read("kind", query.kind, parse_kinds) or kinds),
        upload_statuses=uploads,
        statuses=supports,
        start_date=errors.read("start_date", query.start_date, _day),
        # Nothing comes after the last day there is.
        end_date=None if last == date.max else last,
        queue_ids=await _queue_ids(session, errors, query.queue),
        assignee_ids=await _assignee_ids(session, actor, errors, query.assigned_to),
        priorities=errors.read("priority", query.priority, _priorities),
        on_hold=errors.read("on_hold", query.on_hold, _boolean),
        submitter_email=errors.read("submitter_email", query.submitter_email, texts.storable),
        search=errors.read("search", query.search, texts.storable),
        custom_values=await _custom_values(request, session, actor, errors),
        order=errors.read("ordering", query.ordering, _order) or ("id",),
    )
    if errors.found:
        raise Invalid(errors.found)
    return wanted


TicketFilterDep = Annotated[TicketFilter, Depends(_ticket_filter)]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _allowed(messages: str, choices: Iterable[object]) -> WrongValue:
    return WrongValue(f"{messages} Allowed: {', '.join(map(str, choices))}.")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongValue(BAD_DATE) from None
    # Python also reads 20181212 and 2018-W50-3.
    if day.isoformat() != text:
        raise WrongValue(BAD_DATE)
    return day


def _boolean(text: str) -> bool:
    try:
        return numbers.boolean(text)
    except WrongValue as error:
        raise _allowed(str(error), ("true", "false")) from None


def _priorities(text: str) -> frozenset[int]:
    choices = {str(priority): priority for priority in PRIORITIES}
    if unknown := [word for word in _words(text) if word not in choices]:
        raise _allowed(not_a_choice(unknown), choices)
    return frozenset(choices[word] for word in _words(text))


def _order(text: str) -> tuple[str, ...]:
    words = _words(text)
    if unknown := [word for word in words if word.removeprefix("-") not in ORDERS]:
        raise _allowed(not_a_choice(unknown), (*ORDERS, *(f"-{word}" for word in ORDERS)))
    # What is sorted by once is sorted by; the same again says nothing.
    first = {word.removeprefix("-"): word for word in reversed(words)}
    return tuple(sorted(first.values(), key=words.index))


def _ids(text: str) -> frozenset[int]:
    found = [numbers.whole_number(word) for word in _words(text)]
    if None in found:
        raise WrongValue(numbers.BAD_INTEGER)
    return frozenset(one for one in found if one is not None)


def _unknown(wanted: Collection[int], known: Collection[int]) -> str:
    return " ".join(missing(one) for one in sorted(wanted) if one not in known)


async def _queue_ids(session: Session, errors: _Errors, text: str | None) -> frozenset[int] | None:
    wanted = errors.read("queue", text, _ids)
    if wanted is None:
        return None
    known = await queues.queue_ids(session)
    if unknown := _unknown(wanted, known):
        errors.found["queue"] = [str(_allowed(unknown, known))]
    return wanted


async def _assignee_ids(session: Session, actor: Actor, errors: _Errors, text: str | None) -> frozenset[int] | None:
    wanted = errors.read("assigned_to", text, _ids)
    if wanted is None:
        return None
    possible = [one for one in wanted if 0 < one <= numbers.LARGEST_INTEGER]
    if unknown := _unknown(wanted, await users.visible_ids(session, actor, possible)):
        errors.found["assigned_to"] = [unknown]
    return wanted


async def _custom_values(request: Request, session: Session, actor: Actor, errors: _Errors) -> dict[str, Any]:
    """Stored values by field id; staff-only fields are unknown to others."""
    given = {name: text for name, text in request.query_params.items() if name.startswith(PREFIX) and text}
    if not given:
        return {}
    definitions = await custom_fields.definitions(session)
    known = {wire_name(field): field for field in definitions if actor.is_staff or not field.staff_only}
    found = {}
    for name, text in given.items():
        if name in known:
            found[str(known[name].id)] = errors.read(name, text, partial(parse_filter_value, known[name]))
        else:
            errors.found[name] = [str(_allowed(NO_CUSTOM_FIELD, known or ["none"]))]
    return found
