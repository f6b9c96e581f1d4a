"""The rule of `stages.stage_of`, in SQL."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, case

from helpdesk_api.db.statements import written_out
from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES
from helpdesk_api.domain.tickets.stages import Stage
from helpdesk_api.models import Ticket

STAGE: ColumnElement[int] = case(
    (Ticket.status.in_(written_out(CLOSED_STATUSES)), Stage.CLOSED.value),
    (Ticket.on_hold, Stage.AWAITING_INFORMATION.value),
    (Ticket.assignee_id.is_(None), Stage.OPEN.value),
    else_=Stage.IN_WORK.value,
)


def in_stages(stages: Collection[int]) -> ColumnElement[bool]:
    """Tickets in any of these stages."""
    return STAGE.in_(written_out(stages))
