"""Headers that keep answers from doing harm in a browser: on every answer, whoever makes it."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from clients import client_over
from factories import PNG, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.settings import Settings
from uploading import open_ticket, send_file

NAMES = (
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "content-security-policy",
    "cache-control",
    "strict-transport-security",
)
PRIVATE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
ORIGIN = {"Origin": "https://app.example.com"}


def security(answer: httpx.Response) -> dict[str, str]:
    """The headers this is about; each is there at most once."""
    assert all(len(answer.headers.get_list(name)) <= 1 for name in NAMES)
    return {name: answer.headers[name] for name in NAMES if name in answer.headers}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 200),
        ("GET", "/api/tickets/", 200),
        ("OPTIONS", "/api/tickets/", 200),
        ("GET", "/api/tickets/999/", 404),
        ("DELETE", "/api/tickets/", 405),
        ("POST", "/api/tickets/", 400),
        ("GET", "/api/nowhere", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/media/nothing.png", 404),
        ("GET", "/flicket-api/tickets", 200),
        ("GET", "/flicket-api/ticket/999", 404),
        ("POST", "/flicket-api/uploads", 415),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/", 307),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs-assets/nothing.js", 404),
    ],
)
async def test_every_answer_is_private_and_harmless(
    client: httpx.AsyncClient, agent: Account, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers=agent.token)
    assert (answer.status_code, security(answer)) == (status, PRIVATE)


async def test_so_are_answers_that_never_reach_a_route(settings: Settings, database: Database, agent: Account) -> None:
    changes = {"cors_origins": ["https://app.example.com"]}
    async with client_over(settings.model_copy(update=changes), database) as client:
        refused_host = await client.get("/api/", headers={"Host": "evil.example"})
        preflight = await client.options("/api/", headers={**ORIGIN, "Access-Control-Request-Method": "GET"})
        nobody = await client.get("/api/tickets/")
        token = await client.post("/api-token-auth/", json={"username": "agent", "password": "correct-horse-battery"})
    answers = [refused_host, preflight, nobody, token]
    assert [answer.status_code for answer in answers] == [400, 200, 401, 200]
    assert [security(answer) for answer in answers] == [PRIVATE] * 4


async def test_so_is_an_unexpected_error(
    settings: Settings, database: Database, session: Session, agent: Account
) -> None:
    await session.execute(text("ALTER TABLE tickets RENAME TO former_tickets"))
    async with client_over(settings, database) as client:
        answer = await client.get("/api/tickets/1/", headers=agent.token)
    assert (answer.status_code, security(answer)) == (500, PRIVATE)


async def test_a_file_is_for_its_reader_alone_and_can_run_nothing(
    client: httpx.AsyncClient, requester: Account
) -> None:
    ticket = await open_ticket(client, requester)
    shown = (await send_file(client, requester, ticket, "a.svg", b"<svg/>", "image/svg+xml")).json()["file"]
    answer = await client.get(shown, headers=requester.token)
    unchanged = await client.get(shown, headers={**requester.token, "If-None-Match": answer.headers["ETag"]})
    assert (answer.status_code, unchanged.status_code) == (200, 304)
    expected = {
        **PRIVATE,
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-cache",
    }
    assert (security(answer), security(unchanged)) == (expected, expected)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a.svg"


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_documentation_loads_only_what_is_its_own(client: httpx.AsyncClient, page: str) -> None:
    found = security(await client.get(page))
    policy = found.pop("content-security-policy")
    assert found == {name: value for name, value in PRIVATE.items() if name != "content-security-policy"}
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy


async def test_the_documentations_scripts_are_kept_by_browsers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs-assets/swagger-ui.css")
    again = await client.get("/docs-assets/swagger-ui.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (answer.status_code, again.status_code) == (200, 304)
    expected = {**PRIVATE, "cache-control": "public, max-age=86400"}
    assert (security(answer), security(again)) == (expected, expected)


@pytest.mark.parametrize(
    ("seconds", "trusted", "proto", "told"),
    [
        (0, ["*"], "https", None),
        (3600, ["*"], "https", "max-age=3600"),
        (3600, ["*"], "http", None),
        (3600, ["10.0.0.0/8"], "https", None),
        (3600, [], "https", None),
    ],
)
async def test_https_is_demanded_only_when_asked_for_and_only_over_https(
    settings: Settings, database: Database, seconds: int, trusted: list[str], proto: str, told: str | None
) -> None:
    changes = {"hsts_seconds": seconds, "trusted_proxies": trusted}
    async with client_over(settings.model_copy(update=changes), database) as client:
        for path in ("/api/", "/nowhere", "/docs"):
            answer = await client.get(path, headers={"X-Forwarded-Proto": proto})
            assert answer.headers.get("strict-transport-security") == told


async def test_a_picture_is_shown_in_place(client: httpx.AsyncClient, requester: Account) -> None:
    shown = (await send_file(client, requester, await open_ticket(client, requester), content=PNG)).json()["file"]
    answer = await client.get(shown, headers=requester.token)
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''image1.png"
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/png", "nosniff")
