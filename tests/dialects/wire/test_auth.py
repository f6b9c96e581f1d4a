"""Basic, Token and Bearer headers: who gets in, and what a wrong one is told."""

from __future__ import annotations

import base64

import httpx
import pytest

from clients import basic
from factories import PASSWORD, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import User
from helpdesk_api.security import hash_password

OWN_RECORD = "/api/users/me/"
NOT_PROVIDED = "Authentication credentials were not provided."
NO_BASIC = "Invalid basic header. No credentials provided."
BASIC_SPACES = "Invalid basic header. Credentials string should not contain spaces."
NOT_BASE64 = "Invalid basic header. Credentials not correctly base64 encoded."
NO_TOKEN = "Invalid token header. No credentials provided."
TOKEN_SPACES = "Invalid token header. Token string should not contain spaces."
TOKEN_CHARACTERS = "Invalid token header. Token string should not contain invalid characters."


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN", "Bearer", "bearer", "bEaReR"])
async def test_a_token_signs_in_after_either_word_in_any_case(
    client: httpx.AsyncClient, requester: Account, scheme: str
) -> None:
    answer = await client.get(OWN_RECORD, headers={"Authorization": f"{scheme} {requester.secret}"})
    assert (answer.status_code, answer.json()["username"]) == (200, "requester")


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
async def test_user_name_and_password_sign_in_whatever_the_case_of_basic(
    client: httpx.AsyncClient, requester: Account, scheme: str
) -> None:
    answer = await client.get(OWN_RECORD, headers={"Authorization": f"{scheme} {encoded(f'requester:{PASSWORD}')}"})
    assert (answer.status_code, answer.json()["username"]) == (200, "requester")


@pytest.mark.parametrize("path", ["/api/tickets/", "/api/files/", "/api/users/me/", "/api/users/1/", "/media/x.png"])
@pytest.mark.parametrize("scheme", ["token", "bearer", "basic"])
async def test_every_scheme_is_known_on_every_route(
    client: httpx.AsyncClient, admin: Account, path: str, scheme: str
) -> None:
    assert (await client.get(path, headers=getattr(admin, scheme))).status_code != 401
    assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, NOT_PROVIDED),
        ("", NOT_PROVIDED),
        ("Digest username=admin", NOT_PROVIDED),
        ("Basic", NO_BASIC),
        ("Basic   ", NO_BASIC),
        ("Basic a b", BASIC_SPACES),
        ("Basic !!!", NOT_BASE64),
        ("Basic !!!notbase64", NOT_BASE64),
        (f"Basic {encoded('without a colon')}", NOT_BASE64),
        (f"Basic {encoded('nobody:wrong')}", "Invalid username/password."),
        (f"Basic {encoded(':')}", "Invalid username/password."),
        (f"Basic {encoded('nul' + chr(0) + ':x')}", "Invalid username/password."),
        ("Token", NO_TOKEN),
        ("Token a b", TOKEN_SPACES),
        ("Token nope", "Invalid token."),
        ("Token " + "a" * 5000, "Invalid token."),
        ("Bearer", NO_TOKEN),
        ("Bearer a b", TOKEN_SPACES),
        ("Bearer nope", "Invalid token."),
        ("Token n\xf6pe", TOKEN_CHARACTERS),
    ],
)
async def test_a_wrong_header_is_told_what_is_wrong_with_it(
    client: httpx.AsyncClient, header: str | None, detail: str
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = await client.get("/api/tickets/", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="api"'


async def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(
    client: httpx.AsyncClient, requester: Account
) -> None:
    wrong = await client.get(OWN_RECORD, headers=basic("requester", "wrong"))
    unknown = await client.get(OWN_RECORD, headers=basic("nobody", PASSWORD))
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert {**wrong.headers, "x-request-id": ""} == {**unknown.headers, "x-request-id": ""}


@pytest.mark.parametrize(
    "password", ["with:colons::", "pässwörd-ß", " leading and trailing ", "x" * 1000, "密码密码密码"]
)
async def test_any_password_goes_through_a_basic_header(
    client: httpx.AsyncClient, session: Session, password: str
) -> None:
    session.add(User(username="jürgen", password_hash=hash_password(password, rounds=4)))
    await session.flush()
    answer = await client.get(OWN_RECORD, headers=basic("jürgen", password))
    assert (answer.status_code, answer.json()["username"]) == (200, "jürgen")


async def test_a_basic_header_in_latin_1_is_understood_too(client: httpx.AsyncClient, session: Session) -> None:
    session.add(User(username="jürgen", password_hash=hash_password("pässwörd", rounds=4)))
    await session.flush()
    assert (await client.get(OWN_RECORD, headers=basic("jürgen", "pässwörd", "latin-1"))).status_code == 200


async def test_user_names_differ_by_case(client: httpx.AsyncClient, requester: Account) -> None:
    assert (await client.get(OWN_RECORD, headers=basic("Requester", PASSWORD))).status_code == 401
