"""/api/webhooks/: who is told of events by HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.integration.schemas.webhooks import (
    NewWebhookIn,
    RotationIn,
    TrialOut,
    WebhookChangesIn,
    WebhookIn,
    WebhookOut,
    WebhookWithSecretOut,
)
from helpdesk_api.dialects.wire.auth import StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.trying import try_webhook
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.models import Webhook

router = APIRouter(prefix="/api/webhooks", route_class=DrfRoute, tags=["Webhooks"])


async def _admin_first(actor: StaffDep) -> None:
    """403 for everybody but admins comes before the body is looked at."""
    webhooks.may_write(actor)


async def _existing_webhook(webhook_id: Id, actor: StaffDep, session: ReadSessionDep) -> Webhook:
    """403 and 404 come before the body is looked at."""
    webhooks.may_write(actor)
    return await webhooks.get_webhook(session, actor, webhook_id)


async def _destinations(request: Request) -> Destinations:
    return service_of(request).settings.webhook_destinations


async def _overlap(request: Request) -> timedelta:
    return timedelta(seconds=service_of(request).settings.webhook_secret_overlap)


DestinationsDep = Annotated[Destinations, Depends(_destinations)]
OverlapDep = Annotated[timedelta, Depends(_overlap)]
NewBody = Annotated[NewWebhookIn, body_of(NewWebhookIn, after=_admin_first)]
WholeBody = Annotated[WebhookIn, body_of(WebhookIn, after=_existing_webhook)]
ChangesBody = Annotated[WebhookChangesIn, body_of(WebhookChangesIn, partial=True, after=_existing_webhook)]
RotationBody = Annotated[RotationIn, body_of(RotationIn, after=_existing_webhook)]


@router.get("/", operation_id="listWebhooks", name="drf:webhooks")
async def list_webhooks(page: PageDep, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep) -> DrfPage[WebhookOut]:
    """Every webhook, oldest first. Staff only."""
    return drf_page(await webhooks.list_webhooks(session, actor, page), urls, row=WebhookOut.of)


@router.post("/", status_code=201, operation_id="createWebhook", name="drf:webhooks")
async def create_webhook(
    body: NewBody, actor: StaffDep, session: SessionDep, destinations: DestinationsDep
) -> WebhookWithSecretOut:
    """Make a webhook; a URL is enough. Its secret is shown this once. Admins only."""
    return WebhookWithSecretOut.of(await webhooks.create_webhook(session, actor, body.to_command(), destinations))


@router.get("/{webhook_id}/", operation_id="getWebhook", name="drf:webhook")
async def get_webhook(webhook_id: Id, actor: StaffDep, session: ReadSessionDep) -> WebhookOut:
    """One webhook. Staff only."""
    return WebhookOut.of(await webhooks.get_webhook(session, actor, webhook_id))


@router.put("/{webhook_id}/", operation_id="replaceWebhook", name="drf:webhook")
async def replace_webhook(
    webhook_id: Id, body: WholeBody, actor: StaffDep, session: SessionDep, destinations: DestinationsDep
) -> WebhookOut:
    """Change a webhook; the URL must be sent, what else is left out stays. Admins only."""
    changed = await webhooks.change_webhook(session, actor, webhook_id, body.to_changes(), destinations)
    return WebhookOut.of(changed)


@router.patch("/{webhook_id}/", operation_id="changeWebhook", name="drf:webhook")
async def change_webhook(
    webhook_id: Id, body: ChangesBody, actor: StaffDep, session: SessionDep, destinations: DestinationsDep
) -> WebhookOut:
    """Change a webhook; what waits for it goes to its new URL. Admins only."""
    changed = await webhooks.change_webhook(session, actor, webhook_id, body.to_changes(), destinations)
    return WebhookOut.of(changed)


@router.delete("/{webhook_id}/", status_code=204, operation_id="deleteWebhook", name="drf:webhook")
async def delete_webhook(webhook_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a webhook with its deliveries: what still waits is not sent. Admins only."""
    await webhooks.delete_webhook(session, actor, webhook_id)


@router.post("/{webhook_id}/rotate-secret/", operation_id="rotateWebhookSecret", name="drf:webhook_rotation")
async def rotate_secret(
    webhook_id: Id, body: RotationBody, actor: StaffDep, session: SessionDep, overlap: OverlapDep
) -> WebhookWithSecretOut:
    """Give a webhook another secret, which is shown this once.

    Until `previous_secret_until`, messages are signed with both. Admins only.
    """
    return WebhookWithSecretOut.of(await webhooks.rotate_secret(session, actor, webhook_id, body.secret, overlap))


@router.post("/{webhook_id}/test/", operation_id="testWebhook", name="drf:webhook_test")
async def send_test(
    webhook_id: Id, actor: StaffDep, session: ReadSessionDep, destinations: DestinationsDep
) -> TrialOut:
    """Send a `webhook.test` message at once, and see what comes of it.

    It is sent to a webhook that is off, too, and is neither tried again nor kept. Admins only.
    """
    return TrialOut.of(await try_webhook(session, actor, webhook_id, destinations))
