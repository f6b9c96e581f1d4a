"""What was sent to a webhook, what is to be, and sending it once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.outbox import service as outbox
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.errors import DeliveryNotFound, DeliveryWaits, WebhookOff
from helpdesk_api.domain.webhooks.planning import CHANNEL
from helpdesk_api.domain.webhooks.repository import WebhookDeliveryRepository
from helpdesk_api.models import Delivery, DeliveryAttempt
from helpdesk_api.paging import Page, PageRequest

STATES = ("pending", "delivered", "failed")


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery with its attempts, oldest first."""

    delivery: Delivery
    attempts: Sequence[DeliveryAttempt]


async def list_deliveries(
    session: Session, actor: Actor, webhook_id: int, state: str | None, request: PageRequest
) -> Page[Report]:
    """A page of a webhook's deliveries, newest first, of those in this state. Staff only.

    Raises `Forbidden`, `WebhookNotFound`, `PageOutOfRange`.
    """
    await webhooks.get_webhook(session, actor, webhook_id)
    repository = WebhookDeliveryRepository(session)
    page = await repository.page(webhook_id, state, request)
    attempts = await repository.attempts([delivery.id for delivery in page.items])
    return page.with_items([Report(delivery, attempts[delivery.id]) for delivery in page.items])


async def get_delivery(session: Session, actor: Actor, webhook_id: int, delivery_id: int) -> Report:
    """One delivery. Staff only. Raises `Forbidden`, `WebhookNotFound`, `DeliveryNotFound`."""
    await webhooks.get_webhook(session, actor, webhook_id)
    repository = WebhookDeliveryRepository(session)
    delivery = await repository.get(webhook_id, delivery_id)
    if delivery is None:
        raise DeliveryNotFound
    return Report(delivery, (await repository.attempts([delivery_id]))[delivery_id])


async def redeliver(session: Session, actor: Actor, webhook_id: int, delivery_id: int) -> Report:
    """Send the same message, of the same id, in a delivery of its own that waits for no other. Admins only.

    Raises `Forbidden`, `WebhookNotFound`, `DeliveryNotFound`, `WebhookOff`, and `DeliveryWaits` where the first one is
    still to come.
    """
    webhooks.may_write(actor)
    webhook = await webhooks.get_webhook(session, actor, webhook_id)
    first = (await get_delivery(session, actor, webhook_id, delivery_id)).delivery
    if first.state == "pending":
        raise DeliveryWaits
    if not webhook.active:
        raise WebhookOff
    again = NewDelivery(
        channel=CHANNEL,
        lane=f"webhook:{webhook_id}:redelivery:{delivery_id}",
        payload=first.payload,
        event_id=first.event_id,
        sequence=first.sequence,
        webhook_id=webhook_id,
    )
    (made,) = await outbox.plan(session, [again])
    return await get_delivery(session, actor, webhook_id, made)
