"""Requests of Flicket's API page on tokens, users, departments, priorities and statuses, answered as it answers."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from clients import client_over
from factories import PASSWORD, Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Department, User
from helpdesk_api.settings import Settings

DOCUMENT = json.loads(Path(__file__).with_name("exchanges.json").read_text())
DEPARTMENTS = ("Design", "Manufacturing", "IT", "Quality", "Human Resources", "Commercial", "Sales", "Stores", "Works")


@pytest.fixture
async def admin_of_the_desk(empty_database: Database) -> Account:
    """The first of the 48 users of the page's help desk, which has nine departments."""
    async with unit_of_work(empty_database.sessions) as session:
        admin = await make_account(
            session,
            "admin",
            email="evereux@gmail.com",
            job_title="admin",
            total_posts=6381,
            is_staff=True,
            is_superuser=True,
        )
        await make_account(session, "notification", email="admin@localhost", total_posts=6445)
        session.add_all(User(username=f"user{number}", password_hash="!") for number in range(46))
        await session.execute(text("TRUNCATE departments RESTART IDENTITY CASCADE"))
        session.add_all(Department(name=name) for name in DEPARTMENTS)
    return admin


@pytest.fixture
async def desk(
    admin_of_the_desk: Account, empty_database: Database, settings: Settings
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that help desk."""
    async with client_over(settings, empty_database) as client:
        yield client


async def play(desk: httpx.AsyncClient, name: str, token: str = "") -> httpx.Response:
    """Send a request of the page, word for word."""
    request = DOCUMENT[name]["request"]
    credentials = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    words = {"token": token, "credentials": credentials}
    headers = {key: value.format(**words) for key, value in request["headers"].items()}
    url = f"http://{request['host']}{request['path']}"
    return await desk.request(request["method"], url, headers=headers, content=request.get("content"))


def documented(name: str) -> tuple[int, Any]:
    """The answer the page gives."""
    response = DOCUMENT[name]["response"]
    return response["status"], response.get("body")


async def test_a_token_is_got_and_deleted_as_documented(desk: httpx.AsyncClient) -> None:
    got = await play(desk, "get_token")
    token = got.json()["token"]
    assert (got.status_code, got.json()) == (documented("get_token")[0], {"token": token})
    assert got.headers["content-type"] == "application/json"
    assert (await play(desk, "get_status", token)).status_code == 200
    deleted = await play(desk, "delete_token", token)
    assert (deleted.status_code, deleted.content) == (documented("delete_token")[0], b"")
    assert (await play(desk, "get_status", token)).status_code == 401


@pytest.mark.parametrize("name", ["get_department", "get_priority", "get_priorities", "get_status"])
async def test_what_the_page_shows_whole_is_answered_so(
    desk: httpx.AsyncClient, admin_of_the_desk: Account, name: str
) -> None:
    answer = await play(desk, name, admin_of_the_desk.secret)
    assert (answer.status_code, answer.json()) == documented(name)


async def test_a_user_is_shown_as_documented(
    desk: httpx.AsyncClient, empty_database: Database, admin_of_the_desk: Account
) -> None:
    later = update(User).where(User.id == 1).values(avatar="avatars/5bxk0qxt.jpg", total_posts=12505)
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(later)
    answer = await play(desk, "get_user", admin_of_the_desk.secret)
    assert (answer.status_code, answer.json()) == documented("get_user")


@pytest.mark.parametrize("name", ["get_users", "get_departments"])
async def test_a_list_the_page_shows_in_part_is_that_list(
    desk: httpx.AsyncClient, admin_of_the_desk: Account, name: str
) -> None:
    status, body = documented(name)
    answer = await play(desk, name, admin_of_the_desk.secret)
    shown = [item for item in answer.json()["items"] if item in body["items"]]
    assert (answer.status_code, {**answer.json(), "items": shown}) == (status, body)
    assert len(answer.json()["items"]) == body["_meta"]["total_items"]


async def test_a_department_is_created_as_documented(desk: httpx.AsyncClient, admin_of_the_desk: Account) -> None:
    made = await play(desk, "create_department", admin_of_the_desk.secret)
    own = f"http://localhost:5000/flicket-api/department/{made.json()['id']}"
    assert (made.status_code, made.headers["location"]) == (201, own)
    assert made.json() == {
        "department": "new department",
        "id": made.json()["id"],
        "links": {"departments": "http://localhost:5000/flicket-api/departments/", "self": own},
    }


async def test_statuses_are_listed_as_documented_but_for_a_slip_in_the_link(
    desk: httpx.AsyncClient, admin_of_the_desk: Account
) -> None:
    status, body = documented("get_statuses")
    body["_links"]["self"] = body["_links"]["self"].replace("/departments/", "/statuses/")
    answer = await play(desk, "get_statuses", admin_of_the_desk.secret)
    assert (answer.status_code, answer.json()) == (status, body)
