"""Which tickets a list or an export is asked for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.requests import Request

from helpdesk_api.dialects.flicket.params import NumberFilter, TextFilter
from helpdesk_api.dialects.flicket.schemas.statuses import STATUS_NAMES
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.dialects.wire.queries import read_query, reads_query
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.stages import Stage

# Flicket's names (flicket_models.py, sorted_tickets). Its priorities count upwards, the stored ones downwards.
SORTS: Mapping[str, str] = {
    "priority": "-priority",
    "ticketid": "id",
    "title": "title",
    "addedby": "creator",
    "addedon": "created",
    "last_updated": "last_activity",
    "replies": "replies",
    "status": "stage",
    "assigned": "assignee",
}
DESCENDING = "_desc"
STAGES: Mapping[str, Stage] = {name.lower(): stage for stage, name in STATUS_NAMES.items()}


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """What to look for, and the parameters that said so, for the links of the pages."""

    wanted: TicketFilter
    used: Mapping[str, object | None]


class TicketParameters(BaseModel):
    """The filters by name; what is empty filters nothing."""

    department: TextFilter = Field(None, description="Name of a department.", examples=["Design"])
    category: TextFilter = Field(None, description="Name of a category.", examples=["Dataset"])
    status: TextFilter = Field(None, description="Open, Closed, In Work or Awaiting Information.")
    user_id: NumberFilter = Field(None, description="Who opened it or is assigned.")
    assigned_id: NumberFilter = Field(None, description="Who is assigned.")
    content: TextFilter = Field(None, description="Words, or beginnings, of titles, contents and posts.")
    sort: TextFilter = Field(None, description=f"{', '.join(SORTS)}; each also with `_desc`.")


@reads_query(TicketParameters)
async def _ticket_query(request: Request) -> TicketQuery:
    given = read_query(request, TicketParameters)
    wrong = [*_why_not_a_status(given.status), *_why_not_a_sort(given.sort)]
    if wrong:
        raise BadRequest(" ".join(wrong))
    wanted = TicketFilter(
        department=given.department,
        queue_title=given.category,
        stages=None if given.status is None else frozenset((STAGES[given.status.lower()],)),
        concerns_id=given.user_id,
        assignee_ids=None if given.assigned_id is None else frozenset((given.assigned_id,)),
        search=given.content,
        order=("id",) if given.sort is None else (_order(given.sort),),
    )
    return TicketQuery(wanted, dict(given))


def _why_not_a_status(status: str | None) -> list[str]:
    if status is None or status.lower() in STAGES:
        return []
    return [f"not a valid status: must be one of {', '.join(STATUS_NAMES.values())}."]


def _why_not_a_sort(sort: str | None) -> list[str]:
    if sort is None or sort.removesuffix(DESCENDING) in SORTS:
        return []
    return [f"not a valid sort: must be one of {', '.join(SORTS)}, each also with {DESCENDING}."]


def _order(sort: str) -> str:
    column = SORTS[sort.removesuffix(DESCENDING)]
    if not sort.endswith(DESCENDING):
        return column
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


TicketQueryDep = Annotated[TicketQuery, Depends(_ticket_query)]
