"""Looks through everything, and mends what it is asked to."""

from __future__ import annotations

from collections.abc import AsyncIterator

from helpdesk_api.domain.doctor.clinic import Check, Clinic
from helpdesk_api.domain.doctor.counters import (
    ASSIGNMENT_COUNTER,
    POST_COUNTER,
    REPLY_COUNTER,
    TICKET_TOTALS,
    UPLOAD_COUNTER,
)
from helpdesk_api.domain.doctor.events import EVENT_NUMBERS, UNSENT
from helpdesk_api.domain.doctor.files import FILES_WITHOUT_ROWS, UNFINISHED_TRANSFERS
from helpdesk_api.domain.doctor.findings import Diagnosis
from helpdesk_api.domain.doctor.rows import ROWS_WITHOUT_FILES
from helpdesk_api.domain.doctor.schema import INDEXES, SEQUENCES

# In an order in which mending one thing leaves nothing for an earlier one.
CHECKS: tuple[Check, ...] = (
    INDEXES,
    SEQUENCES,
    UNFINISHED_TRANSFERS,
    ROWS_WITHOUT_FILES,
    FILES_WITHOUT_ROWS,
    UPLOAD_COUNTER,
    REPLY_COUNTER,
    POST_COUNTER,
    ASSIGNMENT_COUNTER,
    TICKET_TOTALS,
    EVENT_NUMBERS,
    UNSENT,
)


async def examine(clinic: Clinic, *, mend: bool = False) -> AsyncIterator[Diagnosis]:
    """Every check in turn. With `mend`, what can be put right is, and then it is looked for once more.

    Safe while the service runs. Raises `DatabaseUnavailable`, OSError.
    """
    for check in CHECKS:
        found = tuple(await check.find(clinic))
        left = found
        if mend and found:
            await check.mend(clinic)
            left = tuple(await check.find(clinic))
        yield Diagnosis(check.name, found, left)
