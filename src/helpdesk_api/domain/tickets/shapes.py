"""Statements on the tickets of a filter, compiled once for all filters of one shape."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from sqlalchemy import Select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.conditions import shape, values

_MOST_STATEMENTS = 512
_statements: dict[Hashable, Statement] = {}


async def run(
    session: Session,
    actor: Actor,
    wanted: TicketFilter,
    more: Hashable,
    build: Callable[[], Select[Any]],
    **bound: Any,
) -> Sequence[Sequence[Any]]:
    """Run a query on the tickets that are wanted; what staff ask is compiled once for each shape of it.

    `more` is what else the query depends on, besides the filter's shape.
    """
    parameters = {**values(wanted), **bound}
    if not actor.is_staff:
        return list(await session.execute(build(), parameters))
    shape_of_it = (shape(wanted), more)
    statement = _statements.get(shape_of_it)
    if statement is None:
        if len(_statements) >= _MOST_STATEMENTS:
            _statements.clear()
        statement = _statements[shape_of_it] = Statement(build())
    return await statement.all(session, **parameters)
