"""/api/files/: what was sent to upload tickets, listed, shown, deleted."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment, Event
from helpdesk_api.settings import Settings
from uploading import left_overs, open_ticket, row_counts, send_file, status_of, stored_files

BASE = "http://localhost:8000"
NO_FILE = {"detail": "No File matches the given query."}


async def file_ids(session: Session) -> list[int]:
    """Every file there is, oldest first."""
    return list(await session.scalars(select(Attachment.id).order_by(Attachment.id)))


async def test_an_upload_is_answered_with_its_path_and_its_ticket(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester)
    answer = await send_file(client, requester, ticket)
    (stored,) = await session.scalars(select(Attachment))
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (
        200,
        "application/json",
        {"file": "/media/upload/requester/image1.png", "ticket": ticket},
    )
    assert answer.headers["location"] == f"{BASE}/api/files/{stored.id}/"
    assert (settings.media_dir / "upload/requester/image1.png").read_bytes() == PNG
    assert (stored.ticket_id, stored.uploader_id, stored.path, stored.filename, stored.mime_type) == (
        ticket,
        requester.id,
        "upload/requester/image1.png",
        "image1.png",
        "image/png",
    )
    assert (stored.size, stored.sha256) == (len(PNG), hashlib.sha256(PNG).digest())
    assert left_overs(settings) == []


async def test_files_are_listed_with_their_own_addresses(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    first, second = await open_ticket(client, requester), await open_ticket(client, requester)
    for ticket, name in ((first, "a.png"), (second, "b.png"), (first, "c.png")):
        await send_file(client, requester, ticket, name)
    records = [
        {"url": f"{BASE}/api/files/{file_id}/", "file": f"/media/upload/requester/{name}", "ticket": ticket}
        for file_id, (ticket, name) in zip(
            await file_ids(session), ((first, "a.png"), (second, "b.png"), (first, "c.png")), strict=True
        )
    ]
    page = {"count": 3, "next": None, "previous": None, "results": records}
    assert (await client.get("/api/files/", headers=requester.token)).json() == page

    of_one = await client.get(f"/api/files/?ticket={first}", headers=requester.token)
    assert of_one.json() == {"count": 2, "next": None, "previous": None, "results": [records[0], records[2]]}
    paged = await client.get("/api/files/?page_size=2", headers=requester.token)
    following = f"{BASE}/api/files/?page=2&page_size=2"
    assert paged.json() == {"count": 3, "next": following, "previous": None, "results": records[:2]}
    for record in records:
        assert (await client.get(record["url"], headers=requester.token)).json() == record


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("999999", (200, 0)),
        ("0", (200, 0)),
        ("", (200, 1)),
        *((word, (400, {"ticket": ["A valid integer is required."]})) for word in ("abc", "1.5", "%00", "9" * 5000)),
        (str(2**63), (200, 0)),
        ("-1", (200, 0)),
    ],
)
async def test_files_of_a_ticket_that_is_none_are_none(
    client: httpx.AsyncClient, requester: Account, word: str, answer: tuple[int, object]
) -> None:
    await send_file(client, requester, await open_ticket(client, requester))
    listed = await client.get(f"/api/files/?ticket={word}", headers=requester.token)
    body = listed.json()
    assert (listed.status_code, body.get("count", body)) == answer


async def test_only_the_owner_and_staff_see_files(
    client: httpx.AsyncClient,
    session: Session,
    requester: Account,
    stranger: Account,
    agent: Account,
    admin: Account,
) -> None:
    ticket = await open_ticket(client, requester)
    await send_file(client, requester, ticket)
    (file_id,) = await file_ids(session)
    seen = {}
    for account in (requester, agent, admin, stranger):
        shown = await client.get(f"/api/files/{file_id}/", headers=account.token)
        listed = await client.get(f"/api/files/?ticket={ticket}", headers=account.token)
        seen[account.user.username] = (shown.status_code, listed.json()["count"])
    assert seen == {"requester": (200, 1), "agent": (200, 1), "admin": (200, 1), "stranger": (404, 0)}


async def test_a_deletion_steps_the_status_back_and_removes_the_file(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, limit=2)
    for name in ("a.png", "b.png"):
        await send_file(client, requester, ticket, name)
    statuses = [await status_of(client, requester, ticket)]
    left = []
    for file_id in await file_ids(session):
        answer = await client.delete(f"/api/files/{file_id}/", headers=requester.token)
        assert (answer.status_code, answer.content) == (204, b"")
        statuses.append(await status_of(client, requester, ticket))
        left.append(stored_files(settings))
        again = await client.delete(f"/api/files/{file_id}/", headers=requester.token)
        assert (again.status_code, again.json()) == (404, NO_FILE)
    assert statuses == ["COMPLETED", "IN PROGRESS", "PENDING"]
    assert left == [["upload/requester/b.png"], []]
    assert left_overs(settings) == []
    assert (await row_counts(session))["taken"] == 0


async def test_a_freed_place_and_a_freed_name_can_be_taken_again(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, limit=1)
    await send_file(client, requester, ticket)
    (file_id,) = await file_ids(session)
    await client.delete(f"/api/files/{file_id}/", headers=requester.token)
    answer = await send_file(client, requester, ticket)
    assert (answer.status_code, answer.json()) == (
        200,
        {"file": "/media/upload/requester/image1.png", "ticket": ticket},
    )


async def test_staff_may_send_to_and_delete_from_any_ticket(
    client: httpx.AsyncClient, session: Session, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, agent, ticket)
    assert (sent.status_code, sent.json()) == (200, {"file": "/media/upload/agent/image1.png", "ticket": ticket})
    assert (await client.get("/api/files/", headers=requester.token)).json()["count"] == 1
    (file_id,) = await file_ids(session)
    assert (await client.delete(f"/api/files/{file_id}/", headers=agent.token)).status_code == 204


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_a_strangers_file_is_one_that_does_not_exist(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    requester: Account,
    stranger: Account,
    method: str,
) -> None:
    await send_file(client, requester, await open_ticket(client, requester))
    (file_id,) = await file_ids(session)
    for number in (file_id, 999_999, 0):
        answer = await client.request(method, f"/api/files/{number}/", headers=stranger.token)
        body = answer.json() if method != "HEAD" else NO_FILE
        assert (answer.status_code, body) == (404, NO_FILE)
    assert stored_files(settings) == ["upload/requester/image1.png"]


@pytest.mark.parametrize("word", ["abc", "1.5", "-1", str(2**63), "9" * 5000, "%00"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_file_id_that_is_none_is_not_found(
    client: httpx.AsyncClient, admin: Account, method: str, word: str
) -> None:
    answer = await client.request(method, f"/api/files/{word}/", headers=admin.token)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


async def test_uploads_and_deletions_are_written_down(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, limit=1)
    await send_file(client, requester, ticket)
    (file_id,) = await file_ids(session)
    await client.delete(f"/api/files/{file_id}/", headers={**requester.token, "X-Request-ID": "abc-1"})
    events = (await session.scalars(select(Event).where(Event.ticket_id == ticket).order_by(Event.id))).all()
    assert [(event.type, event.changes) for event in events[1:]] == [
        ("attachment.created", {"file": file_id, "filename": "image1.png", "size": len(PNG)}),
        ("upload.completed", {}),
        ("attachment.deleted", {"file": file_id, "filename": "image1.png"}),
    ]
    assert (events[-1].actor_id, events[-1].request_id) == (requester.id, "abc-1")
