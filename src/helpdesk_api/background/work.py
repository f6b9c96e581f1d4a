"""All background work there is: which planners, which channels, which periodic tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from helpdesk_api.db.engine import Database
from helpdesk_api.domain.outbox.commands import Channel, Planner
from helpdesk_api.domain.outbox.trimming import trim_deliveries
from helpdesk_api.domain.webhooks.channel import WebhookChannel
from helpdesk_api.domain.webhooks.planning import plan_webhooks
from helpdesk_api.egress.client import web_client
from helpdesk_api.settings import Settings

_log = structlog.stdlib.get_logger("helpdesk_api")


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Work that is done every so often by one process, however many there are.

    It may be done twice where a process was killed in the middle of it.
    """

    name: str
    every: timedelta
    run: Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Work:
    """What the background has to do."""

    planners: Sequence[Planner] = ()
    channels: Sequence[Channel] = ()
    periodic: Sequence[PeriodicTask] = ()


async def all_work(settings: Settings, database: Database, stack: AsyncExitStack) -> Work:
    """What this deployment wants done; `stack` closes at the end what a channel keeps open."""
    web = await stack.enter_async_context(web_client(settings.webhook_destinations))
    kept = timedelta(days=settings.deliveries_kept_days)
    return Work(
        planners=[plan_webhooks],
        channels=[WebhookChannel(database, web)],
        periodic=[PeriodicTask("trim-deliveries", timedelta(hours=1), partial(_trim, kept=kept))],
    )


async def _trim(database: Database, kept: timedelta) -> None:
    if gone := await trim_deliveries(database, kept):
        _log.info("old deliveries forgotten", count=gone)
