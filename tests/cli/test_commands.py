"""`migrate`, `check`, `create-user` and `create-token`, and what a command says when it cannot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from sqlalchemy import select, text
from typer.testing import CliRunner

from clamd import ponging, standing_in
from clients import basic, client_over
from commands import run_command
from helpdesk_api import __version__
from helpdesk_api.cli import app
from helpdesk_api.db.engine import Database
from helpdesk_api.db.revisions import head
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Event, Token, User
from helpdesk_api.settings import Settings

COMMANDS = ("serve", "migrate", "check", "create-user", "create-token")
GOOD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of the developer's, and a data folder that goes away."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def client(settings: Settings, empty_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The service on the commands' database."""
    async with client_over(settings, empty_database) as client:
        yield client


def run_without_database(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, arguments, env={f"HELPDESK_{name}": value for name, value in environment.items()})


async def users(database: Database) -> list[tuple[str, bool, bool, bool]]:
    session = database.read_sessions()
    rows = await session.execute(select(User.username, User.is_staff, User.is_superuser, User.is_active))
    return [tuple(row) for row in rows]


def test_the_version_is_the_packages() -> None:
    result = run_without_database("--version")
    assert (result.exit_code, result.stdout) == (0, f"helpdesk-api {__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_the_help_names_every_command(arguments: list[str]) -> None:
    result = run_without_database(*arguments)
    assert result.exit_code in (0, 2)
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", result.output)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    result = run_without_database(name, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Usage: .*{name}", result.output)
    command = next(one for one in app.registered_commands if one.name == name)
    assert command.callback is not None
    assert (command.callback.__doc__ or "").split(".")[0].split(";")[0] in " ".join(
        result.output.replace("│", " ").split()
    )


async def test_migrate_makes_the_schema_and_says_what_it_did(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("DROP SCHEMA public CASCADE"))
        await session.execute(text("CREATE SCHEMA public"))
    first = await run_command(empty_database, "migrate")
    assert (first.exit_code, first.stdout) == (0, f"Migrated from nothing to {head()}.\n")
    again = await run_command(empty_database, "migrate")
    assert (again.exit_code, again.stdout) == (0, f"The schema is at {head()}.\n")
    session = empty_database.read_sessions()
    assert await session.scalar(select(User.id)) is None


async def test_migrate_leaves_a_schema_of_a_newer_version_alone(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    result = await run_command(empty_database, "migrate")
    assert (result.exit_code, result.stderr) == (
        1,
        "helpdesk-api: the database's schema is at 9999, which a newer helpdesk-api made: "
        f"this one works with {head()}.\n",
    )


async def test_check_looks_at_settings_database_and_media_folder(empty_database: Database, tmp_path: Path) -> None:
    result = await run_command(empty_database, "check")
    assert (result.exit_code, result.stdout) == (
        0,
        f"settings: ok\ndatabase: ok (schema at {head()})\nmedia folder var/media: ok\n",
    )
    assert [path for path in (tmp_path / "var").rglob("*") if path.is_file()] == []


async def test_check_says_that_the_schema_is_missing(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("DROP TABLE alembic_version"))
    result = await run_command(empty_database, "check")
    assert result.exit_code == 1
    assert result.stderr == (
        f"helpdesk-api: the database's schema is at none, need {head()}: run `helpdesk-api migrate`.\n"
    )


async def test_check_says_that_the_media_folder_cannot_be_written(empty_database: Database, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    result = await run_command(empty_database, "check")
    assert (result.exit_code, result.stderr) == (
        1,
        "helpdesk-api: the media folder var/media is not writable: Not a directory\n",
    )


async def test_check_asks_the_virus_scanner_if_there_is_one(empty_database: Database) -> None:
    async with standing_in(ponging) as address:
        result = await run_command(empty_database, "check", CLAMAV_ADDRESS=address)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"virus scanner {address}: ok")
    away = await run_command(empty_database, "check", CLAMAV_ADDRESS="/nowhere/clamd.ctl")
    assert (away.exit_code, away.stderr) == (
        1,
        "helpdesk-api: the virus scanner /nowhere/clamd.ctl cannot be used: "
        "ClamAV cannot be asked: [Errno 2] No such file or directory\n",
    )


def test_check_names_wrong_settings_and_a_database_that_is_away() -> None:
    wrong = run_without_database("check", PAGE_SIZE="0", LOG_LEVEL="LOUD")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert [line.split(":")[0] for line in wrong.stderr.splitlines()[1:]] == [
        "  HELPDESK_PAGE_SIZE",
        "  HELPDESK_LOG_LEVEL",
    ]
    away = run_without_database("check", DATABASE_URL="postgresql://helpdesk:secret@127.0.0.1:9/helpdesk")
    assert (away.exit_code, away.stdout) == (1, "settings: ok\n")
    assert away.stderr.startswith("helpdesk-api: the database cannot be reached: ")
    assert "secret" not in away.output


@pytest.mark.parametrize(
    ("options", "roles"),
    [([], (False, False)), (["--staff"], (True, False)), (["--admin"], (True, True))],
)
async def test_create_user_makes_an_account_that_can_sign_in(
    empty_database: Database, client: httpx.AsyncClient, options: list[str], roles: tuple[bool, bool]
) -> None:
    names = ["--first-name", "Joe", "--last-name", "Blogs", "--email", "joe@example.com"]
    result = await run_command(empty_database, "create-user", "joe", "--password", GOOD, *names, *options)
    record = (await client.get("/api/users/me/", headers=basic("joe", GOOD))).json()
    assert (result.exit_code, result.stdout) == (0, f"Made user joe with id {record['id']}.\n")
    assert (record["first_name"], record["last_name"], record["email"]) == ("Joe", "Blogs", "joe@example.com")
    assert (record["is_staff"], record["is_superuser"], record["is_active"]) == (*roles, True)
    session = empty_database.read_sessions()
    assert await session.scalar(select(Event.type)) == "user.created"


async def test_create_user_asks_twice_for_a_password_and_does_not_show_it(
    empty_database: Database, client: httpx.AsyncClient
) -> None:
    environment = {
        "HELPDESK_DATABASE_URL": empty_database.engine.url.render_as_string(hide_password=False),
        "HELPDESK_PASSWORD_ROUNDS": "4",
    }
    asked = await asyncio.to_thread(
        CliRunner().invoke, app, ["create-user", "joe"], env=environment, input=f"{GOOD}\n{GOOD}\n"
    )
    assert asked.exit_code == 0
    assert GOOD not in asked.output
    assert (await client.get("/api/users/me/", headers=basic("joe", GOOD))).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["joe", "--password", "12345"],
            "password: This password is too short. It must contain at least 8 characters. This password is too common. "
            "This password is entirely numeric.",
        ),
        (
            ["joe", "--password", "joe-joe-joe", "--first-name", "Joe-Joe-Joe"],
            "password: The password is too similar to the first name.",
        ),
        (
            ["not a name", "--password", GOOD],
            "username: Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.",
        ),
        (["taken", "--password", GOOD], "username: A user with that username already exists."),
        (
            ["joe", "--password", "x" * 5000],
            "password: This password is too long, or has characters that no password can have.",
        ),
    ],
)
async def test_create_user_says_what_is_wrong(empty_database: Database, arguments: list[str], words: str) -> None:
    assert (await run_command(empty_database, "create-user", "taken", "--password", GOOD)).exit_code == 0
    refused = await run_command(empty_database, "create-user", *arguments)
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"helpdesk-api: {words}\n")
    assert await users(empty_database) == [("taken", False, False, True)]


async def test_create_token_prints_a_token_that_works_and_keeps_the_others(
    empty_database: Database, client: httpx.AsyncClient
) -> None:
    await run_command(empty_database, "create-user", "joe", "--password", GOOD)
    made = [await run_command(empty_database, "create-token", "joe") for _ in range(2)]
    for result in made:
        assert (result.exit_code, result.stderr) == (0, "")
        assert re.fullmatch("[0-9a-f]{64}\n", result.stdout)
        headers = {"Authorization": f"Token {result.stdout.strip()}"}
        assert (await client.get("/api/users/me/", headers=headers)).json()["username"] == "joe"
    session = empty_database.read_sessions()
    assert len((await session.scalars(select(Token.id))).all()) == 2


async def test_there_is_no_token_for_somebody_who_cannot_sign_in(empty_database: Database) -> None:
    await run_command(empty_database, "create-user", "joe", "--password", GOOD)
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("UPDATE users SET is_active = false"))
    for name in ("joe", "nobody"):
        refused = await run_command(empty_database, "create-token", name)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr == f"helpdesk-api: there is no active user {name}.\n"


@pytest.mark.parametrize("command", [["create-user", "joe", "--password", GOOD], ["create-token", "joe"]])
async def test_accounts_need_a_schema(empty_database: Database, command: list[str]) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("DROP TABLE alembic_version"))
    refused = await run_command(empty_database, *command)
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"helpdesk-api: the database's schema is at none, need {head()}: run `helpdesk-api migrate`.\n",
    )
