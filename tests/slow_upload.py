"""An upload that is under way for as long as a test likes."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

from live_service import wait_until


class SlowUpload:
    """An upload of which the service has got most, and the end is still to be sent.

    `media` is the service's media folder, `connection` where to send it, `account` whose ticket it is for.
    """

    def __init__(
        self,
        media: Path,
        connection: socket.socket,
        account: tuple[str, str],
        ticket: str,
        *,
        size: int = 4_000_000,
        host: str = "localhost",
    ) -> None:
        form = "--B\r\nContent-Disposition: form-data; name="
        start = f'{form}"ticket"\r\n\r\n{ticket}\r\n{form}"file"; filename="slow-{ticket}.txt"\r\n\r\n'.encode()
        self._rest = b"the end" + b"\r\n--B--\r\n"
        length = len(start) + size + len(self._rest)
        credentials = base64.b64encode(":".join(account).encode()).decode()
        self._connection = connection
        self._connection.sendall(
            f"POST /api/files/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {credentials}\r\n"
            f"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {length}\r\n\r\n".encode()
            + start
        )
        self._connection.sendall(b"x" * size)
        wait_until(lambda: uploads_under_way(media) != [], "the upload did not reach the service", seconds=20)

    def finish(self) -> int:
        """Send the end; the answer's status."""
        with self._connection as connection:
            connection.sendall(self._rest)
            return int(connection.recv(65536).split()[1])

    def give_up(self) -> None:
        """Leave without having sent the end."""
        self._connection.close()


def uploads_under_way(media: Path) -> list[Path]:
    """The temporary files of uploads."""
    return [path for path in media.glob(".incoming/*") if path.suffix != ".lock"]
