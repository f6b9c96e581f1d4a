"""Keeps the embedded server running: one that ends without having been asked to is started again."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog

from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed

Server = subprocess.Popen[bytes]
Start = Callable[[], AbstractContextManager[Server]]
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_log = structlog.stdlib.get_logger("helpdesk_api")


class ServerKeeper:
    """A running server, watched by a thread from `start` to `stop`.

    `start_server` gives a context in which a server runs that accepts connections.
    """

    def __init__(self, start_server: Start) -> None:
        self._start_server = start_server
        self._stopping = threading.Event()
        # Held by whoever changes which server runs.
        self._changing = threading.Lock()
        self._running: AbstractContextManager[Server] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the server. Raises what starting it raises."""
        server = self._enter()
        self._thread = threading.Thread(target=self._keep, args=[server], name="postgres-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server, and keep it no more; waits for a start that is under way."""
        self._stopping.set()
        with self._changing:
            self._leave()
        if self._thread is not None:
            self._thread.join()

    def _keep(self, server: Server) -> None:
        following: Server | None = server
        while following is not None:
            status = following.wait()
            following = self._start_again(status)

    def _start_again(self, status: int) -> Server | None:
        """The server that follows one that ended; none when it was asked to."""
        pause = _FIRST_PAUSE
        while True:
            try:
                with self._changing:
                    if self._stopping.is_set():
                        return None
                    _log.error("embedded PostgreSQL ended by itself and is started again", status=status)
                    self._leave()
                    return self._enter()
            except (EmbeddedPostgresFailed, DataFolderInUse, OSError) as error:
                _log.error("embedded PostgreSQL did not start", reason=str(error))
            if self._stopping.wait(pause):
                return None
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _enter(self) -> Server:
        running = self._start_server()
        server = running.__enter__()
        self._running = running
        return server

    def _leave(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            running.__exit__(None, None, None)
