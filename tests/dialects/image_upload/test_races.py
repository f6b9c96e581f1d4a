"""Many at once on one upload ticket: the limit holds, and rows, files and places agree at the end."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.models import Attachment, Event, Ticket
from helpdesk_api.settings import Settings
from uploading import left_overs, open_ticket, send_file, stored_files

FULL = {"ticket": ["This ticket already has all the files it asked for."]}


async def state(database: Database, ticket: int) -> tuple[int | None, list[str], Counter[str]]:
    """The places taken (None: no such ticket), the paths of the rows, and the events of a ticket."""
    async with database.read_sessions() as session:
        taken = await session.scalar(select(Ticket.file_count).where(Ticket.id == ticket))
        paths = await session.scalars(select(Attachment.path).where(Attachment.ticket_id == ticket))
        events = await session.scalars(select(Event.type).where(Event.ticket_id == ticket))
        return taken, sorted(paths), Counter(events)


@pytest.mark.parametrize("name", ["image.png", "image{}.png"])
async def test_forty_uploads_at_once_on_a_limit_of_five_end_as_five_files(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account, name: str
) -> None:
    ticket = await open_ticket(committing, owner, limit=5)
    answers = await asyncio.gather(
        *(send_file(committing, owner, ticket, name.format(number), PNG + bytes([number])) for number in range(40))
    )
    assert Counter(answer.status_code for answer in answers) == {200: 5, 400: 35}
    assert all(answer.json() == FULL for answer in answers if answer.status_code == 400)
    taken, paths, events = await state(empty_database, ticket)
    assert (taken, len(paths), stored_files(settings)) == (5, 5, paths)
    assert sorted(answer.json()["file"] for answer in answers if answer.status_code == 200) == [
        f"/media/{path}" for path in paths
    ]
    assert events == {"ticket.created": 1, "attachment.created": 5, "upload.completed": 1}
    assert left_overs(settings) == []
    shown = (await committing.get(f"/api/tickets/{ticket}/", headers=owner.token)).json()
    assert (shown["status"], len(shown["files"])) == ("COMPLETED", 5)
    assert len({(settings.media_dir / path).read_bytes() for path in paths}) == 5


async def test_a_ticket_deleted_beside_uploads_leaves_no_file(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    for _ in range(5):
        ticket = await open_ticket(committing, owner, limit=100)
        await send_file(committing, owner, ticket)
        answers = await asyncio.gather(
            *(send_file(committing, owner, ticket) for _ in range(6)),
            committing.delete(f"/api/tickets/{ticket}/", headers=owner.token),
            *(send_file(committing, owner, ticket) for _ in range(6)),
        )
        statuses = Counter(answer.status_code for answer in answers)
        assert (statuses[204], set(statuses) <= {200, 204, 400, 404}) == (1, True)
        taken, paths, _ = await state(empty_database, ticket)
        assert (taken, paths, stored_files(settings), left_overs(settings)) == (None, [], [], [])


async def test_a_limit_changed_beside_uploads_is_never_exceeded(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    ticket = await open_ticket(committing, owner, limit=20)
    url = f"/api/tickets/{ticket}/"
    limits = (12, 3, 8, 5, 4)
    answers = await asyncio.gather(
        *(send_file(committing, owner, ticket) for _ in range(10)),
        *(committing.patch(url, headers=owner.token, json={"limit": limit}) for limit in limits),
        *(send_file(committing, owner, ticket) for _ in range(10)),
    )
    assert {answer.status_code for answer in answers} <= {200, 400}
    shown = (await committing.get(url, headers=owner.token)).json()
    taken, paths, _ = await state(empty_database, ticket)
    assert taken == len(paths) == len(shown["files"]) <= shown["limit"]
    assert (stored_files(settings), left_overs(settings)) == (paths, [])
    accepted = [answer for answer in answers if answer.status_code == 200 and "file" in answer.json()]
    assert len(accepted) == taken
    # Whoever was refused a limit was told how many files there were.
    refused = [answer.json() for answer in answers[10:15] if answer.status_code == 400]
    assert all(list(body) == ["limit"] for body in refused)


async def test_of_two_deletions_of_one_file_one_finds_it(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    ticket = await open_ticket(committing, owner, limit=2)
    for _ in range(5):
        sent = await send_file(committing, owner, ticket)
        url = sent.headers["location"]
        answers = await asyncio.gather(*(committing.delete(url, headers=owner.token) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
    taken, paths, events = await state(empty_database, ticket)
    assert (taken, paths, events["attachment.deleted"]) == (0, [], 5)
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_files_and_their_ticket_are_deleted_at_once_without_waiting_for_each_other(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    for _ in range(5):
        ticket = await open_ticket(committing, owner, limit=10)
        sent = [await send_file(committing, owner, ticket) for _ in range(6)]
        answers = await asyncio.gather(
            *(committing.delete(answer.headers["location"], headers=owner.token) for answer in sent[:3]),
            committing.delete(f"/api/tickets/{ticket}/", headers=owner.token),
            *(committing.delete(answer.headers["location"], headers=owner.token) for answer in sent[3:]),
        )
        assert {answer.status_code for answer in answers} <= {204, 404}
        assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_uploads_and_deletions_beside_each_other_keep_the_count_right(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    ticket = await open_ticket(committing, owner, limit=8)
    sent = [await send_file(committing, owner, ticket, "old.png") for _ in range(8)]
    answers = await asyncio.gather(
        *(committing.delete(answer.headers["location"], headers=owner.token) for answer in sent),
        *(send_file(committing, owner, ticket, "new.png") for _ in range(20)),
    )
    assert {answer.status_code for answer in answers} <= {200, 204, 400}
    taken, paths, _ = await state(empty_database, ticket)
    accepted = sum(answer.status_code == 200 for answer in answers)
    assert taken == len(paths) == accepted <= 8
    assert (stored_files(settings), left_overs(settings)) == (paths, [])
