"""/flicket-api/subscriptions/: who follows which ticket."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages, query_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.params import FirstPageDep, Id, PathPageDep, QueryPageDep
from helpdesk_api.dialects.flicket.references import check_ticket
from helpdesk_api.dialects.flicket.schemas.subscriptions import SubscriptionIn, SubscriptionOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets.support import get_support_ticket
from helpdesk_api.models import Subscription
from helpdesk_api.paging import Page

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: subscriptions"])


async def _to_a_ticket(
    body: Annotated[SubscriptionIn, body_of(SubscriptionIn)], actor: ActorDep, session: ReadSessionDep
) -> SubscriptionIn:
    await check_ticket(session, actor, body.ticket_id)
    return body


NewSubscriptionBody = Annotated[SubscriptionIn, Depends(_to_a_ticket)]


@router.get(
    "/subscription/{subscription_id}",
    operation_id="flicketGetSubscription",
    name="flicket:subscription",
)
async def get_subscription(
    subscription_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> SubscriptionOut:
    """One subscription."""
    return SubscriptionOut.of(await subscriptions.get_subscription(session, actor, subscription_id), urls)


@router.get(
    "/subscriptions/",
    operation_id="flicketListSubscriptions",
    name="flicket:subscriptions",
)
async def list_subscriptions(
    page: QueryPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[SubscriptionOut]:
    """The subscriptions to every ticket you may see."""
    found = await subscriptions.list_subscriptions(session, actor, None, page)
    return flicket_page(found, query_pages(urls, "flicket:subscriptions"), partial(SubscriptionOut.of, urls=urls))


@router.get(
    "/subscriptions/{ticket_id}/",
    operation_id="flicketListTicketSubscriptions",
    name="flicket:ticket_subscriptions",
)
async def list_ticket_subscriptions(
    ticket_id: Id, page: FirstPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[SubscriptionOut]:
    """The subscriptions to one ticket; none for a ticket that is not there or not yours to see."""
    return _page(await subscriptions.list_subscriptions(session, actor, ticket_id, page), ticket_id, urls)


@router.get(
    "/subscriptions/{ticket_id}/{page}/",
    operation_id="flicketPageTicketSubscriptions",
    name="flicket:ticket_subscriptions_page",
)
async def page_ticket_subscriptions(
    ticket_id: Id, page: PathPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[SubscriptionOut]:
    """One page of the subscriptions to a ticket."""
    return _page(await subscriptions.list_subscriptions(session, actor, ticket_id, page), ticket_id, urls)


def _page(found: Page[Subscription], ticket_id: int, urls: Urls) -> FlicketPage[SubscriptionOut]:
    address = path_pages(urls, "flicket:ticket_subscriptions_page", ticket_id=ticket_id)
    return flicket_page(found, address, partial(SubscriptionOut.of, urls=urls))


@router.post(
    "/subscriptions",
    status_code=201,
    operation_id="flicketCreateSubscription",
    name="flicket:create_subscription",
    responses={
        200: {"model": SubscriptionOut, "description": "The subscription that was there already."},
        **errors(403, 404),
    },
)
async def create_subscription(
    response: Response, body: NewSubscriptionBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> SubscriptionOut:
    """Follow a ticket; staff may also have another user follow it. Following twice is following once."""
    ticket = await get_support_ticket(session, actor, body.ticket_id, whole=False)
    user_id = actor.user_id if body.user_id is None else body.user_id
    found, is_new = await subscriptions.subscribe(session, actor, ticket, user_id)
    subscription = SubscriptionOut.of(found, urls)
    response.headers["Location"] = subscription.links.self_
    response.status_code = 201 if is_new else 200
    return subscription


@router.delete(
    "/subscription/{subscription_id}",
    status_code=204,
    operation_id="flicketDeleteSubscription",
    name="flicket:subscription",
    responses=errors(403),
)
async def delete_subscription(subscription_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Follow a ticket no more; staff may also end another's subscription."""
    await subscriptions.unsubscribe(session, actor, subscription_id)
