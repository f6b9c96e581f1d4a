"""Departments and categories in one, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from factories import Account
from helpdesk_api.models import Department, Queue

Departments = Mapping[str, Department]
Categories = Mapping[str, Queue]
API = "http://localhost:8000/flicket-api"


def shape(queue: Queue, department: Department) -> dict[str, object]:
    """A category with its department as Flicket shows it."""
    return {
        "category": queue.title,
        "category_id": queue.id,
        "department": department.name,
        "department_category": f"{department.name} / {queue.title}",
        "department_id": department.id,
        "links": {
            "category": f"{API}/category/{queue.id}",
            "department": f"{API}/department/{department.id}",
            "department_categories": f"{API}/department_categories/",
            "self": f"{API}/department_category/{queue.id}",
        },
    }


async def titles(client: httpx.AsyncClient, account: Account, query: str) -> list[str]:
    """Which categories a list holds."""
    answer = await client.get(f"/flicket-api/department_categories/?{query}", headers=account.bearer)
    return [item["department_category"] for item in answer.json()["items"]]


async def test_it_goes_by_the_id_of_the_category(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    ecn = categories["ECN"]
    answer = await client.get(f"/flicket-api/department_category/{ecn.id}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (200, shape(ecn, departments["Design"]))
    unknown = await client.get("/flicket-api/department_category/999999", headers=requester.bearer)
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Not Found"})


async def test_the_list_is_by_department_and_category(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    answer = await client.get("/flicket-api/department_categories/", headers=requester.bearer)
    names = {"Dataset": "Design", "ECN": "Design", "Internet": "IT", "Intranet": "IT"}
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {"next": None, "prev": None, "self": f"{API}/department_categories/?page=1&per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 4, "total_pages": 1},
            "items": [shape(categories[title], departments[name]) for title, name in names.items()],
        },
    )


async def test_links_of_a_filtered_list_keep_the_filter(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    path = "/flicket-api/department_categories/?department=IT&per_page=1"
    assert (await client.get(path, headers=requester.bearer)).json()["_links"] == {
        "next": f"{API}/department_categories/?page=2&per_page=1&department=IT",
        "prev": None,
        "self": f"{API}/department_categories/?page=1&per_page=1&department=IT",
    }


async def test_it_is_filtered_by_id_by_name_in_any_case_and_by_any_part_of_both(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    design = ["Design / Dataset", "Design / ECN"]
    assert await titles(client, requester, f"department_id={departments['Design'].id}") == design
    assert await titles(client, requester, "department=dESIGN") == design
    assert await titles(client, requester, "department_category=sign%20/%20d") == ["Design / Dataset"]
    assert await titles(client, requester, "department=IT&department_category=intra") == ["IT / Intranet"]
    assert await titles(client, requester, "department_category=%25") == []
