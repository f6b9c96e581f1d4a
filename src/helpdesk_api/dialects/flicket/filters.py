"""Which tickets a list or an export is asked for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from helpdesk_api.dialects.flicket.params import NumberFilter, TextFilter
from helpdesk_api.dialects.flicket.schemas.statuses import STATUS_NAMES
from helpdesk_api.dialects.wire.problem import BadRequest
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


async def _ticket_query(
    department: Annotated[TextFilter, Query(description="Name of a department.", examples=["Design"])] = None,
    category: Annotated[TextFilter, Query(description="Name of a category.", examples=["Dataset"])] = None,
    status: Annotated[TextFilter, Query(description="Open, Closed, In Work or Awaiting Information.")] = None,
    user_id: Annotated[NumberFilter, Query(description="Who opened it or is assigned.")] = None,
    assigned_id: Annotated[NumberFilter, Query(description="Who is assigned.")] = None,
    content: Annotated[TextFilter, Query(description="Words, or beginnings, of titles, contents and posts.")] = None,
    sort: Annotated[TextFilter, Query(description=f"{', '.join(SORTS)}; each also with `_desc`.")] = None,
) -> TicketQuery:
    wrong = [*_why_not_a_status(status), *_why_not_a_sort(sort)]
    if wrong:
        raise BadRequest(" ".join(wrong))
    wanted = TicketFilter(
        department=department,
        queue_title=category,
        stages=None if status is None else frozenset((STAGES[status.lower()],)),
        concerns_id=user_id,
        assignee_ids=None if assigned_id is None else frozenset((assigned_id,)),
        search=content,
        order=("id",) if sort is None else (_order(sort),),
    )
    used = {
        "department": department,
        "category": category,
        "status": status,
        "user_id": user_id,
        "assigned_id": assigned_id,
        "content": content,
        "sort": sort,
    }
    return TicketQuery(wanted, used)


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
