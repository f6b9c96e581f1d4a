"""/api/webhooks/{id}/deliveries/: what was sent to a webhook, and what is to be."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.integration.schemas.deliveries import DeliveryOut
from helpdesk_api.dialects.wire.auth import StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.parsing.errors import not_a_choice
from helpdesk_api.domain.webhooks import deliveries

router = APIRouter(prefix="/api/webhooks/{webhook_id}/deliveries", route_class=DrfRoute, tags=["Webhooks"])

StateQuery = Annotated[
    str | None,
    Query(
        description="Only those in this state.", json_schema_extra={"type": "string", "enum": ["", *deliveries.STATES]}
    ),
]


@router.get("/", operation_id="listWebhookDeliveries", name="drf:webhook_deliveries")
async def list_deliveries(
    webhook_id: Id,
    page: PageDep,
    actor: StaffDep,
    session: ReadSessionDep,
    urls: UrlsDep,
    state: StateQuery = None,
) -> DrfPage[DeliveryOut]:
    """What was sent to a webhook and what is to be, newest first, with every attempt. Staff only."""
    if state and state not in deliveries.STATES:
        raise Invalid(state=[not_a_choice([state])])
    found = await deliveries.list_deliveries(session, actor, webhook_id, state, page)
    return drf_page(found, urls, row=DeliveryOut.of)


@router.get("/{delivery_id}/", operation_id="getWebhookDelivery", name="drf:webhook_delivery")
async def get_delivery(webhook_id: Id, delivery_id: Id, actor: StaffDep, session: ReadSessionDep) -> DeliveryOut:
    """One delivery with every attempt. Staff only."""
    return DeliveryOut.of(await deliveries.get_delivery(session, actor, webhook_id, delivery_id))


@router.post(
    "/{delivery_id}/redeliver/",
    status_code=201,
    operation_id="redeliverWebhookDelivery",
    name="drf:webhook_redelivery",
    responses=errors(409),
)
async def redeliver(webhook_id: Id, delivery_id: Id, actor: StaffDep, session: SessionDep) -> DeliveryOut:
    """Send the same message once more, in a delivery of its own. Admins only."""
    return DeliveryOut.of(await deliveries.redeliver(session, actor, webhook_id, delivery_id))
