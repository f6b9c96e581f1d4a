"""Two processes of the service on one outside database, as they run behind a proxy."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from live_service import LiveService, start_on_socket, start_service, wait_until
from proxies import HOST

ACCOUNT = ("admin", "a password for a test")


class Desk:
    """Processes of the service that share a database and a media folder, each on a socket or on a port."""

    def __init__(self, folder: Path, database_url: str, *, shared_socket: bool) -> None:
        self.folder = folder
        self.media = folder / "media"
        self._shared = socket.create_server(("127.0.0.1", 0), backlog=1024) if shared_socket else None
        self._variables = {
            "HELPDESK_DATABASE_URL": database_url,
            "HELPDESK_MEDIA_ROOT": str(self.media),
            "HELPDESK_ADMIN_PASSWORD": ACCOUNT[1],
            "HELPDESK_PASSWORD_ROUNDS": "4",
            "HELPDESK_ALLOWED_HOSTS": HOST,
            "HELPDESK_TRUSTED_PROXIES": "127.0.0.1",
            "HELPDESK_DRAIN_SECONDS": "5",
        }
        self.processes = [self._start(number) for number in range(2)]

    @property
    def ports(self) -> list[int]:
        """Where it listens."""
        return sorted({process.port for process in self.processes})

    def restart(self, number: int) -> None:
        """Stop one process as a service manager does, and start it again on its port."""
        old = self.processes[number]
        old.process.terminate()
        assert old.process.wait(timeout=60) == 0, old.log
        self.processes[number] = self._start(number, old.port)

    def close(self) -> None:
        """Stop everything, without waiting for balancers to notice."""
        for one in self.processes:
            one.process.send_signal(signal.SIGINT)
        for one in self.processes:
            one.process.wait(timeout=60)
        if self._shared:
            self._shared.close()

    def _start(self, number: int, port: int = 0) -> LiveService:
        folder = self.folder / str(number)
        folder.mkdir(exist_ok=True)
        if self._shared is not None:
            service = start_on_socket(folder, self._shared, self._variables)
        else:
            service = start_service(folder, self._variables, "--port", str(port))
        wait_until(lambda: "Application startup complete" in service.log, "the service did not start")
        service.port = int(service.printed.split("listens on http://127.0.0.1:")[1].split()[0])
        return service
