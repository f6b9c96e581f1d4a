"""Support tickets over HTTP: read, listed, opened, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account
from flicket_desk import API, get, items, open_ticket, post, reply, ticket_links
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue, Ticket
from query_count import counted

Categories = Mapping[str, Queue]
DOCUMENTED = {"title": "this is my ticket", "content": "this is my content", "ticket_priority_id": 1}
INCOMPLETE = "Must include title, content, category_id and ticket_priority_id."
NOT_INTEGERS = "ticket_priority_id and category_id must be integers."


async def test_the_documented_ticket_is_opened_with_its_address_in_the_header(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    category = categories["Dataset"]
    body = {**DOCUMENTED, "category_id": category.id}
    answer = await client.post("/flicket-api/tickets", headers=requester.bearer, json=body)
    opened = answer.json()
    ticket_id = opened["id"]
    stored = await session.get_one(Ticket, ticket_id)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{API}/ticket/{ticket_id}"
    assert opened == {
        "assigned_id": None,
        "category_id": category.id,
        "content": "this is my content",
        "date_added": f"{stored.created_at:%a, %d %b %Y %H:%M:%S GMT}",
        "date_modified": None,
        "id": ticket_id,
        "links": ticket_links(ticket_id, requester.id, category.id),
        "modified_id": None,
        "started_id": requester.id,
        "status_id": 1,
        "ticket_priority_id": 1,
        "title": "this is my ticket",
    }
    assert (stored.kind, stored.status, stored.priority, stored.submitter_email) == (
        "support",
        1,
        4,
        "requester@example.com",
    )


async def test_a_ticket_is_read_as_it_was_opened(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    opened = await open_ticket(client, requester, categories["ECN"])
    assert await get(client, requester, f"ticket/{opened['id']}") == opened


@pytest.mark.parametrize("ticket", ["0", "999999", "abc", "99999999999999999999", "-1"])
async def test_a_ticket_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, requester: Account, ticket: str
) -> None:
    answer = await client.get(f"/flicket-api/ticket/{ticket}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_nobody_gets_anything_without_signing_in(client: httpx.AsyncClient) -> None:
    for path in ("tickets/", "ticket/1", "tickets.csv", "posts/1/", "uploads/", "histories/", "actions/1"):
        answer = await client.get(f"/flicket-api/{path}")
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Authentication Required"'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, INCOMPLETE),
        (None, INCOMPLETE),
        ("abc", INCOMPLETE),
        ({"content": "x", "category_id": 1, "ticket_priority_id": 1}, INCOMPLETE),
        ({**DOCUMENTED, "category_id": "1"}, NOT_INTEGERS),
        ({**DOCUMENTED, "category_id": 1.0}, NOT_INTEGERS),
        ({**DOCUMENTED, "category_id": None}, NOT_INTEGERS),
        ({**DOCUMENTED, "category_id": True}, NOT_INTEGERS),
        ({**DOCUMENTED, "category_id": 0}, "not a valid category_id"),
        ({**DOCUMENTED, "category_id": 99999999999999}, "not a valid category_id"),
        ({**DOCUMENTED, "category_id": 10**30}, "not a valid category_id"),
        ({**DOCUMENTED, "category_id": 0, "ticket_priority_id": 999}, "not a valid ticket_priority_id"),
        ({**DOCUMENTED, "category_id": 0, "title": "t" * 129}, "title must not be longer than 128 characters."),
        ({**DOCUMENTED, "category_id": 0, "title": ""}, "title must not be blank."),
        ({**DOCUMENTED, "category_id": 0, "title": " \n"}, "title must not be blank."),
        ({**DOCUMENTED, "category_id": 0, "title": None}, "title must not be null."),
        ({**DOCUMENTED, "category_id": 0, "title": {"a": 1}}, "title must be a text."),
        ({**DOCUMENTED, "category_id": 0, "title": "a\0b"}, "title: Null characters are not allowed."),
        ({**DOCUMENTED, "category_id": 0, "content": None}, "content must not be null."),
    ],
)
async def test_a_new_ticket_that_is_wrong_is_refused_in_flickets_words(
    client: httpx.AsyncClient, categories: Categories, requester: Account, body: object, message: str
) -> None:
    answer = await client.post("/flicket-api/tickets", headers=requester.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


@pytest.mark.parametrize("body", [b"{bad", b'{"title": NaN}', b"\xff"])
async def test_a_body_that_is_no_json_is_refused_as_json(
    client: httpx.AsyncClient, requester: Account, body: bytes
) -> None:
    headers = {**requester.bearer, "Content-Type": "application/json"}
    answer = await client.post("/flicket-api/tickets", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


async def test_an_empty_body_lacks_everything(client: httpx.AsyncClient, requester: Account) -> None:
    headers = {**requester.bearer, "Content-Type": "application/json"}
    answer = await client.post("/flicket-api/tickets", headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": INCOMPLETE})


async def test_fields_that_flicket_sets_itself_are_ignored(
    client: httpx.AsyncClient, categories: Categories, requester: Account, admin: Account
) -> None:
    more = {"status_id": 2, "assigned_id": admin.id, "id": 1, "started_id": admin.id}
    opened = await open_ticket(client, requester, categories["ECN"], **more)
    assert (opened["status_id"], opened["assigned_id"], opened["started_id"]) == (1, None, requester.id)


@pytest.mark.parametrize(
    ("title", "shown"),
    [(123, "123"), ("  trimmed ", "trimmed"), ("Ünïcode ☃ <b>&\"'", "Ünïcode ☃ <b>&\"'"), ("t" * 128, "t" * 128)],
)
async def test_titles_are_kept_as_text(
    client: httpx.AsyncClient, categories: Categories, requester: Account, title: object, shown: str
) -> None:
    assert (await open_ticket(client, requester, categories["ECN"], title=title))["title"] == shown


async def test_tickets_are_listed_oldest_first_with_pages_in_the_path(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    opened = [await open_ticket(client, requester, categories["ECN"], title=f"Ticket {n}") for n in range(3)]
    assert await get(client, requester, "tickets/?per_page=2") == {
        "_links": {"next": f"{API}/tickets/2/?per_page=2", "prev": None, "self": f"{API}/tickets/1/?per_page=2"},
        "_meta": {"page": 1, "per_page": 2, "total_items": 3, "total_pages": 2},
        "items": opened[:2],
    }
    assert await get(client, requester, "tickets/2/?per_page=2") == {
        "_links": {"next": None, "prev": f"{API}/tickets/1/?per_page=2", "self": f"{API}/tickets/2/?per_page=2"},
        "_meta": {"page": 2, "per_page": 2, "total_items": 3, "total_pages": 2},
        "items": opened[2:],
    }


@pytest.mark.parametrize(
    ("query", "per_page"), [("", 50), ("?per_page=abc", 50), ("?per_page=", 50), ("?per_page=1000", 100)]
)
async def test_pages_have_fifty_tickets_unless_told_otherwise_and_at_most_a_hundred(
    client: httpx.AsyncClient, requester: Account, query: str, per_page: int
) -> None:
    assert (await get(client, requester, f"tickets/{query}"))["_meta"] == {
        "page": 1,
        "per_page": per_page,
        "total_items": 0,
        "total_pages": 0,
    }


async def test_a_page_in_the_query_is_ignored(client: httpx.AsyncClient, requester: Account) -> None:
    assert (await get(client, requester, "tickets/?page=2"))["_meta"]["page"] == 1


@pytest.mark.parametrize(
    "path", ["tickets/999/", "tickets/0/", "tickets/abc/", "tickets/?per_page=0", "tickets/?per_page=-1"]
)
async def test_a_page_that_is_not_there_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_upload_tickets_are_not_there_in_this_dialect(
    client: httpx.AsyncClient, requester: Account, admin: Account
) -> None:
    answer = await client.post("/api/tickets/", headers=requester.token, json={"limit": 1})
    upload_id = answer.json()["url"].rstrip("/").rpartition("/")[2]
    for account in (requester, admin):
        assert await items(client, account, "tickets/") == []
        assert await items(client, account, f"actions/{upload_id}") == []
        for method, path, body in (
            ("GET", "", None),
            ("DELETE", "", None),
            ("PUT", "", {}),
            ("POST", "/claim", None),
            ("POST", "/release", None),
            ("POST", "/assign", {"user_id": admin.id}),
            ("POST", "/close", {}),
            ("POST", "/reopen", None),
        ):
            url = f"/flicket-api/ticket/{upload_id}{path}"
            answer = await client.request(method, url, headers=account.bearer, json=body)
            assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"}), (method, path)
    assert (await client.get(f"/api/tickets/{upload_id}/", headers=requester.token)).status_code == 200


async def test_listing_tickets_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, requester: Account
) -> None:
    first = await open_ticket(client, requester, categories["ECN"])
    async with counted(connection) as for_one:
        await get(client, requester, "tickets/")
    for n in range(5):
        ticket = await open_ticket(client, requester, categories["ECN"], title=f"Ticket {n}")
        await reply(client, requester, ticket)
    await post(client, requester, f"ticket/{first['id']}/close")
    async with counted(connection) as for_many:
        await get(client, requester, "tickets/")
    assert len(for_many) == len(for_one)


async def test_reading_a_ticket_does_not_read_what_is_said_on_it(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    async with counted(connection) as statements:
        await get(client, requester, f"ticket/{ticket['id']}")
    assert not [statement for statement in statements if "FROM followups" in statement]


@pytest.mark.parametrize("path", ["tickets", "tickets/", "tickets/1", "tickets/1/"])
async def test_the_trailing_slash_is_optional(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    assert (await client.get(f"/flicket-api/{path}", headers=requester.bearer)).status_code == 200
    assert (await client.head(f"/flicket-api/{path}", headers=requester.bearer)).status_code == 200


async def test_a_method_that_is_not_there_is_refused_naming_those_that_are(
    client: httpx.AsyncClient, requester: Account
) -> None:
    answer = await client.delete("/flicket-api/tickets/", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
