"""What systemd and the service tell each other: a socket that is already open, and that the service is ready."""

from __future__ import annotations

import os
import socket

# sd_listen_fds(3): the first descriptor that is passed.
FIRST_DESCRIPTOR = 3


def passed_socket() -> socket.socket | None:
    """The listening socket a service manager opened for this process (sd_listen_fds(3)), if it did.

    Such a socket outlives the process: what arrives while it restarts waits for the next one. Raises `ValueError` when
    there is more than one, or one of another kind than TCP.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = int(os.environ.get("LISTEN_FDS", "0"))
    # They are for this process alone, not for the workers and the database server it starts.
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    if count > 1:
        raise ValueError(f"{count} sockets were passed, and the service listens on one")
    if count == 0:
        return None
    passed = socket.socket(fileno=FIRST_DESCRIPTOR)
    if passed.family not in (socket.AF_INET, socket.AF_INET6):
        raise ValueError("the socket that was passed is not one for TCP")
    return passed


def tell(state: str) -> None:
    """Tell the service manager how it stands, as sd_notify(3) does (`READY=1`); without one, do nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.connect("\0" + address[1:] if address.startswith("@") else address)
        connection.sendall(state.encode())
