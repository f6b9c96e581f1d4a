"""Categories over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department, Queue, Ticket
from query_count import counted

Departments = Mapping[str, Department]
Categories = Mapping[str, Queue]
API = "http://localhost:8000/flicket-api"


def shape(queue_id: int, title: str, department: Department) -> dict[str, object]:
    """A category as Flicket shows it."""
    return {
        "category": title,
        "department": department.name,
        "id": queue_id,
        "links": {
            "categories": f"{API}/categories/",
            "department": f"{API}/department/{department.id}",
            "self": f"{API}/category/{queue_id}",
        },
    }


async def test_a_category_is_shown_as_flicket_shows_it(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    dataset = categories["Dataset"]
    answer = await client.get(f"/flicket-api/category/{dataset.id}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (200, shape(dataset.id, "Dataset", departments["Design"]))


async def test_categories_are_listed_by_name_whatever_their_department(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    answer = await client.get("/flicket-api/categories/", headers=requester.bearer)
    names = {"Dataset": "Design", "ECN": "Design", "Internet": "IT", "Intranet": "IT"}
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {"next": None, "prev": None, "self": f"{API}/categories/?page=1&per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 4, "total_pages": 1},
            "items": [shape(categories[title].id, title, departments[name]) for title, name in names.items()],
        },
    )


async def test_categories_of_a_department_keep_the_filter_in_their_links(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, requester: Account
) -> None:
    design = departments["Design"].id
    by_name = (
        await client.get("/flicket-api/categories/?department=Design&per_page=1", headers=requester.bearer)
    ).json()
    assert [item["category"] for item in by_name["items"]] == ["Dataset"]
    assert by_name["_links"] == {
        "next": f"{API}/categories/?page=2&per_page=1&department=Design",
        "prev": None,
        "self": f"{API}/categories/?page=1&per_page=1&department=Design",
    }
    by_id = (await client.get(f"/flicket-api/categories/?department_id={design}", headers=requester.bearer)).json()
    assert [item["category"] for item in by_id["items"]] == ["Dataset", "ECN"]
    assert by_id["_links"]["self"] == f"{API}/categories/?page=1&per_page=50&department_id={design}"


async def test_a_department_is_named_in_full_and_in_its_own_case(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    for name in ("design", "Desig", "%"):
        answer = await client.get("/flicket-api/categories/", params={"department": name}, headers=requester.bearer)
        assert answer.json()["items"] == []


async def test_empty_filters_are_no_filters(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    answer = await client.get("/flicket-api/categories/?department=&department_id=", headers=requester.bearer)
    assert answer.json()["_meta"]["total_items"] == 4
    assert answer.json()["_links"]["self"] == f"{API}/categories/?page=1&per_page=50"


@pytest.mark.parametrize("value", ["abc", "-1", "1.0", str(2**63)])
async def test_a_department_id_that_is_no_id_is_400(client: httpx.AsyncClient, requester: Account, value: str) -> None:
    answer = await client.get(f"/flicket-api/categories/?department_id={value}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "Bad Request", "message": "department_id must be an integer."},
    )


async def test_a_null_character_in_a_filter_is_400(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/categories/?department=a%00b", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "Bad Request", "message": "department: Null characters are not allowed."},
    )


async def test_listing_categories_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient,
    session: Session,
    connection: AsyncConnection,
    departments: Departments,
    requester: Account,
) -> None:
    await make_queue(session, "Dataset", departments["Design"])
    for path in ("/flicket-api/categories/", "/flicket-api/department_categories/"):
        async with counted(connection) as for_one:
            await client.get(path, headers=requester.bearer)
        for number in range(10):
            await make_queue(session, f"Queue {number} of {path}", departments["IT"], slug=f"q{number}{len(path)}")
        async with counted(connection) as for_many:
            await client.get(path, headers=requester.bearer)
        assert for_many == for_one


async def test_staff_make_a_category(client: httpx.AsyncClient, departments: Departments, agent: Account) -> None:
    design = departments["Design"]
    body = {"category": "New cat", "department_id": design.id}
    made = await client.post("/flicket-api/categories", headers=agent.bearer, json=body)
    category_id = made.json()["id"]
    assert (made.status_code, made.json()) == (201, shape(category_id, "New cat", design))
    assert made.headers["location"] == f"{API}/category/{category_id}"
    assert (await client.get(made.headers["location"], headers=agent.bearer)).json() == made.json()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Must include category name and department_id"),
        ({"category": "x"}, "Must include category name and department_id"),
        ({"department_id": 1}, "Must include category name and department_id"),
        ({"category": "x", "department_id": "1"}, "department_id must be an integer."),
        ({"category": "x", "department_id": 1.0}, "department_id must be an integer."),
        ({"category": "x", "department_id": True}, "department_id must be an integer."),
        ({"category": "x", "department_id": None}, "department_id must be an integer."),
        ({"category": 5, "department_id": "1"}, "category must be a text. department_id must be an integer."),
        ({"category": "x", "department_id": 0}, "not a valid department_id"),
        ({"category": "x", "department_id": 2**70}, "not a valid department_id"),
        ({"category": "c" * 31, "department_id": 0}, "category must not be longer than 30 characters."),
    ],
)
async def test_a_category_that_cannot_be_made_is_400(
    client: httpx.AsyncClient, agent: Account, body: object, message: str
) -> None:
    answer = await client.post("/flicket-api/categories", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_a_category_is_there_only_once_in_its_department(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, agent: Account
) -> None:
    again = {"category": "Dataset", "department_id": departments["Design"].id}
    refused = await client.post("/flicket-api/categories", headers=agent.bearer, json=again)
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "Bad Request", "message": "Category within department already exists."},
    )
    elsewhere = {"category": "Dataset", "department_id": departments["IT"].id}
    assert (await client.post("/flicket-api/categories", headers=agent.bearer, json=elsewhere)).status_code == 201


async def test_staff_change_a_category_and_leave_out_what_stays(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, agent: Account
) -> None:
    own = f"/flicket-api/category/{categories['Dataset'].id}"
    renamed = await client.put(own, headers=agent.bearer, json={"category": "Data"})
    assert renamed.json() == shape(categories["Dataset"].id, "Data", departments["Design"])
    moved = await client.put(own, headers=agent.bearer, json={"department_id": departments["IT"].id, "id": 7})
    assert (moved.status_code, moved.json()) == (200, shape(categories["Dataset"].id, "Data", departments["IT"]))
    nothing = await client.put(own, headers=agent.bearer)
    assert (nothing.status_code, nothing.json()) == (200, moved.json())


async def test_a_changed_category_is_checked_like_a_new_one(
    client: httpx.AsyncClient, departments: Departments, categories: Categories, agent: Account
) -> None:
    own = f"/flicket-api/category/{categories['Dataset'].id}"
    bodies: list[tuple[object, str]] = [
        ({"category": "ECN"}, "Category within department already exists."),
        ({"department_id": 0}, "not a valid department_id"),
        (["category"], "The body must be a JSON object."),
    ]
    for body, message in bodies:
        refused = await client.put(own, headers=agent.bearer, json=body)
        assert (refused.status_code, refused.json()) == (400, {"error": "Bad Request", "message": message})


async def test_a_category_is_deleted_only_without_tickets(
    client: httpx.AsyncClient, session: Session, categories: Categories, agent: Account
) -> None:
    used, unused = categories["Dataset"], categories["ECN"]
    session.add(
        Ticket(
            kind="support",
            creator_id=agent.id,
            queue_id=used.id,
            title="t",
            description="d",
            submitter_email="",
            status=1,
            priority=3,
        )
    )
    await session.flush()
    refused = await client.delete(f"/flicket-api/category/{used.id}", headers=agent.bearer)
    message = "This category still has tickets."
    assert (refused.status_code, refused.json()) == (409, {"error": "Conflict", "message": message})
    assert (await client.delete(f"/flicket-api/category/{unused.id}", headers=agent.bearer)).status_code == 204
    assert (await client.get(f"/flicket-api/category/{unused.id}", headers=agent.bearer)).status_code == 404


async def test_plain_users_make_change_and_delete_no_categories(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    own = f"/flicket-api/category/{categories['Dataset'].id}"
    refused = [
        await client.post("/flicket-api/categories", headers=requester.bearer, json={}),
        await client.put(own, headers=requester.bearer, json={}),
        await client.delete(own, headers=requester.bearer),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_category_is_404(client: httpx.AsyncClient, agent: Account, method: str) -> None:
    answer = await client.request(method, "/flicket-api/category/999999", headers=agent.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
