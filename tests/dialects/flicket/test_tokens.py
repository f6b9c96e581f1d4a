"""Signing in and out over HTTP."""

from __future__ import annotations

import httpx
import pytest

from clients import basic
from factories import PASSWORD, Account, make_account
from helpdesk_api.db.session import Session


async def test_a_password_is_traded_for_a_token_that_serves_in_every_dialect(
    client: httpx.AsyncClient, requester: Account
) -> None:
    answer = await client.post("/flicket-api/tokens", headers=requester.basic)
    token = answer.json()["token"]
    assert (answer.status_code, answer.json()) == (200, {"token": token})
    for header in (f"Bearer {token}", f"bearer {token}", f"Token {token}"):
        for path in (f"/flicket-api/user/{requester.id}", "/api/users/me/"):
            assert (await client.get(path, headers={"Authorization": header})).status_code == 200


async def test_each_call_gives_another_token(client: httpx.AsyncClient, requester: Account) -> None:
    first, second = [(await client.post("/flicket-api/tokens", headers=requester.basic)).json() for _ in range(2)]
    assert first != second


async def test_only_the_token_it_came_with_ends(client: httpx.AsyncClient, requester: Account) -> None:
    own = f"/flicket-api/user/{requester.id}"
    token = (await client.post("/flicket-api/tokens", headers=requester.basic)).json()["token"]
    other = {"Authorization": f"Bearer {token}"}
    ended = await client.delete("/flicket-api/tokens", headers=other)
    assert (ended.status_code, ended.content) == (204, b"")
    refused = await client.get(own, headers=other)
    assert (refused.status_code, refused.json()) == (401, {"error": "Unauthorized"})
    assert (await client.get(own, headers=requester.bearer)).status_code == 200


async def test_there_is_no_token_to_end_where_a_password_was_sent(
    client: httpx.AsyncClient, requester: Account
) -> None:
    answer = await client.delete("/flicket-api/tokens", headers=requester.basic)
    message = "This request came with a password, not with a token: there is none to end."
    assert (answer.status_code, answer.json()) == (409, {"error": "Conflict", "message": message})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("requester", "wrong"),
        basic("nobody", PASSWORD),
        basic("", PASSWORD),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer 0123"},
    ],
)
async def test_a_token_is_had_for_a_password_only(
    client: httpx.AsyncClient, requester: Account, headers: dict[str, str]
) -> None:
    answer = await client.post("/flicket-api/tokens", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert answer.headers["www-authenticate"] == 'Basic realm="Authentication Required"'


async def test_a_token_is_no_password(client: httpx.AsyncClient, requester: Account) -> None:
    assert (await client.post("/flicket-api/tokens", headers=requester.bearer)).status_code == 401


async def test_nobody_signs_out_without_credentials(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/flicket-api/tokens")
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert answer.headers["www-authenticate"] == 'Bearer realm="Authentication Required"'


async def test_an_inactive_user_gets_no_token(client: httpx.AsyncClient, session: Session) -> None:
    gone = await make_account(session, "gone", is_active=False)
    assert (await client.post("/flicket-api/tokens", headers=gone.basic)).status_code == 401


async def test_nothing_is_read_from_tokens(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.get("/flicket-api/tokens", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})
    assert answer.headers["allow"] == "POST, DELETE, OPTIONS"
