"""The service's own PostgreSQL, started and stopped with it: what runs when no database URL is given."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType

from helpdesk_api.db.embedded_account import server_account
from helpdesk_api.db.embedded_address import database_url, reachable_socket_folder, socket_folder_in_use
from helpdesk_api.db.embedded_cluster import SOCKET, ensure_cluster, open_home
from helpdesk_api.db.embedded_database import DATABASE, ensure_database
from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed, EmbeddedPostgresMissing
from helpdesk_api.db.embedded_keeper import ServerKeeper
from helpdesk_api.db.embedded_locks import server_lock, service_lock
from helpdesk_api.db.embedded_log import ServerLog
from helpdesk_api.db.embedded_programs import find_programs
from helpdesk_api.db.embedded_server import running_server

__all__ = ["DataFolderInUse", "EmbeddedPostgres", "EmbeddedPostgresFailed", "EmbeddedPostgresMissing", "url_beside"]

_SHELTER = Path("/var/lib/helpdesk-api")


class EmbeddedPostgres:
    """A PostgreSQL server on `data_dir/postgres/`, for this service and its worker processes.

    One that ends by itself is started again, at the same address. It stops when the block ends and when this process
    ends in any other way, `kill -9` included. Starting blocks: for a moment as a rule, up to 30 seconds when a server
    of a killed service is still stopping. `programs_dir` is where root's copy of the programs goes if the server's
    account cannot run them in their place.
    """

    def __init__(self, data_dir: Path, *, programs_dir: Path = _SHELTER) -> None:
        self._data_dir = data_dir.resolve()
        self._programs_dir = programs_dir
        self._running = ExitStack()
        self._url: str | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL (asyncpg) of the database `helpdesk`; any process of the same user can use it."""
        if self._url is None:
            raise RuntimeError("The embedded PostgreSQL is not running.")
        return self._url

    def start(self) -> None:
        """Start the server, creating its data at the first start; return when it accepts connections.

        Raises `EmbeddedPostgresMissing`, `DataFolderInUse` or `EmbeddedPostgresFailed`.
        """
        with _failures_named(self._data_dir), ExitStack() as stack:
            self._url = self._start(stack)
            self._running = stack.pop_all()

    def stop(self) -> None:
        """Stop the server, if it runs, once its data is safely on disk; open connections are cut."""
        self._url = None
        self._running.close()

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, stack: ExitStack) -> str:
        account = server_account()
        programs = find_programs(account, self._programs_dir)
        home = open_home(self._data_dir)
        stack.enter_context(service_lock(home))
        socket_folder = stack.enter_context(reachable_socket_folder(home, home / "data"))

        @contextmanager
        def serving() -> Iterator[subprocess.Popen[bytes]]:
            with closing(ServerLog(home)) as log, ExitStack() as running:
                with server_lock(home, home / "data") as lock:
                    data = ensure_cluster(home, programs, account, lock, log)
                    server = running.enter_context(running_server(data, programs, account, lock, log))
                ensure_database(server, programs, socket_folder, log)
                yield server

        keeper = ServerKeeper(serving)
        stack.callback(keeper.stop)
        keeper.start()
        return database_url(socket_folder, DATABASE)


def url_beside(data_dir: Path) -> str | None:
    """The URL of the server that another process runs on the data folder; `None` while it does not answer.

    It stops when that process wants it to.
    """
    home = data_dir.resolve() / "postgres"
    folder = socket_folder_in_use(home, home / "data")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as trial:
        try:
            trial.connect(str(folder / SOCKET))
        except OSError:
            return None
    return database_url(folder, DATABASE)


@contextmanager
def _failures_named(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresFailed(f"The embedded PostgreSQL cannot run on {data_dir}: {error}") from error
