"""The service as people run it, for tests: `helpdesk-api serve` in a process of its own, with its own PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROGRAM = Path(sys.executable).with_name("helpdesk-api")
LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")
# The number of the process is known only in the process itself: sd_listen_fds(3).
PASS_SOCKET = (
    "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid());"
    "os.dup2(int(sys.argv[1]), 3); os.execv(sys.argv[2], sys.argv[2:])"
)
FIRST_ADMIN = re.compile(r"user name (\S+), password (\S+)")


@dataclass
class LiveService:
    """A running service."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        """What it has told whoever started it."""
        return (self.folder / "stdout").read_text()

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "stderr").read_text()

    @property
    def password(self) -> str:
        """The first admin's password, as printed at the very first start."""
        found = FIRST_ADMIN.search(self.printed)
        assert found is not None, self.printed
        assert found[1] == "admin"
        return found[2]

    @property
    def media(self) -> Path:
        """Where uploads are kept."""
        return self.folder / "var" / "media"

    def curl(self, *options: str) -> str:
        """Run curl against the service, which it is told to find at `localhost:8000`; what it prints."""
        there = f"localhost:8000:127.0.0.1:{self.port}"
        command = ["curl", "--silent", "--show-error", "--max-time", "60", "--connect-to", there, *options]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True).stdout.decode()

    def sign_in(self) -> dict[str, str]:
        """Headers with a token of the first admin."""
        answer = httpx.post(f"{self.url}/api-token-auth/", json={"username": "admin", "password": self.password})
        return {"Authorization": f"Token {answer.json()['token']}"}


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _is_ready(service: LiveService) -> bool:
    assert service.process.poll() is None, service.log
    found = LISTENS.search(service.printed)
    if found is None:
        return False
    service.port = int(found[1])
    try:
        return httpx.get(f"{service.url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def processes_left(service: LiveService) -> list[str]:
    """Whatever of the service still runs: its process group, or the database server, which holds a lock."""
    left = []
    try:
        os.killpg(service.process.pid, 0)
        left.append("process group")
    except ProcessLookupError:
        pass
    with (service.folder / "var" / "postgres" / "server.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            left.append("database server")
    return left


def worker_pids(service: LiveService) -> list[int]:
    """The worker processes: children of the service that have the same program."""
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def start_service(
    folder: Path,
    environment: dict[str, str],
    *options: str,
    prefix: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
) -> LiveService:
    """Start a service in `folder`, through the command `prefix` if there is one, and do not wait for it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [*prefix, PROGRAM, "serve", "--port", "0", *options],
            cwd=folder,
            env=inherited | {"HELPDESK_DATA_DIR": str(folder / "var")} | environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    return LiveService(process, folder, 0)


def start_on_socket(
    folder: Path, listening: socket.socket, environment: dict[str, str], *, count: int = 1
) -> LiveService:
    """Start a service with a socket that listens already, as systemd does, which says it passes `count` of them."""
    prefix = (sys.executable, "-c", PASS_SOCKET, str(listening.fileno()))
    variables = {"LISTEN_FDS": str(count), **environment}
    service = start_service(folder, variables, prefix=prefix, pass_fds=[listening.fileno()])
    service.port = listening.getsockname()[1]
    return service


def wait_until_ready(service: LiveService) -> LiveService:
    """Return once the service serves; `port` is known from then on."""
    wait_until(lambda: _is_ready(service), "the service did not become ready")
    return service


@contextmanager
def running_service(folder: Path, environment: dict[str, str]) -> Iterator[LiveService]:
    """A service started in `folder`; SIGTERM ends it, and nothing of it may be left then."""
    service = start_service(folder, environment)
    try:
        yield wait_until_ready(service)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=40) == 0, service.log
        # With several workers, the helper that multiprocessing starts ends a moment after the rest.
        wait_until(lambda: processes_left(service) == [], f"left of the service: {processes_left(service)}", seconds=15)
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()
