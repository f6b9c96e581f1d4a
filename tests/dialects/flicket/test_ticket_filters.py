"""The filters and orders of a list of tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_account, make_queue
from flicket_desk import API, Json, get, items, make_private, open_ticket, post, reply
from helpdesk_api.db.session import Session
from helpdesk_api.domain.tickets.search import says, terms
from helpdesk_api.models import Department, Queue, Ticket

Categories = Mapping[str, Queue]
STATUSES = "not a valid status: must be one of Open, Closed, In Work, Awaiting Information."
SORTS = (
    "not a valid sort: must be one of priority, ticketid, title, addedby, addedon, last_updated, replies, status,"
    " assigned, each also with _desc."
)


async def titles(client: httpx.AsyncClient, account: Account, query: str) -> list[str]:
    """The titles of the tickets that are listed."""
    return [item["title"] for item in await items(client, account, f"tickets/?{query}")]


@pytest.fixture
async def desk(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, stranger: Account
) -> dict[str, Json]:
    """Tickets in every status, in two departments."""
    opened = {
        "open": await open_ticket(client, requester, categories["ECN"], title="open"),
        "closed": await open_ticket(client, requester, categories["ECN"], title="closed"),
        "work": await open_ticket(client, stranger, categories["Internet"], title="work"),
        "awaiting": await open_ticket(client, stranger, categories["Dataset"], title="awaiting"),
    }
    await post(client, requester, f"ticket/{opened['closed']['id']}/close")
    await post(client, agent, f"ticket/{opened['work']['id']}/claim")
    url = f"/flicket-api/ticket/{opened['awaiting']['id']}"
    await client.put(url, headers=agent.bearer, json={"status_id": 4})
    return opened


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Open", ["open"]),
        ("status=Closed", ["closed"]),
        ("status=In Work", ["work"]),
        ("status=awaiting information", ["awaiting"]),
        ("department=IT", ["work"]),
        ("department=Design", ["open", "closed", "awaiting"]),
        ("department=Nothing", []),
        ("category=ECN", ["open", "closed"]),
        ("category=ECN&status=Open", ["open"]),
        ("category=ECN&department=IT", []),
        ("department=&category=&status=&user_id=&assigned_id=&content=&sort=", ["open", "closed", "work", "awaiting"]),
    ],
)
async def test_tickets_are_filtered_by_the_names_of_things(
    client: httpx.AsyncClient, desk: dict[str, Json], agent: Account, query: str, found: list[str]
) -> None:
    assert await titles(client, agent, query) == found


async def test_the_same_category_name_in_two_departments_finds_both(
    client: httpx.AsyncClient,
    session: Session,
    departments: Mapping[str, Department],
    categories: Categories,
    agent: Account,
) -> None:
    other = await make_queue(session, "ECN", departments["IT"], slug="ecn-2")
    await open_ticket(client, agent, categories["ECN"], title="design")
    await open_ticket(client, agent, other, title="it")
    assert await titles(client, agent, "category=ECN") == ["design", "it"]
    assert await titles(client, agent, "category=ECN&department=IT") == ["it"]


async def test_a_user_finds_what_they_opened_and_what_they_are_assigned(
    client: httpx.AsyncClient, desk: dict[str, Json], requester: Account, stranger: Account, agent: Account
) -> None:
    await post(client, agent, f"ticket/{desk['open']['id']}/assign", {"user_id": stranger.id})
    assert await titles(client, agent, f"user_id={stranger.id}") == ["open", "work", "awaiting"]
    assert await titles(client, agent, f"assigned_id={stranger.id}") == ["open"]
    assert await titles(client, agent, f"user_id={stranger.id}&assigned_id={agent.id}") == ["work"]
    assert await titles(client, agent, "user_id=0") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=Solved", STATUSES),
        ("status=1", STATUSES),
        ("sort=colour", SORTS),
        ("sort=_desc", SORTS),
        ("status=Solved&sort=-id", f"{STATUSES} {SORTS}"),
        ("user_id=abc", "user_id must be an integer."),
        ("assigned_id=-1", "assigned_id must be an integer."),
        ("content=a%00b", "content: Null characters are not allowed."),
    ],
)
@pytest.mark.parametrize("path", ["tickets/", "tickets/1/", "tickets.csv"])
async def test_a_filter_that_makes_no_sense_is_refused_naming_what_would(
    client: httpx.AsyncClient, agent: Account, path: str, query: str, message: str
) -> None:
    answer = await client.get(f"/flicket-api/{path}?{query}", headers=agent.bearer)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_the_links_of_the_pages_keep_the_filters(
    client: httpx.AsyncClient, desk: dict[str, Json], agent: Account
) -> None:
    query = "sort=title_desc&department=Design&page=7&per_page=1&content=conten&nonsense=1"
    kept = "per_page=1&department=Design&content=conten&sort=title_desc"
    page = await get(client, agent, f"tickets/2/?{query}")
    assert page["_links"] == {
        "next": f"{API}/tickets/3/?{kept}",
        "prev": f"{API}/tickets/1/?{kept}",
        "self": f"{API}/tickets/2/?{kept}",
    }
    assert page["_meta"] == {"page": 2, "per_page": 1, "total_items": 3, "total_pages": 3}
    assert [item["title"] for item in page["items"]] == ["closed"]


async def prepare_for_sorting(client: httpx.AsyncClient, session: Session, categories: Categories) -> Account:
    """Tickets of two agents named against the order of their user names; one is closed, one answered, one assigned."""
    zoe = await make_account(session, "aaa", first_name="Zoe", is_staff=True)
    ann = await make_account(session, "zzz", first_name="Ann", is_staff=True)
    one = await open_ticket(client, zoe, categories["ECN"], title="b", ticket_priority_id=2)
    two = await open_ticket(client, ann, categories["ECN"], title="a", ticket_priority_id=3)
    three = await open_ticket(client, zoe, categories["ECN"], title="c", ticket_priority_id=1)
    await reply(client, ann, one)
    await post(client, ann, f"ticket/{two['id']}/close")
    await post(client, ann, f"ticket/{three['id']}/claim")
    await post(client, zoe, f"ticket/{one['id']}/claim")
    now = datetime.now(UTC)
    for ticket, added, touched in ((one, 2, 3), (two, 3, 1), (three, 1, 2)):
        times = {"created_at": now + timedelta(hours=added), "last_activity_at": now + timedelta(hours=touched)}
        await session.execute(update(Ticket).where(Ticket.id == ticket["id"]).values(times))
    return zoe


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("ticketid", "bac", "cab"),
        ("title", "abc", "cba"),
        ("priority", "cba", "abc"),
        ("addedby", "abc", "bca"),
        ("addedon", "cba", "abc"),
        ("last_updated", "acb", "bca"),
        ("replies", "acb", "bac"),
        ("status", "abc", "bca"),
        # Nobody sorts last, whichever way round.
        ("assigned", "cba", "bca"),
    ],
)
async def test_tickets_are_sorted_by_each_of_flickets_columns_both_ways(
    client: httpx.AsyncClient, session: Session, categories: Categories, sort: str, ascending: str, descending: str
) -> None:
    account = await prepare_for_sorting(client, session, categories)
    assert "".join(await titles(client, account, f"sort={sort}")) == ascending
    assert "".join(await titles(client, account, f"sort={sort}_desc")) == descending


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("printer", ["Printer on fire"]),
        ("PRINT", ["Printer on fire"]),
        ("fire printer", ["Printer on fire"]),
        ("rinter", []),
        ("smokes", ["Printer on fire"]),
        ("ashes", ["Printer on fire"]),
        ("printer ashes", []),
        ("joe@example.com", ["Mail for joe@example.com"]),
        ("foo-b", ["Mail for joe@example.com"]),
        ("it's mr", ["Mail for joe@example.com"]),
        ("o'h", ["Mail for joe@example.com"]),
        ("!!! & | ( <-> :*", []),
        ("back\\slash", []),
        ("'", []),
        ("_", []),
        ("Schlüssel", ["Mail for joe@example.com"]),
    ],
)
async def test_words_are_looked_for_as_beginnings_in_titles_contents_and_posts(
    client: httpx.AsyncClient, categories: Categories, agent: Account, content: str, found: list[str]
) -> None:
    fire = await open_ticket(client, agent, categories["ECN"], title="Printer on fire", content="It smokes.")
    await reply(client, agent, fire, "Nothing left but ashes.")
    odd = "foo-bar, it's Mr O'Hara's SCHLÜSSEL"
    await open_ticket(client, agent, categories["ECN"], title="Mail for joe@example.com", content=odd)
    answer = await client.get("/flicket-api/tickets/", headers=agent.bearer, params={"content": content})
    assert [item["title"] for item in answer.json()["items"]] == found


async def test_what_is_said_in_private_is_found_by_staff_only(
    client: httpx.AsyncClient, session: Session, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    await make_private(session, await reply(client, agent, ticket, "The customer is wrong."))
    assert await titles(client, requester, "content=customer") == []
    assert len(await titles(client, agent, "content=customer")) == 1


async def test_words_are_looked_up_in_the_indexes(
    connection: AsyncConnection, agent: Account, requester: Account
) -> None:
    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    for account in (agent, requester):
        query = select(Ticket.id).where(says(account.actor)).compile(connection.sync_connection)
        params = {**query.params, **terms("printer fire")}
        values = tuple(params[name] for name in query.positiontup or ())
        plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN {query}", values)).scalars())
        assert "ix_tickets_search" in plan
        assert "ix_followups_search" in plan


async def test_a_later_page_of_a_filtered_list_is_filtered_too(
    client: httpx.AsyncClient, desk: dict[str, Json], agent: Account
) -> None:
    first = await get(client, agent, "tickets/?category=ECN&per_page=1")
    following = await client.get(first["_links"]["next"], headers=agent.bearer)
    shown: list[dict[str, Any]] = [*first["items"], *following.json()["items"]]
    assert [item["title"] for item in shown] == ["open", "closed"]
    assert following.json()["_links"]["next"] is None
