"""Which kind of ticket a request to /api/tickets/ means: the one place that decides (docs/adr/0002).

A body with a `limit` and neither `queue` nor `title` is an upload ticket. A word status (PENDING) can only match upload
tickets; a number (1,3) or a name (Open,Resolved) only support tickets. HELPDESK_TICKET_KINDS can leave one kind only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from helpdesk_api.dialects.django_helpdesk.schemas.tickets import SupportTicketChanges, SupportTicketIn
from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import not_a_choice
from helpdesk_api.dialects.drf.parsers import RawBody
from helpdesk_api.dialects.image_upload.schemas.tickets import UploadTicketChanges, UploadTicketIn
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.policy import may_see_support_desk
from helpdesk_api.domain.tickets.commands import UploadStatus
from helpdesk_api.models import Ticket
from helpdesk_api.settings import TicketKind

KINDS = ("upload", "support")
STATUS_NAMES: Mapping[str, int] = {"open": 1, "reopened": 2, "resolved": 3, "closed": 4, "duplicate": 5}
UPLOAD_STATUSES: Mapping[str, UploadStatus] = {status.value: status for status in UploadStatus}


def is_upload_body(values: Mapping[str, Any], kinds: Sequence[TicketKind]) -> bool:
    """Whether a new ticket's body asks for an upload ticket."""
    if len(kinds) == 1:
        return kinds[0] == "upload"
    return "limit" in values and "queue" not in values and "title" not in values


def schema_of_new_ticket(raw: RawBody, context: BodyContext) -> type[DrfBody]:
    """The schema of a new ticket's body: everybody opens upload tickets, staff open support tickets.

    Raises `Forbidden`.
    """
    if is_upload_body(raw.values, context.settings.ticket_kinds):
        return UploadTicketIn
    may_see_support_desk(cast(Actor, context.actor))
    return SupportTicketIn


def schema_of_changes(_raw: RawBody, context: BodyContext) -> type[DrfBody]:
    """The schema of a change: that of the ticket's kind."""
    return UploadTicketChanges if cast(Ticket, context.found).kind == "upload" else SupportTicketChanges


def parse_kinds(word: str) -> frozenset[str]:
    """The kind of ticket a filter names. Raises `Invalid` naming the allowed ones."""
    if word not in KINDS:
        raise Invalid(kind=[f"{not_a_choice([word])} Allowed: {', '.join(KINDS)}."])
    return frozenset((word,))


def parse_statuses(words: str) -> tuple[frozenset[UploadStatus], frozenset[int]]:
    """The statuses a comma-separated filter names, of upload and of support tickets.

    Raises `Invalid` naming the allowed ones.
    """
    uploads: set[UploadStatus] = set()
    supports: set[int] = set()
    unknown = []
    for word in (one.strip() for one in words.split(",")):
        if word.upper() in UPLOAD_STATUSES:
            uploads.add(UPLOAD_STATUSES[word.upper()])
        elif word.lower() in STATUS_NAMES:
            supports.add(STATUS_NAMES[word.lower()])
        elif word in map(str, STATUS_NAMES.values()):
            supports.add(int(word))
        else:
            unknown.append(word)
    if unknown:
        allowed = [*UploadStatus, *map(str, STATUS_NAMES.values()), *(name.title() for name in STATUS_NAMES)]
        raise Invalid(status=[f"{not_a_choice(unknown)} Allowed: {', '.join(allowed)}."])
    return frozenset(uploads), frozenset(supports)
