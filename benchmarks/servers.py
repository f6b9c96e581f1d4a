"""Starts and stops what is measured: our service and the limit, each with its workers in a process group of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import processes
from http_client import HOST, NotWorking, ask

HERE = Path(__file__).resolve().parent
_ERROR = re.compile(r"\[error|Error\b|status=5")
READY_WITHIN = 60.0
STOPS_WITHIN = 40.0
# As `helpdesk-api serve` sets up its own uvicorn.
_UVICORN = (
    "--loop uvloop --http httptools --ws none --lifespan on --log-level warning --no-access-log --no-server-header"
    " --no-proxy-headers --timeout-keep-alive 75"
).split()


@dataclass(frozen=True, eq=False)
class Server:
    """A running server. `side` is "ours" or "limit", `tickets` the size of its database."""

    side: str
    tickets: int
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    seconds_to_ready: float

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return processes.workers(self.process.pid)

    def last_error(self) -> str:
        """The newest line of its log that tells of an error, if there is one."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if _ERROR.search(line)]
        return f"; its log says: {lines[-1]}" if lines else ""


@contextmanager
def our_service(folder: Path, database_url: str | None, tickets: int, workers: int, pool: int) -> Iterator[Server]:
    """Run `helpdesk-api serve`; without a database URL, with a PostgreSQL of its own on `folder`."""
    settings = {
        "HELPDESK_DATA_DIR": str(folder),
        "HELPDESK_ADMIN_PASSWORD": "only-for-the-benchmark",
        "HELPDESK_DATABASE_POOL_SIZE": str(pool),
        # As in the container image.
        "HELPDESK_LOG_FORMAT": "json",
    }
    if database_url is not None:
        settings["HELPDESK_DATABASE_URL"] = database_url
    port = _free_port()
    command = [sys.executable, "-m", "helpdesk_api", "serve", "--port", str(port), "--workers", str(workers)]
    with _running("ours", tickets, port, "/readyz", command, settings, folder) as server:
        yield server


@contextmanager
def the_limit(folder: Path, database_url: str, tickets: int, workers: int, pool: int) -> Iterator[Server]:
    """Run the limit under the same uvicorn settings; it keeps what is sent to it in `folder/sink/`."""
    sink = folder / "sink"
    sink.mkdir(parents=True, exist_ok=True)
    settings = {
        "LIMIT_DATABASE_URL": database_url.replace("+asyncpg", ""),
        "LIMIT_POOL_SIZE": str(pool),
        "LIMIT_FOLDER": str(sink),
    }
    port = _free_port()
    address = ["--host", HOST, "--port", str(port), "--workers", str(workers)]
    command = [sys.executable, "-m", "uvicorn", "limit:app", "--app-dir", str(HERE), *address, *_UVICORN]
    with _running("limit", tickets, port, "/ready", command, settings, folder) as server:
        yield server


@contextmanager
def _running(
    side: str, tickets: int, port: int, ready: str, command: list[str], settings: Mapping[str, str], folder: Path
) -> Iterator[Server]:
    log = folder / f"{side}.log"
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            # Nothing that happens to be set here, or in a .env file, changes what is measured.
            env={**_clean_environment(), **settings},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, ready, log)
        yield Server(side, tickets, port, process, log, time.perf_counter() - began)
    finally:
        _stop(process)


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("HELPDESK_", "LIMIT_", "PG"))}


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            ask(port, "GET", path, "")
        except NotWorking as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotWorking(f"{' '.join(map(str, process.args))}: {error}\n{_ending(log)}") from None  # type: ignore[arg-type]
            time.sleep(0.01)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPS_WITHIN)
    # Whoever is left of the group.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
