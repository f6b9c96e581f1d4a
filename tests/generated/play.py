"""The main jobs of the three dialects by the generated Python client, type-checked: python play.py URL PASSWORD."""

from __future__ import annotations

import sys
from base64 import b64encode
from io import BytesIO
from typing import TypeVar

from helpdesk_client.api.flicket_posts import flicket_create_post
from helpdesk_client.api.flicket_tickets import (
    flicket_claim_ticket,
    flicket_close_ticket,
    flicket_create_ticket,
    flicket_get_ticket,
    flicket_list_tickets,
)
from helpdesk_client.api.flicket_tokens import flicket_create_token
from helpdesk_client.api.flicket_uploads import flicket_create_uploads
from helpdesk_client.api.support_tickets_follow_ups import create_follow_up
from helpdesk_client.api.support_tickets_ones_own import list_user_tickets
from helpdesk_client.api.tickets import change_ticket, create_ticket, get_ticket, list_tickets
from helpdesk_client.api.upload_tickets_files import upload_file
from helpdesk_client.api.upload_tickets_sign_in import obtain_token
from helpdesk_client.client import AuthenticatedClient, Client
from helpdesk_client.models import (
    CloseIn,
    Credentials,
    DrfPageOfAnyTicketOut,
    DrfPageOfUserTicketOut,
    FieldErrors,
    FileIn,
    FileOut,
    FlicketError,
    FlicketPageOfTicketOut,
    FlicketPriority,
    FlicketTokenOut,
    FollowUpInMultipart,
    FollowUpOut,
    ImageUploadTokenOut,
    PartialSupportTicketChanges,
    PostIn,
    PostOut,
    SupportTicketIn,
    SupportTicketOut,
    TicketIn,
    TicketOut,
    TicketPriority,
    TicketStatus,
    UploadIn,
    UploadOut,
    UploadStatus,
    UploadTicketIn,
    UploadTicketOut,
)
from helpdesk_client.types import File

T = TypeVar("T")
MAIL = "jblogs@example.com"


def a(kind: type[T], answer: object) -> T:
    """The answer, which must be of this kind."""
    assert isinstance(answer, kind), answer
    return answer


def play_upload_tickets(url: str, password: str) -> None:
    """A ticket for one file, sent and seen to be complete."""
    signed_in = obtain_token.sync(client=Client(base_url=url), body=Credentials(username="admin", password=password))
    client = AuthenticatedClient(base_url=url, token=a(ImageUploadTokenOut, signed_in).token, prefix="Token")

    ticket = a(UploadTicketOut, create_ticket.sync(client=client, body=UploadTicketIn(limit=1)))
    assert (ticket.status, ticket.files) == (UploadStatus.PENDING, [])
    number = int(ticket.url.rstrip("/").rpartition("/")[2])

    picture = File(BytesIO(b"not much of a picture"), "image1.png", "image/png")
    sent = a(FileOut, upload_file.sync(client=client, body=FileIn(ticket=number, file=picture)))
    assert sent.to_dict() == {"file": "/media/upload/admin/image1.png", "ticket": number}

    complete = a(UploadTicketOut, get_ticket.sync(number, client=client))
    assert (complete.status, complete.files) == (UploadStatus.COMPLETED, [sent])
    assert a(DrfPageOfAnyTicketOut, list_tickets.sync(client=client, status="COMPLETED")).results == [complete]


def play_django_helpdesk(url: str, password: str) -> None:
    """A support ticket, opened, made urgent and resolved; a wrong one refused."""
    client = AuthenticatedClient(base_url=url, token=b64encode(f"admin:{password}".encode()).decode(), prefix="Basic")
    new = SupportTicketIn(queue=1, title="Printer on fire", submitter_email=MAIL, priority=TicketPriority.LOW)
    ticket = a(SupportTicketOut, create_ticket.sync(client=client, body=new))
    assert (ticket.status, ticket.priority) == (TicketStatus.OPEN, TicketPriority.LOW)

    urgent = PartialSupportTicketChanges(priority=TicketPriority.CRITICAL)
    changed = a(SupportTicketOut, change_ticket.sync(ticket.id, client=client, body=urgent))
    assert changed.to_dict() == {**ticket.to_dict(), "priority": 1}  # and nothing else

    said = FollowUpInMultipart(
        ticket=ticket.id,
        comment="Put out.",
        public=True,
        new_status=TicketStatus.RESOLVED,
        attachments=[File(BytesIO(name.encode()), name, "text/plain") for name in ("before.txt", "after.txt")],
    )
    followup = a(FollowUpOut, create_follow_up.sync(client=client, body=said))
    assert sorted(one.filename for one in followup.followupattachment_set) == ["after.txt", "before.txt"]
    resolved = a(SupportTicketOut, get_ticket.sync(ticket.id, client=client))
    assert (resolved.status, resolved.resolution) == (TicketStatus.RESOLVED, "Put out.")
    assert ticket.id in [one.id for one in a(DrfPageOfUserTicketOut, list_user_tickets.sync(client=client)).results]

    refused = a(FieldErrors, create_ticket.sync(client=client, body=SupportTicketIn(queue=999, title="")))
    assert refused.to_dict() == {
        "queue": ['Invalid pk "999" - object does not exist.'],
        "title": ["This field may not be blank."],
    }


def play_flicket(url: str, password: str) -> None:
    """A ticket, opened, claimed, answered with a file, closed; one that is not there."""
    basic = AuthenticatedClient(base_url=url, token=b64encode(f"admin:{password}".encode()).decode(), prefix="Basic")
    client = AuthenticatedClient(base_url=url, token=a(FlicketTokenOut, flicket_create_token.sync(client=basic)).token)

    new = TicketIn(title="this is my ticket", content="*help*", category_id=1, ticket_priority_id=FlicketPriority.HIGH)
    ticket = a(TicketOut, flicket_create_ticket.sync(client=client, body=new))
    claimed = a(TicketOut, flicket_claim_ticket.sync(ticket.id, client=client))
    assert (ticket.assigned_id, claimed.assigned_id) == (None, ticket.started_id)

    post = a(PostOut, flicket_create_post.sync(client=client, body=PostIn(ticket_id=ticket.id, content="Done.")))
    note = File(BytesIO(b"How it was done."), "note.txt", "text/plain")
    upload = a(UploadOut, flicket_create_uploads.sync(client=client, body=UploadIn(post_id=post.id, file=[note])))
    assert (upload.post_id, upload.original_filename) == (post.id, "note.txt")

    a(TicketOut, flicket_close_ticket.sync(ticket.id, client=client, body=CloseIn(content="Closed.")))
    closed = a(FlicketPageOfTicketOut, flicket_list_tickets.sync(client=client, status="Closed"))
    assert ticket.id in [one.id for one in closed.items]
    assert a(FlicketError, flicket_get_ticket.sync(10**6, client=client)).error == "Not Found"


if __name__ == "__main__":
    for play in (play_upload_tickets, play_django_helpdesk, play_flicket):
        play(*sys.argv[1:3])
