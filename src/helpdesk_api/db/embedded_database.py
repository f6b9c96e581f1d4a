"""Waits for the embedded server to answer and makes the service's database in it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from helpdesk_api.db.embedded_errors import EmbeddedPostgresFailed
from helpdesk_api.db.embedded_log import ServerLog
from helpdesk_api.db.embedded_process import CLEAN_ENVIRONMENT

DATABASE = "helpdesk"
_FIND = "SELECT 1 FROM pg_database WHERE datname = 'helpdesk'"
_CREATE = "CREATE DATABASE helpdesk"
# After a crash the server replays its log first: seconds at most, with the size that is set for it.
_PATIENCE = 300.0
_NO_CONNECTION = 2  # psql's exit status


def ensure_database(server: subprocess.Popen[bytes], programs: Path, socket_folder: Path, log: ServerLog) -> None:
    """Return when the server accepts connections and has the database `helpdesk`.

    Raises `EmbeddedPostgresFailed` when it ends instead, or does not answer within five minutes.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            if not _query(programs, socket_folder, _FIND):
                _query(programs, socket_folder, _CREATE)
        except _CannotConnect as error:
            if server.poll() is not None:
                raise EmbeddedPostgresFailed(f"PostgreSQL did not start. {log.ending()}") from None
            if time.monotonic() > deadline:
                raise EmbeddedPostgresFailed(f"PostgreSQL did not answer: {error}. {log.ending()}") from None
            time.sleep(0.01)
        else:
            return


class _CannotConnect(Exception):
    pass


def _query(programs: Path, socket_folder: Path, statement: str) -> str:
    """What a statement gives. Raises `_CannotConnect` when the server takes no connections."""
    options = [f"--host={socket_folder}", "--username=postgres", "--dbname=postgres", f"--command={statement}"]
    command: list[str | Path] = [programs / "psql", "-XAtwq", *options]
    done = subprocess.run(command, env=CLEAN_ENVIRONMENT, capture_output=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode == _NO_CONNECTION:
        raise _CannotConnect(complaint)
    if done.returncode != 0:
        raise EmbeddedPostgresFailed(f"PostgreSQL refused `{statement}`: {complaint}")
    return done.stdout.decode().strip()
