"""What tests of the help desk's rules stand on: a queue, a ticket, files, and units of work that end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest
from sqlalchemy import select

from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.tickets import opening
from helpdesk_api.domain.tickets.commands import NewTicket
from helpdesk_api.models import Queue, Ticket
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Work:
    """Runs one service function in a unit of work of its own, to its very end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(
        self,
        service: Callable[Concatenate[Session, Given], Awaitable[Result]],
        *arguments: Given.args,
        **options: Given.kwargs,
    ) -> Result:
        async with unit_of_work(self._database.sessions) as session:
            return await service(session, *arguments, **options)


@pytest.fixture
def work(database: Database) -> Work:
    """Calls services as a request does."""
    return Work(database)


@pytest.fixture
async def storage(settings: Settings) -> AsyncIterator[LocalFiles]:
    """Files in the test's own folder."""
    files = LocalFiles(settings.media_dir)
    yield files
    await files.close()


@pytest.fixture
async def queue(session: Session) -> Queue:
    """The queue every help desk begins with."""
    found = await session.scalar(select(Queue).order_by(Queue.id))
    assert found is not None
    return found


OpenTicket = Callable[..., Awaitable[Ticket]]


@pytest.fixture
def open_ticket(work: Work, storage: LocalFiles, queue: Queue, agent: Account) -> OpenTicket:
    """Opens support tickets, by the agent unless somebody else is named."""

    async def open_one(opener: Account = agent, title: str = "Printer on fire", **values: Any) -> Ticket:
        new = NewTicket(**{"queue_id": queue.id, "title": title, "description": "On the second floor.", **values})
        return await work(opening.open_ticket, opener.actor, storage, new)

    return open_one


@pytest.fixture
async def requested(open_ticket: OpenTicket, requester: Account) -> Ticket:
    """A ticket the agent has opened for the requester."""
    return await open_ticket(submitter_email=requester.user.email)


@pytest.fixture
def new_file(storage: LocalFiles) -> Callable[..., Awaitable[NewFile]]:
    """Makes files that have just arrived."""

    async def arrive(name: str = "note.txt", content: bytes = b"hello", kind: str = "text/plain") -> NewFile:
        incoming = storage.receive()
        await incoming.write(content)
        await incoming.finish()
        return NewFile(incoming, name, kind)

    return arrive
