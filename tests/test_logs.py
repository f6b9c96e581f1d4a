"""Log lines: the request's id on each, one per request, and never a secret in any."""

from __future__ import annotations

import base64
import json
import logging
import re
from typing import Any

import pytest
import structlog
from asyncpg import UndefinedTableError
from sqlalchemy import text

from clients import client_over
from factories import PASSWORD, Account, make_account
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.logs import configure_logs
from helpdesk_api.settings import Settings

Lines = list[dict[str, Any]]


@pytest.fixture
def verbose(settings: Settings) -> Settings:
    return settings.model_copy(update={"log_level": "DEBUG", "log_format": "json"})


@pytest.fixture
async def broken_database(empty_database: Database) -> tuple[Database, Account]:
    """A database that has lost a table every request needs; and somebody who would like to sign in."""
    async with empty_database.sessions() as session, session.begin():
        account = await make_account(session, "requester")
        await session.execute(text("ALTER TABLE users RENAME TO former_users"))
    return empty_database, account


def lines_of(captured: pytest.CaptureResult[str]) -> Lines:
    """Every line on standard error, each of which must be one JSON object; nothing goes to standard output."""
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


async def test_each_request_is_one_line_with_its_result(
    verbose: Settings, database: Database, requester: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_over(verbose, database, peer="192.0.2.7") as client:
        answer = await client.get("/api/tickets/?status=PENDING", headers=requester.token)
    (line,) = lines_of(capsys.readouterr())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert 0 < line.pop("ms") < 10_000
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "helpdesk_api.access",
        "method": "GET",
        "path": "/api/tickets/",
        "status": 200,
        "client": "192.0.2.7",
        "request_id": answer.headers["X-Request-ID"],
    }


async def test_the_client_is_whom_a_trusted_proxy_names(
    verbose: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    behind = verbose.model_copy(update={"trusted_proxies": ["10.0.0.0/8"]})
    for peer in ("10.0.0.1", "192.0.2.7"):
        async with client_over(behind, database, peer=peer) as client:
            await client.get("/api/", headers={"X-Forwarded-For": "198.51.100.9, 10.0.0.2"})
    assert [line["client"] for line in lines_of(capsys.readouterr())] == ["198.51.100.9", "192.0.2.7"]


@pytest.mark.parametrize("given", ["abc-123", "A.b_c~D", "x" * 64, "0"])
async def test_a_sensible_request_id_is_taken_over(
    verbose: Settings, database: Database, capsys: pytest.CaptureFixture[str], given: str
) -> None:
    async with client_over(verbose, database) as client:
        answer = await client.get("/api/", headers={"X-Request-ID": given})
    assert answer.headers.get_list("X-Request-ID") == [given]
    assert [line["request_id"] for line in lines_of(capsys.readouterr())] == [given]


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\tb", '{"a":1}', "<script>", "é"])
async def test_any_other_request_gets_an_id_of_its_own(
    settings: Settings, database: Database, given: str | None
) -> None:
    async with client_over(settings, database) as client:
        headers = {} if given is None else {"X-Request-ID": given.encode("latin-1")}
        ids = [(await client.get("/api/", headers=headers)).headers["X-Request-ID"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/api/nowhere/", "localhost", 404),
        ("GET", "/api/tickets/", "localhost", 401),
        ("PUT", "/api/tickets/", "localhost", 405),
        ("GET", "/api/", "evil.example", 400),
        ("GET", "/docs", "localhost", 200),
        ("GET", "/docs-assets/nothing", "localhost", 404),
    ],
)
async def test_every_answer_carries_its_request_id_and_is_logged(
    verbose: Settings,
    database: Database,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    host: str,
    status: int,
) -> None:
    async with client_over(verbose, database) as client:
        answer = await client.request(method, path, headers={"Host": host, "X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "mine")
    (line,) = lines_of(capsys.readouterr())
    assert (line["request_id"], line["status"], line["path"]) == ("mine", status, path)


async def test_an_unexpected_error_carries_its_request_id_and_tells_the_client_nothing(
    verbose: Settings, broken_database: tuple[Database, Account], capsys: pytest.CaptureFixture[str]
) -> None:
    database, account = broken_database
    async with client_over(verbose, database) as client:
        answer = await client.get("/api/users/me/", headers={**account.token, "X-Request-ID": "mine"})
    assert (answer.status_code, answer.json()) == (500, {"detail": "A server error occurred."})
    assert answer.headers.get_list("X-Request-ID") == ["mine"]
    (line,) = lines_of(capsys.readouterr())
    assert (line["request_id"], line["status"]) == ("mine", 500)


async def test_a_database_that_is_away_is_logged_with_the_reason(
    verbose: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    away = open_database("postgresql+asyncpg://helpdesk:secret-password@127.0.0.1:9/helpdesk")
    async with client_over(verbose, away) as client:
        await client.get("/api/tickets/", headers={"Authorization": "Token x", "X-Request-ID": "mine"})
    captured = capsys.readouterr()
    assert "secret-password" not in captured.err
    reason, access = lines_of(captured)
    assert (reason["level"], reason["event"], reason["status"]) == ("error", "unavailable", 503)
    assert (reason["request_id"], access["request_id"], access["status"]) == ("mine", "mine", 503)
    assert "the database cannot be reached: [Errno 111] Connect call failed" in reason["reason"]


async def test_health_checks_are_not_logged_while_all_is_well(
    verbose: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_over(verbose, database) as client:
        for path in ("/healthz", "/readyz", "/healthz/"):
            assert (await client.get(path)).status_code == 200
    assert lines_of(capsys.readouterr()) == []


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_secret_is_ever_logged(
    verbose: Settings,
    database: Database,
    requester: Account,
    capsys: pytest.CaptureFixture[str],
    log_format: str,
) -> None:
    async with client_over(verbose.model_copy(update={"log_format": log_format}), database) as client:
        pair = {"username": "requester", "password": PASSWORD}
        issued = (await client.post("/api-token-auth/", json=pair)).json()["token"]
        await client.post("/api-token-auth/", data={**pair, "password": "a-wrong-secret"})
        await client.get("/api/tickets/", headers=requester.basic)
        await client.get(f"/api/tickets/?token={requester.secret}&q=a-private-word", headers=requester.bearer)
        await client.get("/api/tickets/", headers={"Authorization": "Token a-guessed-secret"})
        await client.patch(f"/api/users/{requester.id}/", headers=requester.token, json={"password": "a-new-secret"})
    captured = capsys.readouterr()
    assert captured.err.count("/api") == 6
    credentials = base64.b64encode(f"requester:{PASSWORD}".encode()).decode()
    secrets = (PASSWORD, requester.secret, issued, credentials, "secret", "a-private-word", "bcrypt")
    assert [one for one in secrets if one in captured.err + captured.out] == []


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_a_traceback_shows_no_variables_and_no_statement_values(
    settings: Settings, broken_database: tuple[Database, Account], capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    database, account = broken_database
    pair = {"username": "somebody-secret", "password": "a-secret-password"}
    chosen = settings.model_copy(update={"log_format": log_format})
    async with client_over(chosen, database, raise_errors=True) as client:
        with pytest.raises(UndefinedTableError) as caught:
            await client.post("/api-token-auth/", json=pair)
    # What the server does with an error that nobody handled.
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=caught.value)
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert 'relation \\"users\\" does not exist' in err or 'relation "users" does not exist' in err
    assert "a-secret-password" not in err
    assert "somebody-secret" not in err
    assert account.secret not in err


@pytest.mark.parametrize(("level", "events"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_only_lines_of_the_level_and_above_are_written(
    capsys: pytest.CaptureFixture[str], level: str, events: int
) -> None:
    configure_logs(level, "json")
    ours, theirs = structlog.stdlib.get_logger("helpdesk_api.test"), logging.getLogger("uvicorn.error")
    ours.debug("one")
    ours.info("two", number=2)
    theirs.warning("three", extra={"color_message": "\x1b[1mthree\x1b[0m"})
    theirs.error("four")
    lines = lines_of(capsys.readouterr())
    assert [line["event"] for line in lines] == ["one", "two", "three", "four"][4 - events :]
    assert not any("color_message" in line for line in lines)


def test_lines_for_people_have_no_colour_codes_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", "console")
    logging.getLogger("uvicorn.error").info("Started [%d]", 7, extra={"color_message": "\x1b[36m%d\x1b[0m"})
    written = capsys.readouterr().err
    assert "\x1b" not in written
    assert re.fullmatch(r"\S+Z \[info\s*\] Started \[7\]\s+\[uvicorn\.error\]\s*\n", written)
