"""Nothing secret in what a running service says: every log line and error of a day full of mishaps is searched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from clients import basic
from helpdesk_api.db.engine import Database
from helpdesk_api.domain.webhooks.signing import PREFIX
from live_service import LiveService, start_service, wait_until_ready

ADMIN = "admins-own-Pa55phrase"
GIVEN = "a-given-Pa55phrase"
CHANGED = "a-changed-Pa55phrase"
WRONG = "a-mistyped-Pa55phrase"
GUESSED = "0123456789abcdef-guessed-token"
DATABASE = "databases-own-Pa55phrase"
BROKEN_JSON = f'{{"username": "admin", "password": "{WRONG}"'
# Never to be seen, whoever's they are: hashes of passwords as they are stored.
HASH = re.compile(r"\$2[aby]\$|bcrypt-sha256")


@dataclass
class Day:
    """What a service was asked in its test, and what it answered."""

    client: httpx.AsyncClient
    secrets: set[str] = field(default_factory=lambda: {ADMIN, GIVEN, CHANGED, WRONG, GUESSED, DATABASE})
    errors: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def ask(self, method: str, path: str, **request: object) -> httpx.Response:
        """Send a request; an error's headers and body are kept for the search."""
        answer = await self.client.request(method, path, **request)  # type: ignore[arg-type]
        self.statuses.append(answer.status_code)
        if answer.status_code >= 400:
            self.errors.append(f"{answer.headers}\n{answer.text}")
        return answer

    async def token(self, path: str, **request: object) -> dict[str, str]:
        """Get a token, which is a secret from now on, and so is what the database keeps of it; headers with it."""
        token = (await self.ask("POST", path, **request)).json()["token"]
        digest = hashlib.sha256(token.encode())
        self.secrets |= {token, digest.hexdigest(), base64.b64encode(digest.digest()).decode()}
        return {"Authorization": f"Bearer {token}"}

    def basic(self, password: str) -> dict[str, str]:
        """A Basic header, which is a secret from now on."""
        headers = basic("admin", password)
        self.secrets.add(headers["Authorization"].removeprefix("Basic "))
        return headers

    def found_in(self, written: str) -> list[str]:
        """The secrets that can be read there, as they are or escaped."""
        return sorted(one for one in self.secrets if one in written or json.dumps(one)[1:-1] in written)


async def sign_in_everywhere(day: Day) -> dict[str, str]:
    """By password, rightly and wrongly, through every door, and with every kind of broken credentials."""
    right, wrong = ({"username": "admin", "password": password} for password in (ADMIN, WRONG))
    bearer = await day.token("/api-token-auth/", json=right)
    await day.token("/api-token-auth/", data=right)
    await day.token("/flicket-api/tokens", headers=day.basic(ADMIN))
    for body in ({"json": wrong}, {"data": wrong}, {"files": {name: (None, value) for name, value in wrong.items()}}):
        await day.ask("POST", "/api-token-auth/", **body)
    await day.ask("POST", "/flicket-api/tokens", headers=day.basic(WRONG))
    for content in (BROKEN_JSON, f'["{WRONG}"]', f'{{"username": {{"password": "{WRONG}"}}}}', f"\udcff{WRONG}"):
        raw = content.encode(errors="surrogateescape")
        await day.ask("POST", "/api-token-auth/", content=raw, headers={"Content-Type": "application/json"})
    for path in ("/api/tickets/", "/flicket-api/tickets", "/media/a.png", "/api/users/me/"):
        await day.ask("GET", path, headers=day.basic(ADMIN))
        await day.ask("GET", f"{path}?token={GUESSED}&password={WRONG}", headers=bearer)
        for credentials in (
            day.basic(WRONG)["Authorization"],
            f"Basic {WRONG}",
            f"Basic {base64.b64encode(WRONG.encode()).decode()}",
            f"Token {GUESSED}",
            f"Bearer {GUESSED} {GUESSED}",
            f"Digest {GUESSED}",
        ):
            await day.ask("GET", path, headers={"Authorization": credentials})
    return bearer


async def handle_passwords(day: Day, bearer: dict[str, str]) -> None:
    """Give, change and refuse passwords."""
    person = {"username": "somebody", "email": "somebody@example.com", "password": GIVEN}
    made = (await day.ask("POST", "/api/users/", headers=bearer, json=person)).json()["id"]
    await day.ask("POST", "/api/users/", headers=bearer, json=person)
    for password in ([GIVEN], {"a": GIVEN}, f"{GIVEN}\0", GIVEN * 500):
        await day.ask("POST", "/api/users/", headers=bearer, json={**person, "username": "other", "password": password})
        await day.ask("PATCH", f"/api/users/{made}/", headers=bearer, json={"password": password})
        await day.ask("PUT", f"/flicket-api/user/{made}", headers=bearer, json={"password": password})
    await day.ask("PATCH", f"/api/users/{made}/", headers=bearer, json={"password": CHANGED})
    for password in (GIVEN, CHANGED):
        await day.ask("POST", "/api-token-auth/", json={"username": "somebody", "password": password})


async def keep_secrets_of_webhooks(day: Day, bearer: dict[str, str]) -> None:
    """Give, make up, rotate, mistype and use secrets; an event waits for a receiver that is not there."""
    own, other = (PREFIX + base64.b64encode(word.encode() * 3).decode() for word in ("own-secret", "next-secret"))
    day.secrets |= {own, other, own.removeprefix(PREFIX), other.removeprefix(PREFIX)}
    hook = {"url": "http://127.0.0.1:9/", "secret": own}
    made = (await day.ask("POST", "/api/webhooks/", headers=bearer, json=hook)).json()
    url = f"/api/webhooks/{made['id']}/"
    for wrong in (own.removeprefix(PREFIX), f"{own}!", [own], {"secret": own}, own[:20]):
        await day.ask("POST", "/api/webhooks/", headers=bearer, json={**hook, "secret": wrong})
        await day.ask("POST", f"{url}rotate-secret/", headers=bearer, json={"secret": wrong})
    await day.ask("POST", f"{url}rotate-secret/", headers=bearer, json={"secret": own})
    day.secrets.add((await day.ask("POST", f"{url}rotate-secret/", headers=bearer)).json()["secret"])
    await day.ask("POST", f"{url}rotate-secret/", headers=bearer, json={"secret": other})
    await day.ask("POST", f"{url}test/", headers=bearer)
    await day.ask("POST", "/api/tickets/", headers=bearer, json={"limit": 2})


async def break_the_database(day: Day, bearer: dict[str, str], service_database: Database) -> None:
    """A constraint whose error repeats the whole row, a table that is missing, a database that lets nobody in."""
    name = service_database.engine.url.database
    async with service_database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE users ADD CONSTRAINT no_more CHECK (id < 0) NOT VALID"))
        await connection.execute(text("ALTER TABLE tokens ADD CONSTRAINT no_more CHECK (id < 0) NOT VALID"))
        await connection.execute(text("ALTER TABLE tickets RENAME TO former_tickets"))
    third = {"username": "third", "email": "third@example.com", "password": GIVEN}
    await day.ask("POST", "/api/users/", headers=bearer, json=third)
    await day.ask("POST", "/api-token-auth/", json={"username": "admin", "password": ADMIN})
    async with service_database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE users RENAME COLUMN avatar TO former_avatar"))
    await day.ask("POST", "/api/users/", headers=bearer, json={**third, "username": "fourth"})
    await day.ask("GET", "/api/tickets/1/", headers=bearer)
    await service_database.engine.dispose()
    server = create_async_engine(service_database.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        # A minute to die, for each of them: one that still lives would answer.
        kill = "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE datname = :name"
        await connection.execute(text(kill), {"name": name})
        await day.ask("GET", "/api/tickets/", headers=bearer)
        await day.ask("POST", "/api-token-auth/", json={"username": "admin", "password": ADMIN})
        await day.ask("GET", "/flicket-api/tickets", headers=day.basic(ADMIN))
        await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    await server.dispose()


def environment_of(database: Database, log_format: str) -> dict[str, str]:
    """Settings with a password in the database's address, and everything logged that can be."""
    url = database.engine.url
    url = url if url.password else url.set(password=DATABASE)  # a server that trusts us takes any
    return {
        "HELPDESK_DATABASE_URL": url.render_as_string(hide_password=False),
        "HELPDESK_ADMIN_PASSWORD": ADMIN,
        "HELPDESK_PASSWORD_ROUNDS": "4",
        "HELPDESK_LOG_LEVEL": "DEBUG",
        "HELPDESK_LOG_FORMAT": log_format,
        "HELPDESK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1",
    }


@contextmanager
def service_on_a_database(folder: Path, environment: dict[str, str]) -> Iterator[LiveService]:
    """A service without a database server of its own, ended with SIGTERM."""
    service = start_service(folder, environment)
    try:
        yield wait_until_ready(service)
    finally:
        service.process.terminate()
        service.process.wait(timeout=40)


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_no_log_line_and_no_error_tells_a_secret(
    live_folder: Path, empty_database: Database, log_format: str
) -> None:
    environment = environment_of(empty_database, log_format)
    with service_on_a_database(live_folder, environment) as service:
        async with httpx.AsyncClient(base_url=service.url, timeout=60, headers={"Connection": "close"}) as client:
            day = Day(client)
            day.secrets.add(make_url(environment["HELPDESK_DATABASE_URL"]).password or DATABASE)
            bearer = await sign_in_everywhere(day)
            await handle_passwords(day, bearer)
            await keep_secrets_of_webhooks(day, bearer)
            await break_the_database(day, bearer, empty_database)
    written = service.log + service.printed
    assert {200, 201, 400, 401, 404, 409, 500, 503} <= set(day.statuses)
    assert written.count("/api-token-auth") > 10
    assert day.statuses.count(500) == 2
    assert written.count("Traceback (most recent call last)") >= 2
    assert "INSERT INTO users" in written
    assert "Failing row contains" not in written
    everything = [written, *day.errors]
    assert [one for one in everything if day.found_in(one) or HASH.search(one)] == []
