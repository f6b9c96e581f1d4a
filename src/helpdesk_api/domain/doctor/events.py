"""Events and deliveries: numbers that are missing, and what nobody numbers or sends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Finding

_NUMBERS = text("SELECT count(*) AS given, coalesce(max(sequence), 0) AS newest FROM events WHERE sequence IS NOT NULL")
# What has waited so long waits for nobody: whoever were at it would have come to it.
_WAITING = text("""
    SELECT (SELECT count(*) FROM events
            WHERE sequence IS NULL AND created_at < now() - interval '10 minutes') AS events,
           (SELECT count(*) FROM deliveries d
            WHERE state = 'pending' AND next_attempt_at < now() - interval '10 minutes'
              AND NOT EXISTS (SELECT FROM deliveries earlier WHERE earlier.lane = d.lane
                              AND earlier.state = 'pending' AND earlier.id < d.id)) AS deliveries
""")
_NOBODY = "no background work is done: run helpdesk-api worker, or serve with HELPDESK_BACKGROUND_WORK=true"
_GONE = "rows were deleted by hand: whoever follows events by number has to begin anew"


class EventNumbers:
    """Numbers without an event."""

    name = "event numbers"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Whether the newest number is how many there are."""
        row = (await clinic.database.read_sessions().execute(_NUMBERS)).one()
        if row.given == row.newest:
            return ()
        problem = f"the newest has the number {row.newest}, and there are {row.given}"
        return [Finding("events", problem, _GONE)]

    async def mend(self, clinic: Clinic) -> None:
        """A number that somebody has seen is never given to another event."""


class Unsent:
    """What has waited for background work too long."""

    name = "background work"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Events and deliveries that were due ten minutes ago."""
        row = (await clinic.database.read_sessions().execute(_WAITING)).one()
        waiting = {"events": ("number", row.events), "deliveries": ("send", row.deliveries)}
        return [
            Finding(subject, f"{count} to {verb} for more than ten minutes", _NOBODY)
            for subject, (verb, count) in waiting.items()
            if count
        ]

    async def mend(self, clinic: Clinic) -> None:
        """That is the background's to do."""


EVENT_NUMBERS = EventNumbers()
UNSENT = Unsent()
