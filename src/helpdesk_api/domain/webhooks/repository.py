"""Queries on webhooks, and on the deliveries that are theirs; who may read them is asked by the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.models import Delivery, DeliveryAttempt, Webhook
from helpdesk_api.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Listener:
    """An active webhook and the types of events that it wants; none named means all."""

    webhook_id: int
    events: frozenset[str]

    def wants(self, event_type: str) -> bool:
        """Whether it is told of events of this type."""
        return not self.events or event_type in self.events


class WebhookRepository:
    """Webhooks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, webhook_id: int, *, lock: bool = False) -> Webhook | None:
        """One webhook; `lock` keeps others from changing it meanwhile, and not from planning deliveries to it."""
        query = select(Webhook).where(Webhook.id == webhook_id).execution_options(populate_existing=True)
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)

    async def page(self, request: PageRequest) -> Page[Webhook]:
        """A page of webhooks in ascending id."""
        return await fetch_page(self._session, select(Webhook).order_by(Webhook.id), request)

    async def listeners(self) -> list[Listener]:
        """Every active webhook with what it wants."""
        query = select(Webhook.id, Webhook.events).where(Webhook.active).order_by(Webhook.id)
        rows = (await self._session.execute(query)).all()
        return [Listener(webhook_id, frozenset(events)) for webhook_id, events in rows]

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        self._session.add(webhook)
        await self._session.flush()
        await self._session.refresh(webhook)

    async def change(self, webhook: Webhook, values: Mapping[str, Any]) -> None:
        """Set these values of a webhook."""
        for name, value in values.items():
            setattr(webhook, name, value)
        await self._session.flush()

    async def remove(self, webhook_id: int) -> bool:
        """Delete a webhook with its deliveries; false when there is none."""
        query = delete(Webhook).where(Webhook.id == webhook_id).returning(Webhook.id)
        return await self._session.scalar(query) is not None

    async def disable(self, webhook_id: int, url: str, reason: str) -> None:
        """Switch a webhook off and say why, unless it has got another URL meanwhile."""
        query = update(Webhook).where(Webhook.id == webhook_id, Webhook.url == url, Webhook.active)
        await self._session.execute(query.values(active=False, disabled_reason=reason))


class WebhookDeliveryRepository:
    """The deliveries of webhooks, and how each attempt ended."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, webhook_id: int, delivery_id: int) -> Delivery | None:
        """One delivery of this webhook."""
        query = select(Delivery).where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id)
        return await self._session.scalar(query)

    async def page(self, webhook_id: int, state: str | None, request: PageRequest) -> Page[Delivery]:
        """A page of a webhook's deliveries, newest first, of those in this state."""
        query = select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.id.desc())
        return await fetch_page(self._session, query.where(Delivery.state == state) if state else query, request)

    async def attempts(self, delivery_ids: Sequence[int]) -> dict[int, list[DeliveryAttempt]]:
        """The attempts of these deliveries, oldest first."""
        query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(delivery_ids))
        found: dict[int, list[DeliveryAttempt]] = {delivery_id: [] for delivery_id in delivery_ids}
        for attempt in await self._session.scalars(query.order_by(DeliveryAttempt.id)):
            found[attempt.delivery_id].append(attempt)
        return found
