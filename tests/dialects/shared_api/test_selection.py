"""Which tickets `GET /api/tickets/` lists: kind, status, days of creation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Ticket
from helpdesk_api.settings import Settings

BAD_DATE = ["Enter a valid date."]
ALLOWED = "Allowed: PENDING, IN PROGRESS, COMPLETED, 1, 2, 3, 4, 5, Open, Reopened, Resolved, Closed, Duplicate."
DAYS = ("2018-11-12T00:00:00", "2018-11-12T23:59:59.999999", "2018-12-12T00:00:00", "2018-12-13T00:00:00")


async def add_ticket(session: Session, owner: Account, **values: Any) -> int:
    """Store an upload ticket of which only the columns matter."""
    ticket = Ticket(**{"kind": "upload", "creator_id": owner.id, "file_limit": 3, **values})
    session.add(ticket)
    await session.flush()
    return ticket.id


@pytest.fixture
async def by_status(session: Session, requester: Account) -> dict[int, str]:
    """Upload tickets, by id: their status."""
    counts = {0: "PENDING", 1: "IN PROGRESS", 2: "IN PROGRESS", 3: "COMPLETED"}
    return {await add_ticket(session, requester, file_count=count): status for count, status in counts.items()}


@pytest.fixture
async def by_day(session: Session, requester: Account) -> list[int]:
    """Upload tickets made at `DAYS`."""
    moments = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in DAYS]
    return [await add_ticket(session, requester, created_at=moment) for moment in moments]


async def listed(client: httpx.AsyncClient, account: Account, query: str) -> list[int]:
    """The ids a list shows."""
    answer = await client.get(f"/api/tickets/?{query}", headers=account.token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["results"])
    return [int(row["url"].split("/")[-2]) for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("", {"PENDING", "IN PROGRESS", "COMPLETED"}),
        ("status=", {"PENDING", "IN PROGRESS", "COMPLETED"}),
        ("status=PENDING", {"PENDING"}),
        ("status=pending", {"PENDING"}),
        ("status=In+Progress", {"IN PROGRESS"}),
        ("status=IN%20PROGRESS", {"IN PROGRESS"}),
        ("status=Completed", {"COMPLETED"}),
        ("status=PENDING,COMPLETED", {"PENDING", "COMPLETED"}),
        ("status=+pending+,+COMPLETED+", {"PENDING", "COMPLETED"}),
        ("status=PENDING,PENDING", {"PENDING"}),
        # A number or a name is a support ticket's status: it matches no upload ticket, but may stand beside a word.
        ("status=1", set()),
        ("status=Open,Resolved", set()),
        ("status=1,COMPLETED", {"COMPLETED"}),
        ("kind=upload", {"PENDING", "IN PROGRESS", "COMPLETED"}),
        ("kind=support", set()),
        ("kind=support&status=PENDING", set()),
        ("kind=upload&status=PENDING", {"PENDING"}),
    ],
)
async def test_a_status_selects_tickets(
    client: httpx.AsyncClient, requester: Account, by_status: dict[int, str], query: str, statuses: set[str]
) -> None:
    assert await listed(client, requester, query) == [one for one, status in by_status.items() if status in statuses]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("start_date=2018-11-12", [0, 1, 2, 3]),
        ("start_date=2018-11-13", [2, 3]),
        ("start_date=2018-12-12", [2, 3]),
        ("start_date=2018-12-14", []),
        ("end_date=2018-11-11", []),
        ("end_date=2018-11-12", [0, 1]),
        ("end_date=2018-12-12", [0, 1, 2]),
        ("start_date=2018-11-12&end_date=2018-12-12", [0, 1, 2]),
        ("start_date=2018-12-12&end_date=2018-12-12", [2]),
        ("start_date=2018-12-12&end_date=2018-11-12", []),
        ("start_date=&end_date=", [0, 1, 2, 3]),
        ("start_date=0001-01-01&end_date=9999-12-31", [0, 1, 2, 3]),
        ("start_date=9999-12-31", []),
        ("end_date=0001-01-01", []),
        ("status=PENDING&start_date=2018-12-13", [3]),
        ("status=COMPLETED&start_date=2018-12-13", []),
    ],
)
async def test_days_are_whole_days_in_utc_and_both_included(
    client: httpx.AsyncClient, requester: Account, by_day: list[int], query: str, found: list[int]
) -> None:
    assert await listed(client, requester, query) == [by_day[one] for one in found]


@pytest.mark.parametrize(
    "day",
    [
        *"yesterday 2018-13-01 2018-02-30 12.12.2018 2018-1-1 20181212 2018-W50-3 2018-12-12T00:00 %00 %FF".split(),
        *("+2018-12-12", "10000-01-01", "0000-01-01", "-001-01-01", "2018-12-12%00", "2018-12-12%20", "9" * 5000),
    ],
)
@pytest.mark.parametrize("name", ["start_date", "end_date"])
async def test_a_malformed_day_is_named(client: httpx.AsyncClient, requester: Account, name: str, day: str) -> None:
    answer = await client.get(f"/api/tickets/?{name}={day}", headers=requester.token)
    assert (answer.status_code, answer.json()) == (400, {name: BAD_DATE})


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("DONE", '"DONE" is not a valid choice.'),
        ("6", '"6" is not a valid choice.'),
        ("99,x", '"99" is not a valid choice. "x" is not a valid choice.'),
        (",", '"" is not a valid choice. "" is not a valid choice.'),
        ("PENDING,,", '"" is not a valid choice. "" is not a valid choice.'),
        ("IN_PROGRESS", '"IN_PROGRESS" is not a valid choice.'),
        ("%00", '"\0" is not a valid choice.'),
        ("%ED%A0%80", '"\ufffd\ufffd\ufffd" is not a valid choice.'),
        ("%C2%B2", '"\u00b2" is not a valid choice.'),
    ],
)
async def test_an_unknown_status_is_named_with_those_that_exist(
    client: httpx.AsyncClient, requester: Account, status: str, shown: str
) -> None:
    answer = await client.get(f"/api/tickets/?status={status}", headers=requester.token)
    assert (answer.status_code, answer.json()) == (400, {"status": [f"{shown} {ALLOWED}"]})


async def test_every_wrong_filter_is_named_at_once(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/api/tickets/?status=x&start_date=x&end_date=x&kind=x", headers=requester.token)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "kind": ['"x" is not a valid choice. Allowed: upload, support.'],
            "status": [f'"x" is not a valid choice. {ALLOWED}'],
            "start_date": BAD_DATE,
            "end_date": BAD_DATE,
        },
    )


async def test_a_filter_never_shows_somebody_elses_ticket(
    client: httpx.AsyncClient, stranger: Account, agent: Account, by_status: dict[int, str]
) -> None:
    assert await listed(client, stranger, "status=PENDING,IN+PROGRESS,COMPLETED") == []
    assert await listed(client, agent, "status=PENDING,IN+PROGRESS,COMPLETED") == list(by_status)


async def test_a_service_of_upload_tickets_alone_takes_every_body_for_one(
    client: httpx.AsyncClient, settings: Settings, requester: Account
) -> None:
    settings.ticket_kinds = ["upload"]
    empty = await client.post("/api/tickets/", headers=requester.token, json={})
    assert (empty.status_code, empty.json()) == (400, {"limit": ["This field is required."]})
    body = {"limit": 2, "queue": 1, "title": "Printer"}
    opened = await client.post("/api/tickets/", headers=requester.token, json=body)
    assert (opened.status_code, opened.json()["status"]) == (200, "PENDING")
    assert await listed(client, requester, "kind=support") == []
    assert len(await listed(client, requester, "")) == 1


async def test_a_service_of_support_tickets_alone_shows_no_upload_ticket(
    client: httpx.AsyncClient, settings: Settings, agent: Account, by_status: dict[int, str]
) -> None:
    settings.ticket_kinds = ["support"]
    assert await listed(client, agent, "") == []
    assert await listed(client, agent, "kind=upload") == []
    answer = await client.post("/api/tickets/", headers=agent.token, json={"limit": 2})
    required = ["This field is required."]
    assert (answer.status_code, answer.json()) == (400, {"queue": required, "title": required})
