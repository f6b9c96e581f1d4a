"""What every way a file comes in has in common: pictures by content, viruses, the quota of a user."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import func, select

from clamd import VIRUS, VIRUS_NAME, Answer, finding, saying, standing_in
from clients import client_over
from factories import PNG, Account, make_account
from file_doors import COUNTED, DOORS, Desk, Door, answer_about, make_desk, refusal
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.models import Attachment, FollowUp, Ticket
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

FOUND = f"A virus was found in this file: {VIRUS_NAME}."
NO_SCANNER = "The virus scanner is not available. Please try again."
TOO_MUCH = "Your files may have 200 bytes together; this one would be too much. Delete others first."


@asynccontextmanager
async def desk_with(
    settings: Settings, database: Database, session: Session, account: Account, **changes: object
) -> AsyncIterator[Desk]:
    """A desk of an app with these settings."""
    async with client_over(settings.model_copy(update=changes), database) as client:
        yield await make_desk(client, session, account)


async def rows(session: Session) -> tuple[int, ...]:
    """How many tickets, follow-ups and files there are."""
    counts = [await session.scalar(select(func.count()).select_from(table)) for table in (Ticket, FollowUp, Attachment)]
    return tuple(count or 0 for count in counts)


@pytest.mark.parametrize("door", DOORS)
async def test_any_content_is_taken_unless_pictures_are_to_be_looked_at(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    async with desk_with(settings, database, session, agent) as desk:
        answer = await desk.send(door, b"no picture" if door != "avatar" else PNG)
    assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_no_picture_is_refused_in_the_dialects_shape_and_leaves_nothing(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    async with desk_with(settings, database, session, agent, verify_content=True) as desk:
        before = await rows(session)
        answer = await desk.send(door, b"no picture")
        message = "The content of this file is not that of a picture of the type image/png."
        assert (answer.status_code, answer.json()) == (400, refusal(door, message))
        assert (await rows(session), stored_files(settings), left_overs(settings)) == (before, [], [])
        assert (await desk.send(door, PNG)).status_code in (200, 201)
    assert len(stored_files(settings)) == 1


@pytest.mark.parametrize("door", DOORS)
async def test_a_virus_is_refused_in_the_dialects_shape_and_leaves_nothing(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    async with (
        standing_in(finding) as scanner,
        desk_with(settings, database, session, agent, clamav_address=scanner) as desk,
    ):
        before = await rows(session)
        answer = await desk.send(door, VIRUS)
        assert (answer.status_code, answer.json()) == (400, refusal(door, FOUND))
        assert (await rows(session), stored_files(settings), left_overs(settings)) == (before, [], [])
        assert (await desk.send(door, PNG)).status_code in (200, 201)
    assert len(stored_files(settings)) == 1


@pytest.mark.parametrize("door", DOORS)
async def test_without_the_scanner_files_are_503_and_everything_else_goes_on(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    async with desk_with(settings, database, session, agent, clamav_address="127.0.0.1:9") as desk:
        before = await rows(session)
        answer = await desk.send(door)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json() == answer_about(door, "Service Unavailable", NO_SCANNER)
    assert (await rows(session), stored_files(settings), left_overs(settings)) == (before, [], [])


@pytest.mark.parametrize("door", DOORS)
async def test_a_file_the_scanner_finds_too_large_is_413(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    too_large: Answer = saying(b"INSTREAM size limit exceeded. ERROR\0")
    async with (
        standing_in(too_large) as scanner,
        desk_with(settings, database, session, agent, clamav_address=scanner) as desk,
    ):
        answer = await desk.send(door)
    message = "The file is larger than the virus scanner takes."
    assert (answer.status_code, answer.json()) == (413, answer_about(door, "Request Entity Too Large", message))
    assert (stored_files(settings), left_overs(settings)) == ([], [])


@pytest.mark.parametrize("door", COUNTED)
async def test_a_quota_is_for_all_files_of_a_user_together(
    settings: Settings, database: Database, session: Session, agent: Account, door: Door
) -> None:
    async with desk_with(settings, database, session, agent, user_quota=200) as desk:
        assert (await desk.send("upload", bytes(80))).status_code == 200
        assert (await desk.send("reply", bytes(80))).status_code == 201
        before = await rows(session)
        answer = await desk.send(door, bytes(41))
        assert (answer.status_code, answer.json()) == (413, answer_about(door, "Request Entity Too Large", TOO_MUCH))
        assert (await rows(session), len(stored_files(settings)), left_overs(settings)) == (before, 2, [])
        assert (await desk.send(door, bytes(40))).status_code in (200, 201)
        assert (await desk.send(door, b"1")).status_code == 413


async def test_a_deleted_file_makes_room_again(
    settings: Settings, database: Database, session: Session, agent: Account
) -> None:
    async with desk_with(settings, database, session, agent, user_quota=200) as desk:
        sent = await desk.send("attachment", bytes(200))
        assert (await desk.send("upload", b"1")).status_code == 413
        path = f"/api/followups-attachments/{sent.json()['id']}/"
        assert (await desk.client.delete(path, headers=agent.token)).status_code == 204
        assert (await desk.send("upload", bytes(200))).status_code == 200


async def test_several_files_of_one_request_count_together(
    settings: Settings, database: Database, session: Session, agent: Account
) -> None:
    async with desk_with(settings, database, session, agent, user_quota=200) as desk:
        before = await rows(session)
        files = [("attachments", (f"{number}.txt", bytes(101), "text/plain")) for number in range(2)]
        form = {"ticket": str(desk.ticket), "comment": "Look"}
        answer = await desk.client.post("/api/followups/", headers=agent.token, data=form, files=files)
        assert (answer.status_code, answer.json()) == (413, {"detail": TOO_MUCH})
        assert (await rows(session), stored_files(settings), left_overs(settings)) == (before, [], [])


async def test_everybody_has_a_quota_of_their_own(
    settings: Settings, database: Database, session: Session, agent: Account, admin: Account
) -> None:
    async with desk_with(settings, database, session, agent, user_quota=200) as desk:
        assert (await desk.send("reply", bytes(200))).status_code == 201
        other = await make_desk(desk.client, session, admin)
        assert (await other.send("reply", bytes(200))).status_code == 201


async def test_uploads_at_once_through_several_doors_never_pass_the_quota_together(
    settings: Settings, empty_database: Database
) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
    quota = settings.model_copy(update={"user_quota": 1000})
    # Two apps, as two workers are.
    async with client_over(quota, empty_database) as first, client_over(quota, empty_database) as second:
        async with empty_database.read_sessions() as session:
            desks = [await make_desk(client, session, agent) for client in (first, second)]
        answers: list[httpx.Response] = await asyncio.gather(
            *(desks[turn % 2].send(door, bytes(90)) for turn in range(5) for door in COUNTED)
        )
    statuses = Counter("kept" if answer.status_code in (200, 201) else answer.status_code for answer in answers)
    assert statuses == {"kept": 11, 413: 5 * len(COUNTED) - 11}
    async with empty_database.read_sessions() as session:
        assert await session.scalar(select(func.sum(Attachment.size))) == 11 * 90
    assert (len(stored_files(settings)), left_overs(settings)) == (11, [])
