"""`helpdesk-api serve` where it cannot: a line that says why, exit code 1, and nothing left running."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, text

from factories import make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.revisions import head
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import User
from live_service import PROGRAM, LiveService


def refusal(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    """The exit code and the words of a service that does not start."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    variables = {f"HELPDESK_{name}": value for name, value in environment.items()}
    ended = subprocess.run(
        [PROGRAM, "serve", "--port", "0", *options],
        cwd=folder,
        env={**inherited, "HELPDESK_DATA_DIR": str(folder / "var"), "HELPDESK_PASSWORD_ROUNDS": "4", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stderr


async def refusal_on(database: Database, folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    """The same for a service on a test's database."""
    url = database.engine.url.render_as_string(hide_password=False)
    return await asyncio.to_thread(refusal, folder, *options, DATABASE_URL=url, **environment)


def test_a_second_service_on_one_data_folder_says_so_and_ends(live: LiveService) -> None:
    assert refusal(live.folder) == (
        1,
        f"helpdesk-api: Another helpdesk service is running on the data folder {live.folder / 'var'}.\n",
    )
    assert httpx.get(f"{live.url}/readyz").status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_port_that_is_taken_is_said_in_a_line(empty_database: Database, tmp_path: Path, workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refusal_on(empty_database, tmp_path, "--port", str(port), "--workers", workers)
    assert said == (
        1,
        f"helpdesk-api: cannot listen on 127.0.0.1, port {port}: Address already in use. "
        "See HELPDESK_HOST and HELPDESK_PORT.\n",
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
async def test_an_address_that_is_not_the_machines_is_said_in_a_line(
    empty_database: Database, tmp_path: Path, host: str
) -> None:
    code, words = await refusal_on(empty_database, tmp_path, "--host", host)
    assert (code, words.count("\n")) == (1, 1)
    assert words.startswith(f"helpdesk-api: cannot listen on {host}, port 0: ")


def test_all_wrong_settings_are_named_in_one_go(tmp_path: Path) -> None:
    code, words = refusal(
        tmp_path,
        "--workers",
        "0",
        PAGE_SIZE="1000",
        BASE_URL="help.example.com",
        DATABASE_URL="mysql://x:secret@h/d",
        ADMIN_USERNAME="not a name",
    )
    first, *others = words.splitlines()
    assert (code, first) == (1, "helpdesk-api: these settings are wrong:")
    assert {line.split(":")[0].strip() for line in others} == {
        "HELPDESK_WORKERS",
        "HELPDESK_PAGE_SIZE",
        "HELPDESK_BASE_URL",
        "HELPDESK_DATABASE_URL",
        "HELPDESK_ADMIN_USERNAME",
    }
    assert "secret" not in words


def test_an_option_is_checked_as_the_variable_is(tmp_path: Path) -> None:
    assert refusal(tmp_path, "--port", "65536") == (
        1,
        "helpdesk-api: these settings are wrong:\n  HELPDESK_PORT: Input should be less than or equal to 65535\n",
    )


async def test_a_media_folder_that_cannot_be_written_is_said_in_a_line(
    empty_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    media = tmp_path / "taken" / "media"
    assert await refusal_on(empty_database, tmp_path, MEDIA_ROOT=str(media)) == (
        1,
        f"helpdesk-api: the media folder {media} is not writable: Not a directory\n",
    )


async def test_a_database_without_migrations_is_told_what_to_do(empty_database: Database, tmp_path: Path) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("DROP TABLE alembic_version"))
    assert await refusal_on(empty_database, tmp_path) == (
        1,
        f"helpdesk-api: the database's schema is at none, need {head()}: run `helpdesk-api migrate`.\n",
    )


async def test_a_database_of_a_newer_version_is_left_alone(empty_database: Database, tmp_path: Path) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await session.execute(text("ALTER TABLE users DROP COLUMN job_title"))
    assert await refusal_on(empty_database, tmp_path) == (
        1,
        "helpdesk-api: the database's schema is at 9999, which a newer helpdesk-api made: "
        f"this one works with {head()}.\n",
    )


def test_a_database_that_is_away_is_said_in_a_line(tmp_path: Path) -> None:
    code, words = refusal(tmp_path, DATABASE_URL="postgresql://helpdesk:secret@127.0.0.1:9/helpdesk")
    assert (code, words.count("\n")) == (1, 1)
    assert words.startswith("helpdesk-api: the database cannot be reached: [Errno 111] Connect call failed")
    assert "secret" not in words


async def test_a_plain_user_is_not_made_the_first_admin(empty_database: Database, tmp_path: Path) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(delete(User))
        await make_account(session, "admin")
    assert await refusal_on(empty_database, tmp_path) == (
        1,
        "helpdesk-api: there is no admin, and 'admin' is somebody else's name: set HELPDESK_ADMIN_USERNAME.\n",
    )
