"""Cross-origin requests: refused by browsers unless an origin is set."""

from __future__ import annotations

import httpx
import pytest

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

ORIGIN = "https://app.example.com"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type",
}


def cors_headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def test_no_origin_is_let_in_unless_it_is_set(client: httpx.AsyncClient, requester: Account) -> None:
    preflight = await client.options("/api/tickets/", headers=PREFLIGHT)
    answer = await client.get("/api/tickets/", headers={**requester.token, "Origin": ORIGIN})
    assert (cors_headers(preflight), cors_headers(answer)) == ({}, {})
    assert answer.status_code == 200


async def test_an_origin_that_is_set_may_ask_and_read(
    settings: Settings, database: Database, requester: Account
) -> None:
    async with client_over(settings.model_copy(update={"cors_origins": [ORIGIN]}), database) as client:
        preflight = await client.options("/api/tickets/", headers=PREFLIGHT)
        answer = await client.get("/api/tickets/", headers={**requester.token, "Origin": ORIGIN})
    assert preflight.status_code == 200
    allowed = cors_headers(preflight)
    assert allowed["access-control-allow-origin"] == ORIGIN
    assert "PATCH" in allowed["access-control-allow-methods"]
    assert {"Authorization", "Content-Type"} <= set(allowed["access-control-allow-headers"].split(", "))
    assert cors_headers(answer)["access-control-allow-origin"] == ORIGIN
    assert {"Location", "X-Request-ID"} <= set(cors_headers(answer)["access-control-expose-headers"].split(", "))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example.com", "https://app.example.com.evil", "null"]
)
async def test_other_origins_are_not_let_in(settings: Settings, database: Database, origin: str) -> None:
    async with client_over(settings.model_copy(update={"cors_origins": [ORIGIN]}), database) as client:
        preflight = await client.options("/api/tickets/", headers={**PREFLIGHT, "Origin": origin})
        answer = await client.get("/api/", headers={"Origin": origin})
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in {**cors_headers(preflight), **cors_headers(answer)}


async def test_refusals_can_be_read_by_an_origin_that_is_set(settings: Settings, database: Database) -> None:
    async with client_over(settings.model_copy(update={"cors_origins": [ORIGIN]}), database) as client:
        for path, status in (("/api/tickets/", 401), ("/api/nowhere/", 404)):
            answer = await client.get(path, headers={"Origin": ORIGIN})
            assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (status, ORIGIN)
