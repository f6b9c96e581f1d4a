"""POST /api-token-auth/: a token for a user name and a password."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from factories import PASSWORD, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Token
from helpdesk_api.security import token_digest

REFUSED = {"non_field_errors": ["Unable to log in with provided credentials."]}
REQUIRED = ["This field is required."]
BLANK = ["This field may not be blank."]
NULL = ["This field may not be null."]
NO_TEXT = ["Not a valid string."]
NO_NUL = ["Null characters are not allowed."]


@pytest.mark.parametrize(
    "path",
    ["/api-token-auth/", "/api-token-auth", "/api/api-token-auth/", "/api/api-token-auth", "/api-token-auth.json"],
)
@pytest.mark.parametrize("kind", ["json", "data", "files"])
async def test_a_password_is_traded_for_a_token(
    client: httpx.AsyncClient, session: Session, requester: Account, path: str, kind: str
) -> None:
    given: dict[str, Any] = {"username": "requester", "password": PASSWORD}
    if kind == "files":  # a multipart form without a file
        given = {name: (None, value) for name, value in given.items()}
    answer = await client.post(path, **{kind: given})
    token = answer.json()["token"]
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (
        200,
        "application/json",
        {"token": token},
    )
    assert re.fullmatch("[0-9a-f]{64}", token)
    stored = await session.scalar(select(Token).where(Token.digest == token_digest(token)))
    assert stored is not None
    assert stored.user_id == requester.id


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "BEARER"])
async def test_the_token_opens_every_route(client: httpx.AsyncClient, requester: Account, scheme: str) -> None:
    answer = await client.post("/api-token-auth/", json={"username": "requester", "password": PASSWORD})
    headers = {"Authorization": f"{scheme} {answer.json()['token']}"}
    for path in ("/api/tickets/", "/api/files/"):
        assert (await client.get(path, headers=headers)).status_code == 200


async def test_each_sign_in_gives_a_token_of_its_own(client: httpx.AsyncClient, requester: Account) -> None:
    given = {"username": "requester", "password": PASSWORD}
    tokens = {(await client.post("/api-token-auth/", json=given)).json()["token"] for _ in range(3)}
    assert len(tokens) == 3
    for token in tokens:
        shown = await client.get("/api/tickets/", headers={"Authorization": f"Token {token}"})
        assert shown.status_code == 200


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"username": "requester", "password": "wrong"}, REFUSED),
        ({"username": "nobody", "password": PASSWORD}, REFUSED),
        ({"username": "Requester", "password": PASSWORD}, REFUSED),
        ({"username": "requester", "password": PASSWORD + " "}, REFUSED),
        ({"username": "requester", "password": "x" * 100_000}, REFUSED),
        ({"username": "x" * 100_000, "password": PASSWORD}, REFUSED),
        ({"username": "requester", "password": 12345}, REFUSED),
        ({}, {"username": REQUIRED, "password": REQUIRED}),
        ({"username": "requester"}, {"password": REQUIRED}),
        ({"username": "", "password": ""}, {"username": BLANK, "password": BLANK}),
        ({"username": " ", "password": "x"}, {"username": BLANK}),
        ({"username": None, "password": None}, {"username": NULL, "password": NULL}),
        ({"username": ["a"], "password": {}}, {"username": NO_TEXT, "password": NO_TEXT}),
        ({"username": True, "password": False}, {"username": NO_TEXT, "password": NO_TEXT}),
        ({"username": "a\0", "password": "\0"}, {"username": NO_NUL, "password": NO_NUL}),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_wrong_credentials_are_refused(
    client: httpx.AsyncClient, session: Session, requester: Account, given: dict[str, object], errors: dict[str, object]
) -> None:
    before = await session.scalar(select(func.count(Token.id)))
    answer = await client.post("/api-token-auth/", json=given)
    assert (answer.status_code, answer.json()) == (400, errors)
    assert await session.scalar(select(func.count(Token.id))) == before


async def test_a_deactivated_user_gets_no_token(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    requester.user.is_active = False
    await session.flush()
    answer = await client.post("/api-token-auth/", json={"username": "requester", "password": PASSWORD})
    assert (answer.status_code, answer.json()) == (400, REFUSED)


async def test_a_user_name_is_trimmed_and_a_password_is_not(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.post("/api-token-auth/", json={"username": " requester ", "password": PASSWORD})
    assert answer.status_code == 200


async def test_credentials_in_the_header_are_not_looked_at(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.post(
        "/api-token-auth/",
        headers={"Authorization": "Token nonsense"},
        json={"username": "requester", "password": PASSWORD},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_only_post_is_allowed(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/api-token-auth/")
    body = answer.json() if method != "HEAD" else {"detail": 'Method "HEAD" not allowed.'}
    assert (answer.status_code, body) == (405, {"detail": f'Method "{method}" not allowed.'})
    assert answer.headers["allow"] == "POST, OPTIONS"
