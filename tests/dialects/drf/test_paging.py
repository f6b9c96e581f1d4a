"""DRF's pages: count, next, previous, results."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Ticket

BASE = "http://localhost:8000"
INVALID_PAGE = (404, {"detail": "Invalid page."})


@pytest.fixture
async def tickets(session: Session, requester: Account) -> list[str]:
    """The URLs of 60 upload tickets of the requester."""
    rows = [Ticket(kind="upload", creator_id=requester.id, file_limit=1) for _ in range(60)]
    session.add_all(rows)
    await session.flush()
    return [f"{BASE}/api/tickets/{row.id}/" for row in sorted(rows, key=lambda row: row.id)]


@pytest.mark.parametrize(
    ("query", "following", "previous", "shown"),
    [
        ("", "?page=2", None, slice(0, 25)),
        ("?page=1", "?page=2", None, slice(0, 25)),
        ("?page=2", "?page=3", "", slice(25, 50)),
        ("?page=3", None, "?page=2", slice(50, 60)),
        ("?page=last", None, "?page=2", slice(50, 60)),
        ("?page=2&page_size=10", "?page=3&page_size=10", "?page_size=10", slice(10, 20)),
        ("?page_size=60", None, None, slice(0, 60)),
        ("?page_size=1000", None, None, slice(0, 60)),
        *(
            (f"?page_size={word}", f"?page=2&page_size={word}", None, slice(0, 25))
            for word in ("0", "-5", "abc", "", "1.5", "9" * 30)
        ),
        ("?page=last&page_size=0", None, "?page=2&page_size=0", slice(50, 60)),
        ("?page=+2+", "?page=3", "", slice(25, 50)),
        (
            "?page_size=20&status=PENDING&page=2&foo=b%26r&foo=a",
            "?foo=b%26r&foo=a&page=3&page_size=20&status=PENDING",
            "?foo=b%26r&foo=a&page_size=20&status=PENDING",
            slice(20, 40),
        ),
    ],
)
async def test_a_page_says_how_many_there_are_and_where_its_neighbours_are(
    client: httpx.AsyncClient,
    requester: Account,
    tickets: list[str],
    query: str,
    following: str | None,
    previous: str | None,
    shown: slice,
) -> None:
    url = f"{BASE}/api/tickets/"
    answer = await client.get(f"/api/tickets/{query}", headers=requester.token)
    body = answer.json()
    assert (answer.status_code, {**body, "results": [row["url"] for row in body["results"]]}) == (
        200,
        {
            "count": 60,
            "next": None if following is None else url + following,
            "previous": None if previous is None else url + previous,
            "results": tickets[shown],
        },
    )


@pytest.mark.parametrize(
    "page", ["0", "-1", "4", "999", "abc", "1.5", "", "LAST", "9" * 18, str(2**63), "9" * 5000, "%00", "%FF", "2%C2%B2"]
)
async def test_a_page_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, requester: Account, tickets: list[str], page: str
) -> None:
    answer = await client.get(f"/api/tickets/?page={page}", headers=requester.token)
    assert (answer.status_code, answer.json()) == INVALID_PAGE


@pytest.mark.parametrize("path", ["/api/tickets/", "/api/files/"])
async def test_the_first_page_of_nothing_is_empty_and_there_is_no_second(
    client: httpx.AsyncClient, stranger: Account, tickets: list[str], path: str
) -> None:
    for page in ("1", "last"):
        first = await client.get(path, headers=stranger.token, params={"page": page})
        assert (first.status_code, first.json()) == (200, {"count": 0, "next": None, "previous": None, "results": []})
    second = await client.get(path, headers=stranger.token, params={"page": 2})
    assert (second.status_code, second.json()) == INVALID_PAGE


async def test_following_next_reaches_every_ticket_once_in_ascending_order(
    client: httpx.AsyncClient, requester: Account, tickets: list[str]
) -> None:
    found, url = [], "/api/tickets/?page_size=7"
    while url:
        page = (await client.get(url, headers=requester.token)).json()
        found += [row["url"] for row in page["results"]]
        url = page["next"]
    assert found == tickets


async def test_links_keep_the_address_they_were_asked_at(
    client: httpx.AsyncClient, requester: Account, tickets: list[str]
) -> None:
    page = (await client.get("http://127.0.0.1:9999/api/tickets", headers=requester.token)).json()
    assert page["next"] == "http://127.0.0.1:9999/api/tickets?page=2"
    assert page["results"][0]["url"].startswith("http://127.0.0.1:9999/api/tickets/")


async def test_odd_parameters_travel_along(client: httpx.AsyncClient, requester: Account, tickets: list[str]) -> None:
    given = "b=%F0%9F%98%80&a=%00&c=%26%3D%23&d"
    page = (await client.get(f"/api/tickets/?{given}", headers=requester.token)).json()
    assert parse_qsl(urlsplit(page["next"]).query, keep_blank_values=True) == [
        ("a", "\0"),
        ("b", "\U0001f600"),
        ("c", "&=#"),
        ("d", ""),
        ("page", "2"),
    ]
