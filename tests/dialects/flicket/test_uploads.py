"""Uploads over HTTP: files of tickets and of posts."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import PNG, Account
from flicket_desk import API, BASE, file_named, get, items, make_private, open_ticket, reply, send_files
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment, FollowUp, Queue, Ticket
from helpdesk_api.settings import Settings
from query_count import counted
from uploading import left_overs, stored_files

Categories = Mapping[str, Queue]
ONE_OF_BOTH = "Must include either topic_id or post_id."


async def test_a_ticket_gets_a_file_shown_as_documented(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    answer = await client.post(
        "/flicket-api/uploads",
        headers=requester.bearer,
        data={"topic_id": str(ticket["id"])},
        files=file_named("photos-1.PNG"),
    )
    upload = answer.json()
    stored = await session.get_one(Attachment, upload["id"])
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{API}/upload/{stored.id}"
    assert stored.short_name is not None
    assert stored.short_name.endswith(".png")
    assert upload == {
        "filename": stored.short_name,
        "id": stored.id,
        "image": f"{BASE}/flicket_uploads/{stored.short_name}",
        "links": {
            "post": None,
            "self": f"{API}/upload/{stored.id}",
            "ticket": f"{API}/ticket/{ticket['id']}",
            "uploads": f"{API}/uploads/",
        },
        "original_filename": "photos-1.PNG",
        "post_id": None,
        "topic_id": ticket["id"],
    }
    assert await get(client, requester, f"upload/{stored.id}") == upload


async def test_a_post_gets_a_file(client: httpx.AsyncClient, categories: Categories, requester: Account) -> None:
    said = await reply(client, requester, await open_ticket(client, requester, categories["ECN"]))
    upload = await send_files(client, requester, {"post_id": said["id"]})
    assert (upload["post_id"], upload["topic_id"]) == (said["id"], None)
    assert (upload["links"]["post"], upload["links"]["ticket"]) == (f"{API}/post/{said['id']}", None)
    assert await get(client, requester, f"upload/{upload['id']}") == upload


async def test_several_files_come_in_one_form(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    sent = await send_files(client, requester, {"topic_id": ticket["id"]}, "b.png", "a.png", "b.png")
    assert [item["original_filename"] for item in sent["items"]] == ["b.png", "a.png", "b.png"]
    assert len({item["filename"] for item in sent["items"]}) == 3
    assert await items(client, requester, "uploads/") == sent["items"]


async def test_uploads_are_listed_oldest_first_with_pages_in_the_path(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    uploads = [await send_files(client, requester, {"topic_id": ticket["id"]}) for _ in range(3)]
    assert await get(client, requester, "uploads/2/?per_page=1&page=3") == {
        "_links": {
            "next": f"{API}/uploads/3/?per_page=1",
            "prev": f"{API}/uploads/1/?per_page=1",
            "self": f"{API}/uploads/2/?per_page=1",
        },
        "_meta": {"page": 2, "per_page": 1, "total_items": 3, "total_pages": 3},
        "items": [uploads[1]],
    }
    assert await get(client, stranger, "uploads/") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/uploads/1/?per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 0, "total_pages": 0},
        "items": [],
    }


async def test_the_file_itself_comes_back_under_its_short_name(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    upload = await send_files(client, requester, {"topic_id": ticket["id"]})
    answer = await client.get(upload["image"], headers=requester.bearer)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''screen.png"
    unchanged = {**requester.bearer, "If-None-Match": answer.headers["ETag"]}
    assert (await client.get(upload["image"], headers=unchanged)).status_code == 304
    answer = await client.get(upload["image"], headers=stranger.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    answer = await client.get(upload["image"])
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert (await client.get("/flicket_uploads/nothing.png", headers=requester.bearer)).status_code == 404


async def test_a_file_of_a_follow_up_that_is_no_post_is_the_tickets(
    client: httpx.AsyncClient, categories: Categories, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    said = await reply(client, agent, ticket)
    upload = await send_files(client, agent, {"post_id": said["id"]})
    await session.execute(update(FollowUp).where(FollowUp.id == said["id"]).values(comment=""))
    shown = await get(client, agent, f"upload/{upload['id']}")
    assert (shown["post_id"], shown["topic_id"]) == (None, ticket["id"])


@pytest.mark.parametrize("hidden", [True, False])
async def test_the_opener_adds_files_even_when_the_opening_follow_up_is_not_there_for_them(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session, hidden: bool
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    opening = FollowUp.ticket_id == ticket["id"]
    await session.execute(update(FollowUp).where(opening).values(public=not hidden, is_opening=hidden, comment=""))
    upload = await send_files(client, requester, {"topic_id": ticket["id"]})
    assert await items(client, requester, "uploads/") == [upload]
    assert upload["topic_id"] == ticket["id"]


async def test_the_sender_or_staff_delete_a_file(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, settings: Settings
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    own = await send_files(client, requester, {"topic_id": ticket["id"]})
    by_agent = await send_files(client, agent, {"topic_id": ticket["id"]})
    url = f"/flicket-api/upload/{by_agent['id']}"
    assert (await client.delete(url, headers=requester.bearer)).status_code == 403
    answer = await client.delete(f"/flicket-api/upload/{own['id']}", headers=requester.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(own["image"], headers=agent.bearer)).status_code == 404
    assert (await client.delete(url, headers=agent.bearer)).status_code == 204
    assert (await client.delete(url, headers=agent.bearer)).status_code == 404
    assert stored_files(settings) == []


async def test_a_deleted_post_takes_its_files_along(
    client: httpx.AsyncClient, categories: Categories, requester: Account, settings: Settings
) -> None:
    said = await reply(client, requester, await open_ticket(client, requester, categories["ECN"]))
    upload = await send_files(client, requester, {"post_id": said["id"]})
    assert len(stored_files(settings)) == 1
    assert (await client.delete(f"/flicket-api/post/{said['id']}", headers=requester.bearer)).status_code == 204
    assert (await client.get(f"/flicket-api/upload/{upload['id']}", headers=requester.bearer)).status_code == 404
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_file_is_news_for_the_ticket(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    before = (await session.get_one(Ticket, ticket["id"], populate_existing=True)).last_activity_at
    await send_files(client, requester, {"topic_id": ticket["id"]})
    assert (await session.get_one(Ticket, ticket["id"], populate_existing=True)).last_activity_at > before


async def test_files_of_upload_tickets_are_no_uploads(
    client: httpx.AsyncClient, requester: Account, admin: Account
) -> None:
    opened = await client.post("/api/tickets/", headers=requester.token, json={"limit": 1})
    ticket_id = opened.json()["url"].rstrip("/").rpartition("/")[2]
    sent = await client.post(
        "/api/files/", headers=requester.token, data={"ticket": ticket_id}, files=file_named("a.png")
    )
    assert sent.status_code == 200
    assert await items(client, admin, "uploads/") == []
    file_id = sent.headers["Location"].rstrip("/").rpartition("/")[2]
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"/flicket-api/upload/{file_id}", headers=requester.bearer)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    data = {"topic_id": ticket_id}
    answer = await client.post("/flicket-api/uploads", headers=requester.bearer, data=data, files=file_named("b.png"))
    assert (answer.status_code, answer.json()["message"]) == (400, "not a valid topic_id")


async def test_a_private_posts_file_is_for_staff(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, agent, ticket)
    upload = await send_files(client, agent, {"post_id": said["id"]})
    await make_private(session, said)
    for url in (upload["links"]["self"], upload["image"]):
        assert (await client.get(url, headers=requester.bearer)).status_code == 404
        assert (await client.get(url, headers=agent.bearer)).status_code == 200
    assert await items(client, requester, "uploads/") == []


async def test_listing_uploads_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, requester, ticket)
    await send_files(client, requester, {"topic_id": ticket["id"]})
    async with counted(connection) as for_one:
        await get(client, requester, "uploads/")
    for _ in range(3):
        await send_files(client, requester, {"post_id": said["id"]}, "a.png", "b.png")
    async with counted(connection) as for_many:
        await get(client, requester, "uploads/")
    assert len(for_many) == len(for_one)


@pytest.mark.parametrize("path", ["upload/999999", "upload/abc", "uploads/2/", "uploads/abc/"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
