"""The running server: its settings, its start, its end, and the watcher that ends it when the service is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from helpdesk_api.db.embedded_account import Account
from helpdesk_api.db.embedded_cluster import path_for_server
from helpdesk_api.db.embedded_log import ServerLog
from helpdesk_api.db.embedded_process import spawn

_SETTINGS = {
    # Reached by its socket only, and that only by those who may enter the data folder.
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    # Nothing acknowledged is ever lost.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # A small service: few processes, short queries, a quick recovery.
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    # Containers often have little or no /dev/shm, and a logout can empty a user's (RemoveIPC in logind.conf(5)).
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    # Failed statements are the service's to log: they would fill the file, with its users' data.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_timezone": "UTC",
    "cluster_name": "helpdesk",
}
# Waits for the server's process number, then for the end of the pipe: the service closes it only by ending.
_WATCHER = "trap '' HUP INT TERM; read -r server || exit 0; read -r _; kill -INT \"$server\""
_SHUTDOWN_PATIENCE = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


@contextmanager
def running_server(
    data: Path, programs: Path, account: Account | None, lock: int, log: ServerLog
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server from the start of the block to its end, or to the end of the service, however that comes.

    It need not accept connections yet when the block begins.
    """
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    command: list[str | Path] = [programs / "postgres", "-D", path_for_server(data, account), *settings]
    with _watcher(account) as pipe:
        server = spawn(command, account=account, folder=data, keep=[lock], errors=log.descriptor)
        try:
            os.write(pipe, b"%d\n" % server.pid)
            yield server
        finally:
            _stop(server)


@contextmanager
def _watcher(account: Account | None) -> Iterator[int]:
    """A shell that interrupts the server when this process is gone; gives the pipe to tell it the process number.

    The pipe ends with the whole process, unlike Linux's parent-death signal, which comes when the one thread that
    started the server ends.
    """
    reading, writing = os.pipe()
    try:
        process = spawn(["/bin/sh", "-c", _WATCHER], account=account, stdin=reading)
        try:
            yield writing
        finally:
            # Ended before its pipe is closed: by now the server's process number may be another's.
            process.kill()
            process.wait()
    finally:
        os.close(reading)
        os.close(writing)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """A fast shutdown; failing that an immediate one, which is as safe as a crash."""
    for signal_number, patience in _SHUTDOWN_PATIENCE:
        server.send_signal(signal_number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return
