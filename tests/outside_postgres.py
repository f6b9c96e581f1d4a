"""A PostgreSQL that is not the service's: Debian's 15, or the one in PG_BINDIR; tests stop it, kill it and hang it."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from live_service import wait_until

BINDIR = Path(os.environ.get("PG_BINDIR") or "/usr/lib/postgresql/15/bin")


class OutsidePostgres:
    """A cluster in `folder`, reached over TCP, which writes as safely as one that matters."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "pg"
        self._account = _account()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        """Make the cluster."""
        self._data.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(self._data, self._account, -1)
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")

    def copy_from(self, other: OutsidePostgres) -> None:
        """Make it a copy of a stopped one."""
        subprocess.run(["cp", "--archive", other._data, self._data], check=True)

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._run("pg_ctl", "--wait", f"--log={self._data / 'log'}", f"--options={options}", "start")

    def stop(self) -> None:
        """Stop it in good order."""
        self._run("pg_ctl", "--wait", "--mode=fast", "stop")

    def kill(self) -> None:
        """Kill -9 its first process; the others see that and follow."""
        processes = self.processes()
        os.kill(processes[0], signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "a process of it goes on")

    def hang(self) -> None:
        """Stop every one of its processes where it is: connections are accepted by the kernel, and never answered."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def processes(self) -> list[int]:
        """Its process, then that one's children."""
        return family(int((self._data / "postmaster.pid").read_text().splitlines()[0]))

    def _run(self, program: str, *options: str) -> None:
        command = [str(BINDIR / program), f"--pgdata={self._data}", *options]
        # Its server keeps what it inherits: a pipe would never end.
        with (self._data.parent / "pg-programs").open("ab") as said:
            subprocess.run(command, check=True, cwd="/", user=self._account, stdout=said, stderr=said, timeout=60)


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


@contextmanager
def running(server: OutsidePostgres) -> Iterator[OutsidePostgres]:
    """Run a cluster; whatever was done to it, it is stopped at the end."""
    server.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            server.go_on()
        with suppress(subprocess.SubprocessError):
            server.stop()


def require_programs() -> None:
    """Skip the test where no PostgreSQL is installed."""
    if not (BINDIR / "initdb").exists():
        pytest.skip(f"there is no PostgreSQL in {BINDIR}: install postgresql-15, or set PG_BINDIR")


def _account() -> int | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise AssertionError("neither postgres nor nobody has an account here")
