"""The four statuses over HTTP: a list whose pages stand in the query."""

from __future__ import annotations

import httpx
import pytest

from factories import Account

API = "http://localhost:8000/flicket-api"
NAMES = {1: "Open", 2: "Closed", 3: "In Work", 4: "Awaiting Information"}


def shape(number: int) -> dict[str, object]:
    """A status as documented."""
    links = {"self": f"{API}/status/{number}", "statuses": f"{API}/statuses/"}
    return {"id": number, "links": links, "status": NAMES[number]}


async def test_a_status_is_shown_as_documented(client: httpx.AsyncClient, requester: Account) -> None:
    for number in NAMES:
        answer = await client.get(f"/flicket-api/status/{number}", headers=requester.bearer)
        assert (answer.status_code, answer.json()) == (200, shape(number))
    unknown = await client.get("/flicket-api/status/99", headers=requester.bearer)
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Not Found"})


async def test_the_list_links_to_statuses(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/statuses/", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {"next": None, "prev": None, "self": f"{API}/statuses/?page=1&per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 4, "total_pages": 1},
            "items": [shape(number) for number in NAMES],
        },
    )


async def test_pages_stand_in_the_query(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/statuses/?per_page=1&page=2", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {
                "next": f"{API}/statuses/?page=3&per_page=1",
                "prev": f"{API}/statuses/?page=1&per_page=1",
                "self": f"{API}/statuses/?page=2&per_page=1",
            },
            "_meta": {"page": 2, "per_page": 1, "total_items": 4, "total_pages": 4},
            "items": [shape(2)],
        },
    )


async def test_a_page_in_the_path_is_404(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/statuses/2/?per_page=1", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("query", ["page=999", "page=5&per_page=1", "page=0", "page=-1", "per_page=0", "per_page=-1"])
async def test_a_page_that_is_not_there_is_404(client: httpx.AsyncClient, requester: Account, query: str) -> None:
    answer = await client.get(f"/flicket-api/statuses/?{query}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("query", "page", "per_page"),
    [
        ("page=abc", 1, 50),
        ("page=&per_page=", 1, 50),
        ("per_page=abc", 1, 50),
        ("per_page=2.5", 1, 50),
        ("page=%201%20&per_page=%2B7", 1, 7),
        ("per_page=100", 1, 100),
        ("per_page=101", 1, 100),
        (f"per_page={10**40}", 1, 100),
    ],
)
async def test_what_is_no_number_counts_as_the_default_and_100_is_the_most(
    client: httpx.AsyncClient, requester: Account, query: str, page: int, per_page: int
) -> None:
    answer = await client.get(f"/flicket-api/statuses/?{query}", headers=requester.bearer)
    meta = {"page": page, "per_page": per_page, "total_items": 4, "total_pages": 1}
    assert (answer.status_code, answer.json()["_meta"]) == (200, meta)
