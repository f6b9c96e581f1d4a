"""The three priorities over HTTP: a list whose pages stand in the path."""

from __future__ import annotations

import httpx
import pytest

from factories import Account

API = "http://localhost:8000/flicket-api"
NAMES = {1: "low", 2: "medium", 3: "high"}


def shape(number: int) -> dict[str, object]:
    """A priority as documented."""
    links = {"priorities": f"{API}/priorities/", "self": f"{API}/priority/{number}"}
    return {"id": number, "links": links, "priority": NAMES[number]}


async def test_a_priority_is_shown_as_documented(client: httpx.AsyncClient, requester: Account) -> None:
    for number in NAMES:
        answer = await client.get(f"/flicket-api/priority/{number}", headers=requester.bearer)
        assert (answer.status_code, answer.json()) == (200, shape(number))


@pytest.mark.parametrize("number", ["0", "4", "99999999999999999999", "-1", "abc"])
async def test_another_priority_is_404(client: httpx.AsyncClient, requester: Account, number: str) -> None:
    answer = await client.get(f"/flicket-api/priority/{number}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_the_list_is_as_documented(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/priorities/", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {"next": None, "prev": None, "self": f"{API}/priorities/1/?per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 3, "total_pages": 1},
            "items": [shape(1), shape(2), shape(3)],
        },
    )


async def test_pages_stand_in_the_path(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/priorities/2/?per_page=1", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {
                "next": f"{API}/priorities/3/?per_page=1",
                "prev": f"{API}/priorities/1/?per_page=1",
                "self": f"{API}/priorities/2/?per_page=1",
            },
            "_meta": {"page": 2, "per_page": 1, "total_items": 3, "total_pages": 3},
            "items": [shape(2)],
        },
    )


async def test_a_page_in_the_query_is_ignored(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/priorities/?per_page=1&page=2", headers=requester.bearer)
    assert (answer.json()["_meta"]["page"], answer.json()["items"]) == (1, [shape(1)])


@pytest.mark.parametrize("path", ["0/", "4/?per_page=1", "abc/", "-1/", "99999999999999999999/"])
async def test_a_page_that_is_not_there_is_404(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/priorities/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
