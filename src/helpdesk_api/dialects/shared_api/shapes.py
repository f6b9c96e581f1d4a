"""A ticket of either kind in the exact shape of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.django_helpdesk.schemas.tickets import SupportTicketOut, show_support_ticket
from helpdesk_api.dialects.image_upload.schemas.tickets import UploadTicketOut, show_upload_ticket
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.models import Ticket


def _kind_of(row: Any) -> str:
    return "upload" if "limit" in row else "support"


# Told apart by a tag, so that the document says `oneOf` and nothing is tried twice; an alias, so that it says so once.
AnyTicketOut = TypeAliasType(
    "AnyTicketOut",
    Annotated[
        Annotated[UploadTicketOut, Tag("upload")] | Annotated[SupportTicketOut, Tag("support")],
        Discriminator(_kind_of),
        Field(description="A ticket in the shape of its kind. Only a support ticket has a `followup_set`."),
    ],
)


async def shapes(
    session: Session, urls: Urls, tickets: Iterable[Ticket]
) -> Callable[[Ticket], UploadTicketOut | SupportTicketOut]:
    """What gives these tickets their wire form; the custom fields are asked for once, if there are support tickets."""
    is_support = any(ticket.kind == "support" for ticket in tickets)
    definitions = await custom_fields.definitions(session) if is_support else ()

    def shape(ticket: Ticket) -> UploadTicketOut | SupportTicketOut:
        if ticket.kind == "upload":
            return show_upload_ticket(ticket, urls)
        return show_support_ticket(ticket, urls, definitions)

    return shape
