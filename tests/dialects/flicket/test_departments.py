"""Departments over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department
from query_count import counted

Departments = Mapping[str, Department]
API = "http://localhost:8000/flicket-api"


def shape(department_id: int, name: str) -> dict[str, object]:
    """A department as Flicket shows it."""
    return {
        "department": name,
        "id": department_id,
        "links": {"departments": f"{API}/departments/", "self": f"{API}/department/{department_id}"},
    }


async def test_a_department_is_shown_as_documented(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    design = await make_department(session, "Design")
    answer = await client.get(f"/flicket-api/department/{design.id}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (200, shape(design.id, "Design"))


async def test_departments_are_listed_by_name(
    client: httpx.AsyncClient, departments: Departments, requester: Account
) -> None:
    answer = await client.get("/flicket-api/departments/", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {"next": None, "prev": None, "self": f"{API}/departments/?page=1&per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 3, "total_pages": 1},
            "items": [shape(departments[name].id, name) for name in ("Commercial", "Design", "IT")],
        },
    )


async def test_pages_of_departments_stand_in_the_query(
    client: httpx.AsyncClient, departments: Departments, requester: Account
) -> None:
    page = (await client.get("/flicket-api/departments/?per_page=1&page=2", headers=requester.bearer)).json()
    assert page == {
        "_links": {
            "next": f"{API}/departments/?page=3&per_page=1",
            "prev": f"{API}/departments/?page=1&per_page=1",
            "self": f"{API}/departments/?page=2&per_page=1",
        },
        "_meta": {"page": 2, "per_page": 1, "total_items": 3, "total_pages": 3},
        "items": [shape(departments["Design"].id, "Design")],
    }


async def test_listing_departments_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, session: Session, connection: AsyncConnection, requester: Account
) -> None:
    await make_department(session, "Design")
    async with counted(connection) as for_one:
        await client.get("/flicket-api/departments/", headers=requester.bearer)
    for number in range(10):
        await make_department(session, f"Department {number}")
    async with counted(connection) as for_many:
        await client.get("/flicket-api/departments/", headers=requester.bearer)
    assert for_many == for_one


async def test_staff_make_a_department(client: httpx.AsyncClient, agent: Account) -> None:
    made = await client.post("/flicket-api/departments", headers=agent.bearer, json={"department": " New dep "})
    department_id = made.json()["id"]
    assert (made.status_code, made.json()) == (201, shape(department_id, "New dep"))
    assert made.headers["location"] == f"{API}/department/{department_id}"


async def test_plain_users_make_rename_and_delete_no_departments(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    design = await make_department(session, "Design")
    own = f"/flicket-api/department/{design.id}"
    refused = [
        await client.post("/flicket-api/departments", headers=requester.bearer, content="{bad"),
        await client.put(own, headers=requester.bearer, json={"department": "Mine"}),
        await client.delete(own, headers=requester.bearer),
    ]
    message = "You do not have permission to perform this action."
    assert [answer.json() for answer in refused] == [{"error": "Forbidden", "message": message}] * 3
    assert {answer.status_code for answer in refused} == {403}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Must include department name."),
        (None, "Must include department name."),
        ("abc", "Must include department name."),
        ([], "Must include department name."),
        ({"department": 5}, "department must be a text."),
        ({"department": None}, "department must not be null."),
        ({"department": "  "}, "department must not be blank."),
        ({"department": "d" * 31}, "department must not be longer than 30 characters."),
        ({"department": "a\0b"}, "department: Null characters are not allowed."),
        ({"department": "Taken"}, "Department already created."),
    ],
)
async def test_a_department_that_cannot_be_made_is_400(
    client: httpx.AsyncClient, session: Session, agent: Account, body: object, message: str
) -> None:
    await make_department(session, "Taken")
    answer = await client.post("/flicket-api/departments", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_a_lone_surrogate_in_a_name_is_400(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.post("/flicket-api/departments", headers=agent.bearer, content=rb'{"department": "\ud800"}')
    message = "department: Surrogate characters are not allowed: U+D800."
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_staff_rename_a_department(client: httpx.AsyncClient, session: Session, agent: Account) -> None:
    design, taken = await make_department(session, "Design"), await make_department(session, "IT")
    own = f"/flicket-api/department/{design.id}"
    renamed = await client.put(own, headers=agent.bearer, json={"department": "Drawing"})
    assert (renamed.status_code, renamed.json()) == (200, shape(design.id, "Drawing"))
    refused = await client.put(own, headers=agent.bearer, json={"department": taken.name})
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "Bad Request", "message": "Department already created."},
    )


async def test_a_department_is_deleted_only_without_categories(
    client: httpx.AsyncClient, session: Session, agent: Account
) -> None:
    used, unused = await make_department(session, "Used"), await make_department(session, "Unused")
    await make_queue(session, "Dataset", used)
    refused = await client.delete(f"/flicket-api/department/{used.id}", headers=agent.bearer)
    message = "This department still has categories."
    assert (refused.status_code, refused.json()) == (409, {"error": "Conflict", "message": message})
    gone = await client.delete(f"/flicket-api/department/{unused.id}", headers=agent.bearer)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(f"/flicket-api/department/{unused.id}", headers=agent.bearer)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_department_is_404(client: httpx.AsyncClient, agent: Account, method: str) -> None:
    answer = await client.request(method, "/flicket-api/department/999999", headers=agent.bearer, content="{bad")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
