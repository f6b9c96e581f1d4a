"""POST /api/users/: who may make accounts, and what is wrong with one, in the words captured from django-helpdesk."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from clients import basic, client_over
from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Event, User
from helpdesk_api.settings import Settings

NEW = {
    "first_name": "New",
    "last_name": "User",
    "username": "newuser",
    "email": "new@example.com",
    "password": "Zx-93kk-pq",
}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
TAKEN = "A user with that username already exists."


async def user_named(session: Session, username: str) -> User:
    user = await session.scalar(select(User).where(User.username == username))
    assert user is not None
    return user


async def test_staff_make_an_account_that_can_sign_in(
    client: httpx.AsyncClient, session: Session, agent: Account
) -> None:
    created = await client.post("/api/users/", headers=agent.basic, json=NEW)
    user = await user_named(session, "newuser")
    assert (created.status_code, created.json()) == (
        201,
        {
            "id": user.id,
            "username": "newuser",
            "first_name": "New",
            "last_name": "User",
            "email": "new@example.com",
        },
    )
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert user.password_hash.startswith("$bcrypt-sha256$")
    assert (await client.get("/api/users/me/", headers=basic("newuser", NEW["password"]))).status_code == 200


async def test_a_user_name_and_a_password_are_enough(client: httpx.AsyncClient, admin: Account) -> None:
    created = await client.post(
        "/api/users/", headers=admin.basic, json={"username": "minimal", "password": "Zx-93kk-pq"}
    )
    answer = created.json()
    assert (created.status_code, answer) == (
        201,
        {"id": answer["id"], "username": "minimal", "first_name": "", "last_name": "", "email": ""},
    )


async def test_a_new_account_is_written_down_with_who_made_it(
    client: httpx.AsyncClient, session: Session, agent: Account
) -> None:
    created = await client.post("/api/users/", headers={**agent.token, "X-Request-ID": "make-1"}, json=NEW)
    event = await session.scalar(select(Event).where(Event.type == "user.created"))
    assert event is not None
    assert (event.actor_id, event.recipient_id, event.changes, event.request_id) == (
        agent.id,
        created.json()["id"],
        {"username": "newuser"},
        "make-1",
    )


@pytest.mark.parametrize("way", ["form", "multipart"])
async def test_forms_make_accounts_as_json_does(
    client: httpx.AsyncClient, session: Session, agent: Account, way: str
) -> None:
    form: dict[str, Any] = {"data": NEW} if way == "form" else {"files": {name: (None, NEW[name]) for name in NEW}}
    created = await client.post("/api/users/", headers=agent.token, **form)
    user = await user_named(session, "newuser")
    assert (created.status_code, created.json()) == (
        201,
        {"id": user.id, **{name: NEW[name] for name in NEW if name != "password"}},
    )
    # An HTML form leaves out a box that is not ticked; an account made by one is active all the same.
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"email": "bad"}, {"email": ["Enter a valid email address."]}),
        (
            {"username": "bad name!"},
            {
                "username": [
                    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
                ]
            },
        ),
        ({"username": "u" * 151}, {"username": ["Ensure this field has no more than 150 characters."]}),
        ({"username": "agent"}, {"username": [TAKEN]}),
        ({"username": ""}, {"username": ["This field may not be blank."]}),
        ({"username": None}, {"username": ["This field may not be null."]}),
        ({"username": ["a"]}, {"username": ["Not a valid string."]}),
        ({"username": "new\nline"}, {"username": [
            "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
        ]}),
        ({"first_name": "x\0"}, {"first_name": ["Null characters are not allowed."]}),
        ({"last_name": "x" * 151}, {"last_name": ["Ensure this field has no more than 150 characters."]}),
        (
            {"password": "12345"},
            {
                "password": [
                    "This password is too short. It must contain at least 8 characters.",
                    "This password is too common.",
                    "This password is entirely numeric.",
                ]
            },
        ),
        ({"password": "newuser-1"}, {"password": ["The password is too similar to the username."]}),
        ({"password": "new@example.com"}, {"password": ["The password is too similar to the email address."]}),
        ({"password": "x" * 1025}, {"password": ["Ensure this field has no more than 1024 characters."]}),
        ({"password": ""}, {"password": ["This field may not be blank."]}),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_as_django_names_them(
    client: httpx.AsyncClient, session: Session, agent: Account, changes: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    refused = await client.post("/api/users/", headers=agent.token, json={**NEW, **changes})
    assert (refused.status_code, refused.json()) == (400, errors)
    assert await session.scalar(select(func.count()).select_from(User)) == 1


async def test_missing_fields_are_named(client: httpx.AsyncClient, agent: Account) -> None:
    required = ["This field is required."]
    empty = await client.post("/api/users/", headers=agent.token, json={})
    assert (empty.status_code, empty.json()) == (400, {"username": required, "password": required})
    no_password = await client.post("/api/users/", headers=agent.token, json={"username": "nopass"})
    assert (no_password.status_code, no_password.json()) == (400, {"password": required})


async def test_all_wrong_fields_are_named_at_once(client: httpx.AsyncClient, admin: Account) -> None:
    body = {
        "username": "admin",
        "password": "password",
        "email": "bad",
        "first_name": "x" * 151,
        "is_staff": "perhaps",
        "is_active": None,
    }
    refused = await client.post("/api/users/", headers=admin.token, json=body)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "username": [TAKEN],
            "password": ["This password is too common."],
            "email": ["Enter a valid email address."],
            "first_name": ["Ensure this field has no more than 150 characters."],
            "is_staff": ["Must be a valid boolean."],
            "is_active": ["This field may not be null."],
        },
    )


async def test_user_names_that_differ_by_case_and_shared_addresses_are_fine(
    client: httpx.AsyncClient, agent: Account
) -> None:
    names = ["newuser", "NEWUSER", "newuser2"]
    answers = [await client.post("/api/users/", headers=agent.token, json={**NEW, "username": name}) for name in names]
    assert [(answer.status_code, answer.json()["username"]) for answer in answers] == [(201, name) for name in names]


@pytest.mark.parametrize("body", [b"{}", b'{"username": ', b"", b"\xff"])
async def test_plain_users_are_refused_before_the_body_is_looked_at(
    client: httpx.AsyncClient, requester: Account, body: bytes
) -> None:
    headers = {**requester.basic, "Content-Type": "application/json"}
    refused = await client.post("/api/users/", headers=headers, content=body)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)


async def test_nobody_makes_an_account_without_signing_in(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/users/", json=NEW)
    assert (refused.status_code, refused.json()) == (401, {"detail": "Authentication credentials were not provided."})


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "is_active"])
@pytest.mark.parametrize("value", [True, False])
async def test_only_an_admin_names_roles_even_those_an_account_has_anyway(
    client: httpx.AsyncClient, session: Session, agent: Account, admin: Account, field: str, value: bool
) -> None:
    body = {**NEW, field: value}
    refused = await client.post("/api/users/", headers=agent.token, json=body)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert (await client.post("/api/users/", headers=admin.token, json=body)).status_code == 201
    user = await user_named(session, "newuser")
    expected = {"is_staff": False, "is_superuser": False, "is_active": True, field: value}
    assert {name: getattr(user, name) for name in expected} == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_the_collection_takes_only_post(client: httpx.AsyncClient, admin: Account, method: str) -> None:
    refused = await client.request(method, "/api/users/", headers=admin.basic)
    body = b"" if method == "HEAD" else f'{{"detail":"Method \\"{method}\\" not allowed."}}'.encode()
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST, OPTIONS")
    assert refused.content == body or method == "HEAD"


@pytest.mark.parametrize("path", ["/api/users", "/api/users/", "/api/users.json"])
async def test_the_trailing_slash_may_be_left_out(client: httpx.AsyncClient, agent: Account, path: str) -> None:
    assert (await client.post(path, headers=agent.token, json=NEW)).status_code == 201


async def test_of_twenty_who_take_one_name_at_once_exactly_one_gets_it(
    settings: Settings, empty_database: Database
) -> None:
    async with empty_database.sessions() as session, session.begin():
        agent = await make_account(session, "agent", is_staff=True)
    async with client_over(settings, empty_database) as client:
        answers = await asyncio.gather(*(client.post("/api/users/", headers=agent.token, json=NEW) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 19
    refused = [answer.json() for answer in answers if answer.status_code == 400]
    assert refused == [{"username": [TAKEN]}] * 19
    async with empty_database.read_sessions() as session:
        named = select(func.count()).select_from(User).where(User.username == "newuser")
        assert await session.scalar(named) == 1
