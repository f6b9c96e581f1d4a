"""Deliveries on their way: who may send which one now, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, BigInteger, Interval, Text, bindparam, text

from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import DueDelivery, GiveUp, Outcome, Retry, Sent
from helpdesk_api.domain.outbox.schedule import delay_after

# Of what was answered, so much is kept.
_KEPT = 1000
# The first pending ones of their lanes that are due, of each webhook not more than a few. A row that another process
# has taken meanwhile is looked at again when it is locked: its time has moved on, and it is left. An array, not a join:
# else PostgreSQL reads every pending row.
_LEASE = text("""
    WITH due AS (
        SELECT id, webhook_id, row_number() OVER (PARTITION BY webhook_id ORDER BY next_attempt_at, id) AS place
        FROM (SELECT id, webhook_id, next_attempt_at FROM deliveries head
              WHERE channel = :channel AND state = 'pending' AND next_attempt_at <= now()
                AND (webhook_id IS NULL OR webhook_id <> ALL(:busy))
                AND NOT EXISTS (SELECT FROM deliveries earlier WHERE earlier.lane = head.lane
                                AND earlier.state = 'pending' AND earlier.id < head.id)
              ORDER BY next_attempt_at, id LIMIT :looked_at) heads
    ), taken AS (
        SELECT id FROM deliveries
        WHERE id = ANY(ARRAY(SELECT id FROM due WHERE webhook_id IS NULL OR place <= :of_each))
          AND state = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d SET attempts = attempts + 1, next_attempt_at = now() + :lease
    FROM taken WHERE d.id = taken.id
    RETURNING d.id, d.channel, d.lane, d.payload, d.event_id, d.sequence, d.webhook_id, d.recipient, d.attempts,
              d.created_at
""").bindparams(
    bindparam("channel", type_=Text),
    bindparam("busy", type_=ARRAY(BigInteger)),
    bindparam("lease", type_=Interval),
)
# Whoever comes after the end of their lease changes nothing: the attempt is another one by then.
_SETTLE = text("""
    WITH ended AS (
        SELECT * FROM jsonb_to_recordset(CAST(:ended AS jsonb)) AS e
            (id bigint, attempt bigint, state text, wait float, error text, at timestamptz, duration_ms bigint,
             status_code bigint, response text)
    ), settled AS (
        UPDATE deliveries d SET state = e.state, last_error = e.error,
            finished_at = CASE WHEN e.state <> 'pending' THEN clock_timestamp() END,
            next_attempt_at = now() + make_interval(secs => coalesce(e.wait, 0))
        FROM ended e WHERE d.id = e.id AND d.attempts = e.attempt AND d.state = 'pending'
        RETURNING d.id, d.lane, d.state, d.next_attempt_at
    ), told AS (
        INSERT INTO delivery_attempts (delivery_id, at, duration_ms, status_code, error, response)
        SELECT e.id, e.at, e.duration_ms, e.status_code, e.error, e.response FROM ended e JOIN settled USING (id)
    )
    SELECT lane, id, next_attempt_at FROM settled WHERE state = 'pending'
""").bindparams(bindparam("ended", type_=Text))
# Those behind one that has to wait are not even looked at meanwhile.
_HOLD_BACK = text("""
    UPDATE deliveries d SET next_attempt_at = head.next_attempt_at
    FROM (SELECT unnest(CAST(:lanes AS text[])) AS lane, unnest(CAST(:ids AS bigint[])) AS id,
                 unnest(CAST(:times AS timestamptz[])) AS next_attempt_at) head
    WHERE d.lane = head.lane AND d.id > head.id AND d.state = 'pending' AND d.next_attempt_at < head.next_attempt_at
""")


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended, when it began and how long it took."""

    delivery: DueDelivery
    outcome: Outcome
    at: datetime
    duration: timedelta


async def lease(
    session: Session, channel: str, seconds: float, most: int, of_each: int, busy: Collection[int]
) -> list[DueDelivery]:
    """Take up to `most` due deliveries for so many seconds: none of a `busy` webhook, and few `of_each` one."""
    parameters = {
        "channel": channel,
        "lease": timedelta(seconds=seconds),
        "most": most,
        "of_each": of_each,
        "busy": sorted(busy),
        # More than are taken, so that one webhook's do not hide those of the others.
        "looked_at": most * 20,
    }
    rows = (await session.execute(_LEASE, parameters)).mappings()
    return sorted((DueDelivery(**row) for row in rows), key=lambda delivery: delivery.id)


async def settle(session: Session, ended: Sequence[Ended]) -> None:
    """Write down how attempts ended, and when the next one is."""
    if not ended:
        return
    rows = (await session.execute(_SETTLE, {"ended": json.dumps([_row(one) for one in ended])})).all()
    if rows:
        lanes, ids, times = zip(*rows, strict=True)
        await session.execute(_HOLD_BACK, {"lanes": list(lanes), "ids": list(ids), "times": list(times)})


def _row(ended: Ended) -> dict[str, object]:
    delivery, outcome = ended.delivery, ended.outcome
    state, wait, error = _state_after(delivery, outcome)
    return {
        "id": delivery.id,
        "attempt": delivery.attempts,
        "state": state,
        "wait": wait,
        "error": error and _storable(error),
        "at": ended.at.isoformat(),
        "duration_ms": round(ended.duration / timedelta(milliseconds=1)),
        "status_code": outcome.status_code,
        "response": _storable(outcome.response),
    }


def _state_after(delivery: DueDelivery, outcome: Outcome) -> tuple[str, float | None, str | None]:
    match outcome:
        case Sent():
            return "delivered", None, None
        case GiveUp(error=error):
            return "failed", None, error
        case Retry(error=error, after=after):
            wait = delay_after(delivery.attempts, after)
            return ("failed" if wait is None else "pending"), wait, error


def _storable(words: str) -> str:
    """The beginning of what somebody else said, without what PostgreSQL cannot hold."""
    return words[:_KEPT].replace("\0", "").encode("utf-8", "replace").decode()
