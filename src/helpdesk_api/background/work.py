"""All background work there is: which planners, which channels, which periodic tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.notifications.channel import EmailChannel
from helpdesk_api.domain.notifications.digests import plan_digests
from helpdesk_api.domain.notifications.planning import MailPlanner
from helpdesk_api.domain.outbox.commands import Channel, Planner
from helpdesk_api.domain.outbox.trimming import trim_deliveries
from helpdesk_api.domain.webhooks.channel import WebhookChannel
from helpdesk_api.domain.webhooks.planning import plan_webhooks
from helpdesk_api.egress.client import web_client
from helpdesk_api.mail.configuration import common_of, host_of, server_of, templates_of
from helpdesk_api.mail.server import Mailer
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
    """What this deployment wants done; `stack` closes at the end what a channel keeps open.

    Raises `TemplatesBroken`.
    """
    web = await stack.enter_async_context(web_client(settings.webhook_destinations))
    planners: list[Planner] = [plan_webhooks]
    channels: list[Channel] = [WebhookChannel(database, web)]
    kept = timedelta(days=settings.deliveries_kept_days)
    periodic = [PeriodicTask("trim-deliveries", timedelta(hours=1), partial(_trim, kept=kept))]
    if settings.sends_mail:
        planners.append(MailPlanner(host_of(settings)))
        channels.append(await _email(settings, stack))
        if settings.mail_outstanding_hours:
            every = timedelta(hours=settings.mail_outstanding_hours)
            periodic.append(PeriodicTask("email-outstanding", every, partial(_remind, host=host_of(settings))))
    return Work(planners, channels, periodic)


async def _email(settings: Settings, stack: AsyncExitStack) -> EmailChannel:
    server = server_of(settings)
    mailer = await stack.enter_async_context(Mailer(server))
    return EmailChannel(mailer, server.sender, templates_of(settings), common_of(settings))


async def _remind(database: Database, host: str) -> None:
    async with unit_of_work(database.sessions) as session:
        planned = await plan_digests(session, host)
    _log.info("reminders of open tickets planned", count=len(planned))


async def _trim(database: Database, kept: timedelta) -> None:
    if gone := await trim_deliveries(database, kept):
        _log.info("old deliveries forgotten", count=gone)
