"""The export of tickets as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from clients import client_over
from factories import Account, make_account
from flicket_desk import API, make_private, open_ticket, post, reply
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.dialects.flicket import csv_rows
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from query_count import counted

Categories = Mapping[str, Queue]
HEADER = ["Ticket_ID", "Priority", "Title", "Submitted By", "Date", "Replies", "Category", "Status", "Assigned", "URL"]


async def rows(client: httpx.AsyncClient, account: Account, query: str = "") -> list[list[str]]:
    """The rows of an export, with the header."""
    answer = await client.get(f"/flicket-api/tickets.csv{query}", headers=account.bearer)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))


async def titles(client: httpx.AsyncClient, account: Account, query: str = "") -> list[str]:
    """The titles of an export."""
    return [row[2] for row in (await rows(client, account, query))[1:]]


async def test_tickets_are_exported_with_flickets_columns(
    client: httpx.AsyncClient, categories: Categories, session: Session, requester: Account
) -> None:
    carol = await make_account(session, "carol", first_name="Carol", last_name="Customer", is_staff=True)
    first = await open_ticket(
        client, requester, categories["ECN"], title='Say "hi", twice\nor more', ticket_priority_id=3
    )
    second = await open_ticket(client, carol, categories["Internet"])
    await reply(client, carol, first)
    await post(client, carol, f"ticket/{second['id']}/claim")
    answer = await client.get("/flicket-api/tickets.csv", headers=carol.bearer)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tickets.csv"'
    assert answer.text == (
        ",".join(HEADER) + "\r\n"
        f'{first["id"]:05},high,"Say ""hi"", twice\nor more",requester,{today},1,Design - ECN,Open,Not assigned,'
        f"{API}/ticket/{first['id']}\r\n"
        f"{second['id']:05},low,this is my ticket,Carol Customer,{today},0,IT - Internet,In Work,Carol Customer,"
        f"{API}/ticket/{second['id']}\r\n"
    )


async def test_private_replies_are_counted_for_staff_only(
    client: httpx.AsyncClient, categories: Categories, session: Session, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    await reply(client, agent, ticket)
    await make_private(session, await reply(client, agent, ticket))
    assert [(await rows(client, account))[1][5] for account in (requester, agent)] == ["1", "2"]


async def test_nothing_to_export_is_a_header(client: httpx.AsyncClient, stranger: Account) -> None:
    assert await rows(client, stranger) == [HEADER]


async def test_an_export_takes_the_filters_and_orders_of_the_list(
    client: httpx.AsyncClient, categories: Categories, agent: Account, requester: Account
) -> None:
    for title, category in (("a", "ECN"), ("b", "Internet"), ("c", "ECN")):
        await open_ticket(client, agent, categories[category], title=title)
    assert await titles(client, agent, "?sort=title_desc") == ["c", "b", "a"]
    assert await titles(client, agent, "?category=ECN&sort=ticketid") == ["a", "c"]
    assert await titles(client, agent, "?content=b") == ["b"]
    assert await titles(client, requester) == []


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)"])
async def test_no_cell_is_a_formula(
    client: httpx.AsyncClient, categories: Categories, session: Session, title: str
) -> None:
    account = await make_account(session, "mallory", first_name=title, is_staff=True)
    await open_ticket(client, account, categories["ECN"], title=title)
    row = (await rows(client, account))[1]
    assert (row[2], row[3]) == (f"'{title}", f"'{title}")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    written = csv_rows.as_csv([[f"{start}1", f"1{start}", ""]])
    assert next(csv.reader(io.StringIO(written, newline=""))) == [f"'{start}1", f"1{start}", ""]


@pytest.fixture
async def limited(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that exports at most three tickets."""
    async with client_over(settings.model_copy(update={"csv_dump_limit": 3}), database) as client:
        yield client


async def test_an_export_ends_at_the_limit(limited: httpx.AsyncClient, categories: Categories, agent: Account) -> None:
    for title in "abcd":
        await open_ticket(limited, agent, categories["ECN"], title=title)
    assert await titles(limited, agent) == ["a", "b", "c"]
    assert await titles(limited, agent, "?sort=title_desc") == ["d", "c", "b"]


async def test_an_export_of_many_is_sent_piece_by_piece(
    client: httpx.AsyncClient, categories: Categories, agent: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "BATCH", 2)
    for title in "abcde":
        await open_ticket(client, agent, categories["ECN"], title=title)
    assert await titles(client, agent, "?sort=title_desc") == ["e", "d", "c", "b", "a"]


async def test_the_header_alone_can_be_asked_for(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.head("/flicket-api/tickets.csv", headers=agent.bearer)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")


async def test_an_export_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, agent: Account
) -> None:
    await open_ticket(client, agent, categories["ECN"])
    async with counted(connection) as for_one:
        await rows(client, agent)
    for title in "abc":
        await open_ticket(client, agent, categories["Internet"], title=title)
    async with counted(connection) as for_many:
        assert len(await rows(client, agent)) == 5
    assert len(for_many) == len(for_one)
