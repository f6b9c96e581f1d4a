"""Webhooks: made, changed, tested, deleted. Admins write; staff read, for they see what is sent anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.policy import require_admin, require_staff
from helpdesk_api.domain.webhooks.commands import NewWebhook, WebhookChanges
from helpdesk_api.domain.webhooks.errors import NOT_ALLOWED, SAME_SECRET, WebhookNotFound
from helpdesk_api.domain.webhooks.repository import WebhookRepository
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.egress.urls import host_of
from helpdesk_api.models import Webhook
from helpdesk_api.paging import Page, PageRequest


def may_write(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor may make, change and test webhooks."""
    require_admin(actor)


async def list_webhooks(session: Session, actor: Actor, request: PageRequest) -> Page[Webhook]:
    """A page of webhooks in ascending id. Staff only. Raises `Forbidden`, `PageOutOfRange`."""
    require_staff(actor)
    return await WebhookRepository(session).page(request)


async def get_webhook(session: Session, actor: Actor, webhook_id: int) -> Webhook:
    """One webhook. Staff only. Raises `Forbidden`, `WebhookNotFound`."""
    require_staff(actor)
    webhook = await WebhookRepository(session).get(webhook_id)
    if webhook is None:
        raise WebhookNotFound
    return webhook


def problems_of_webhook(given: Mapping[str, Any], destinations: Destinations) -> dict[str, list[str]]:
    """What is wrong with the values of a webhook, by field: an address that nothing is ever sent to.

    A name may lead there too, and elsewhere later: what it leads to is looked at whenever something is sent.
    """
    url = given.get("url")
    if url is None or destinations.may_admit(host_of(url)):
        return {}
    return {"url": [NOT_ALLOWED]}


async def create_webhook(session: Session, actor: Actor, new: NewWebhook, destinations: Destinations) -> Webhook:
    """Make a webhook. Admins only. Raises `Forbidden`, and `Invalid` as `problems_of_webhook` says."""
    may_write(actor)
    values = asdict(new)
    if problems := problems_of_webhook(values, destinations):
        raise Invalid(problems)
    webhook = Webhook(**values, created_by_id=actor.user_id)
    await WebhookRepository(session).add(webhook)
    return webhook


async def change_webhook(
    session: Session, actor: Actor, webhook_id: int, changes: WebhookChanges, destinations: Destinations
) -> Webhook:
    """Change a webhook; switching it on or off forgets why the service had done so. Admins only.

    Raises `Forbidden`, `WebhookNotFound`, and `Invalid` as `problems_of_webhook` says.
    """
    webhook = await _locked(session, actor, webhook_id)
    if problems := problems_of_webhook(changes, destinations):
        raise Invalid(problems)
    forgotten = {"disabled_reason": None} if "active" in changes else {}
    await WebhookRepository(session).change(webhook, {**changes, **forgotten})
    return webhook


async def rotate_secret(session: Session, actor: Actor, webhook_id: int, secret: str, overlap: timedelta) -> Webhook:
    """Give a webhook another secret; for `overlap` from now, the one before it signs as well. Admins only.

    Raises `Forbidden`, `WebhookNotFound`, and `Invalid` where it is the secret in use.
    """
    webhook = await _locked(session, actor, webhook_id)
    if secret == webhook.secret:
        raise Invalid(secret=[SAME_SECRET])
    previous: dict[str, Any] = {"previous_secret": None, "previous_secret_until": None}
    if overlap:
        previous = {"previous_secret": webhook.secret, "previous_secret_until": datetime.now(UTC) + overlap}
    await WebhookRepository(session).change(webhook, {**previous, "secret": secret})
    return webhook


async def delete_webhook(session: Session, actor: Actor, webhook_id: int) -> None:
    """Delete a webhook with all its deliveries, sent and unsent. Admins only. Raises `Forbidden`, `WebhookNotFound`."""
    may_write(actor)
    if not await WebhookRepository(session).remove(webhook_id):
        raise WebhookNotFound


async def _locked(session: Session, actor: Actor, webhook_id: int) -> Webhook:
    may_write(actor)
    webhook = await WebhookRepository(session).get(webhook_id, lock=True)
    if webhook is None:
        raise WebhookNotFound
    return webhook
