"""Files sent to upload tickets: a place, a row and the events that tell of it, in one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from aftermath import events_of, stored
from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.attachments.errors import TicketIsFull
from helpdesk_api.domain.tickets import uploads
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.models import Attachment, Ticket
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below

Work = Callable[..., Awaitable[Any]]
Arrive = Callable[..., Awaitable[NewFile]]
COLUMNS = [column.key for column in Attachment.__table__.columns]


@pytest.fixture
async def ticket(work: Work, requester: Account) -> Ticket:
    return await work(uploads.open_upload_ticket, requester.actor, 2)


async def test_what_is_answered_is_what_is_read_afterwards(
    work: Work, session: Session, storage: LocalFiles, ticket: Ticket, requester: Account, new_file: Arrive
) -> None:
    new = await new_file("Grüße \U0001f600.PNG", b"a picture", "image/png")
    answered = await work(attachments.add_upload, requester.actor, storage, ticket.id, new)
    read = await attachments.get_upload(session, requester.actor, answered.id)
    assert {name: getattr(answered, name) for name in COLUMNS} == {name: getattr(read, name) for name in COLUMNS}
    assert (read.uploader_id, read.filename, read.mime_type, read.size) == (
        *(requester.id, "Grüße \U0001f600.PNG"),
        *("image/png", 9),
    )


async def test_each_file_is_told_and_the_last_one_completes_the_ticket(
    work: Work, session: Session, storage: LocalFiles, ticket: Ticket, requester: Account, new_file: Arrive
) -> None:
    sent = [
        await work(attachments.add_upload, requester.actor, storage, ticket.id, await new_file(name, b"1234"))
        for name in ('say "cheese".txt', "b.txt")
    ]
    assert await events_of(session, ticket.id, after=1) == [
        ("attachment.created", None, {"file": sent[0].id, "filename": 'say "cheese".txt', "size": 4}),
        ("attachment.created", None, {"file": sent[1].id, "filename": "b.txt", "size": 4}),
        ("upload.completed", None, {}),
    ]
    assert (await stored(session, ticket.id)).file_count == 2


async def test_without_a_place_nothing_is_kept(
    work: Work,
    session: Session,
    settings: Settings,
    storage: LocalFiles,
    ticket: Ticket,
    requester: Account,
    stranger: Account,
    new_file: Arrive,
) -> None:
    for _ in range(2):
        await work(attachments.add_upload, requester.actor, storage, ticket.id, await new_file())
    before = await events_of(session, ticket.id), files_below(settings.media_dir)
    for actor, ticket_id, refusal in (
        (requester.actor, ticket.id, TicketIsFull),
        (requester.actor, ticket.id + 1, TicketNotFound),
        (stranger.actor, ticket.id, TicketNotFound),
    ):
        with pytest.raises(refusal):
            await work(attachments.add_upload, actor, storage, ticket_id, await new_file())
    assert await session.scalar(select(func.count()).select_from(Attachment)) == 2
    assert (await events_of(session, ticket.id), files_below(settings.media_dir)) == before
