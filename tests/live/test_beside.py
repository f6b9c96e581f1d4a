"""Commands beside a service that runs with an embedded PostgreSQL, and upgrades under load."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path

import httpx

from live_service import PROGRAM, LiveService


def command(live: LiveService, *arguments: str, data_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command on the service's data folder, or another."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=live.folder,
        env={**inherited, "HELPDESK_DATA_DIR": str(data_dir or live.folder / "var")},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_backup_is_taken_beside_the_running_service_and_restored_elsewhere(live: LiveService) -> None:
    headers = live.sign_in()
    ticket = httpx.post(f"{live.url}/api/tickets/", json={"limit": 2}, headers=headers).json()
    saved = command(live, "backup", "desk.tar")
    assert (saved.returncode, saved.stderr[:6]) == (0, "Saved "), saved.stderr
    assert command(live, "doctor").returncode == 0
    refused = command(live, "restore", "desk.tar")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"helpdesk-api: Another helpdesk service is running on the data folder {live.folder / 'var'}.\n"
    )
    restored = command(live, "restore", "desk.tar", data_dir=live.folder / "b")
    assert (restored.returncode, restored.stdout.splitlines()[-1]) == (0, "Restored."), restored.stderr
    assert httpx.get(f"{live.url}/api/tickets/", headers=headers).json()["results"][0]["url"] == ticket["url"]


def test_the_commands_of_the_document_do_what_it_says(live: LiveService) -> None:
    document = (Path(__file__).parents[2] / "docs" / "backup.md").read_text()
    back_up, restore, doctor = re.findall(r"```sh\n(.*?)```", document, re.DOTALL)
    for block in (back_up, doctor, restore):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
        path = f"{PROGRAM.parent}:{inherited['PATH']}"
        done = subprocess.run(
            ["sh", "-euc", block],
            cwd=live.folder,
            env={**inherited, "PATH": path, "HELPDESK_DATA_DIR": str(live.folder / "var")},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
    assert (live.folder / "restored" / "postgres").is_dir()


def test_a_token_is_made_beside_the_running_service(live: LiveService) -> None:
    made = command(live, "create-token", "admin")
    headers = {"Authorization": f"Token {made.stdout.strip()}"}
    assert httpx.get(f"{live.url}/api/users/me/", headers=headers).json()["username"] == "admin"


def test_a_newer_schema_loses_no_request_of_the_old_service(live: LiveService) -> None:
    """What a migration of a later version does while this one serves."""
    headers = live.sign_in()
    statuses: list[int] = []
    stop = threading.Event()

    def open_tickets() -> None:
        with httpx.Client(headers=headers) as client:
            while not stop.is_set():
                statuses.append(client.post(f"{live.url}/api/tickets/", json={"limit": 2}).status_code)
                statuses.append(client.get(f"{live.url}/readyz").status_code)
                statuses.append(client.get(f"{live.url}/api/tickets/").status_code)

    workers = [threading.Thread(target=open_tickets) for _ in range(3)]
    for worker in workers:
        worker.start()
    changed = migrate_further(live)
    stop.set()
    for worker in workers:
        worker.join()
    assert changed.returncode == 0, changed.stderr
    assert len(statuses) > 20
    assert set(statuses) <= {200, 201}
    # Whatever has to start anew does as well.
    assert command(live, "create-token", "admin").returncode == 0


def migrate_further(live: LiveService) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM.with_name("python"), "-c", LATER, str(live.folder / "var")],
        capture_output=True,
        text=True,
        timeout=60,
    )


LATER = """
import asyncio, sys
from pathlib import Path
from sqlalchemy import text
from helpdesk_api.db.embedded import url_beside
from helpdesk_api.db.engine import open_database

async def main():
    database = open_database(url_beside(Path(sys.argv[1])))
    for statement in (
        "ALTER TABLE tickets ADD COLUMN colour text",
        "CREATE TABLE news (id bigserial PRIMARY KEY, body text NOT NULL)",
        "UPDATE alembic_version SET version_num = '9001'",
    ):
        await asyncio.sleep(0.5)
        async with database.engine.begin() as connection:
            await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            await connection.execute(text(statement))
    await asyncio.sleep(0.5)
    await database.close()

asyncio.run(main())
"""
