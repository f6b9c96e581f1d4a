"""Send what is due on one channel: several at once, each lane in order."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from helpdesk_api.background.bell import Bell
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.outbox.commands import Channel, DueDelivery, GiveUp, Outcome, Retry
from helpdesk_api.domain.outbox.leasing import Ended, lease, settle
from helpdesk_api.domain.outbox.schedule import MOST_ATTEMPTS

# At once in one process, and of them of one webhook: one that hangs holds up nobody else.
AT_ONCE = 32
OF_ONE_WEBHOOK = 8
# A delivery stays this much longer with whoever took it than its channel may take.
_MARGIN_SECONDS = 5.0
# What is planned rings the bell; what is tried again does not.
_LOOK_SECONDS = 1.0
_log = structlog.stdlib.get_logger("helpdesk_api")
Sending = asyncio.Task[Outcome]


class Drain:
    """The deliveries of a channel on their way out of this process.

    Taking some and writing down how others ended is one transaction; none is open while they are sent. Whoever is
    killed leaves them taken until their leases end: then somebody sends them again.
    """

    def __init__(self, database: Database, channel: Channel) -> None:
        self._sessions = database.sessions
        self._channel = channel
        self._sending: dict[Sending, DueDelivery] = {}
        self._ended: list[Ended] = []
        self.bell = Bell(_LOOK_SECONDS)

    async def step(self) -> bool:
        """Write down what has ended and begin what is due; whether more has ended meanwhile."""
        ended = self._ended.copy()
        async with unit_of_work(self._sessions) as session:
            await settle(session, ended)
            due = await self._lease(session) if len(self._sending) < AT_ONCE and not self.bell.stopped else []
        del self._ended[: len(ended)]
        for delivery in due:
            self._begin(delivery)
        return bool(self._ended)

    async def finish(self, seconds: float) -> None:
        """Let what is being sent end within so many seconds, and write down how everything ended, if that can be."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)
        try:
            await self.step()
        except DatabaseUnavailable as error:
            _log.warning("what was sent is sent again", channel=self._channel.name, reason=str(error))

    async def _lease(self, session: Session) -> list[DueDelivery]:
        of_each = OF_ONE_WEBHOOK // 2
        under_way = Counter(delivery.webhook_id for delivery in self._sending.values())
        busy = [webhook for webhook, count in under_way.items() if webhook is not None and count > of_each]
        seconds = self._channel.lease_seconds + _MARGIN_SECONDS
        return await lease(session, self._channel.name, seconds, AT_ONCE - len(self._sending), of_each, busy)

    def _begin(self, delivery: DueDelivery) -> None:
        task = asyncio.create_task(self._send(delivery), name=f"delivery-{delivery.id}")
        self._sending[task] = delivery
        task.add_done_callback(partial(self._end, delivery, datetime.now(UTC), time.monotonic()))

    async def _send(self, delivery: DueDelivery) -> Outcome:
        if delivery.attempts > MOST_ATTEMPTS:
            return GiveUp("whoever sent it was stopped before it was known how that ended")
        try:
            async with asyncio.timeout(self._channel.lease_seconds):
                return await self._channel.send(delivery)
        except TimeoutError:
            return Retry(f"not sent within {self._channel.lease_seconds:g} seconds")

    def _end(self, delivery: DueDelivery, at: datetime, began: float, task: Sending) -> None:
        del self._sending[task]
        took = timedelta(seconds=time.monotonic() - began)
        self._ended.append(Ended(delivery, _outcome_of(delivery, task), at, took))
        self.bell.ring()


def _outcome_of(delivery: DueDelivery, task: Sending) -> Outcome:
    if task.cancelled():
        return Retry("the process was stopped", after=0)
    error = task.exception()
    if error is None:
        return task.result()
    _log.error("delivery failed", delivery=delivery.id, channel=delivery.channel, exc_info=error)
    return Retry(f"{type(error).__name__}: {error}")
