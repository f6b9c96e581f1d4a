"""A stop that loses no request: balancers are told first, running requests end, and a socket may outlive a process."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from live_service import LiveService, start_on_socket, start_service, wait_until, wait_until_ready
from slow_upload import SlowUpload

Start = Callable[..., LiveService]
ACCOUNT = ("admin", "a password for a test")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_asked_to_stop_it_is_unready_first_and_serves_on_until_balancers_have_noticed(
    start: Start, workers: str
) -> None:
    service = start(WORKERS=workers, DRAIN_SECONDS="2")
    wait_until(lambda: service.log.count("Application startup complete") == int(workers), "a worker did not start")
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: service.log.count("seconds=2.0") == int(workers), "a worker did not begin to drain")
    with httpx.Client(base_url=service.url) as client:
        ready, alive, page = (client.get(path) for path in ("/readyz", "/healthz", "/api/tickets/"))
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "stopping", "database": "ok", "migrations": "ok", "media": "ok"},
    )
    assert (alive.status_code, page.status_code) == (200, 401)
    assert [answer.headers["connection"] for answer in (ready, alive, page)] == ["close"] * 3
    assert service.process.wait(timeout=40) == 0
    assert "Traceback" not in service.log
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.url)


def test_ctrl_c_is_not_held_up(start: Start) -> None:
    service = start(DRAIN_SECONDS="600")
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(timeout=40) == 0
    assert "draining" not in service.log


def test_asked_to_stop_again_while_it_drains_it_goes_on_draining(start: Start) -> None:
    service = start(DRAIN_SECONDS="2")
    for _ in range(2):
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "draining" in service.log, "it did not begin to drain")
    assert httpx.get(f"{service.url}/healthz").status_code == 200
    assert service.process.wait(timeout=40) == 0
    assert service.log.count("seconds=2.0") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_while_the_last_requests_end_new_connections_are_refused_not_left_hanging(start: Start, workers: str) -> None:
    service = start(WORKERS=workers, ADMIN_PASSWORD=ACCOUNT[1])
    wait_until(lambda: service.log.count("Application startup complete") == int(workers), "a worker did not start")
    upload = SlowUpload(service.media, connected(service), ACCOUNT, open_ticket(service))
    service.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not _connects(service.port), "new connections were taken")
    assert upload.finish() == 200
    assert service.process.wait(timeout=40) == 0


def test_requests_that_take_longer_than_the_grace_are_ended(start: Start) -> None:
    service = start(GRACE_SECONDS="1", ADMIN_PASSWORD=ACCOUNT[1])
    upload = SlowUpload(service.media, connected(service), ACCOUNT, open_ticket(service))
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=40) == 0
    assert "timeout graceful shutdown exceeded" in service.log
    upload.give_up()
    assert list(service.media.glob("upload/**/*.txt")) == []


def open_ticket(service: LiveService) -> str:
    made = httpx.post(f"{service.url}/api/tickets/", auth=ACCOUNT, json={"limit": 1})
    return str(made.json()["url"].split("/")[-2])


def connected(service: LiveService) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=30)


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket as systemd opens it for the service."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as made:
        yield made


@contextmanager
def served(folder: Path, listening: socket.socket, *, count: int = 1, **variables: str) -> Iterator[LiveService]:
    """A service that systemd would have started with that socket."""
    service = start_on_socket(folder, listening, {"HELPDESK_PASSWORD_ROUNDS": "4", **variables}, count=count)
    try:
        yield service
    finally:
        service.process.terminate()
        service.process.wait(timeout=40)


def test_a_socket_that_was_passed_is_taken_and_outlives_the_process(
    live_folder: Path, listening: socket.socket
) -> None:
    with served(live_folder, listening, HELPDESK_ADMIN_PASSWORD=ACCOUNT[1]) as first:
        wait_until_ready(first)
        assert httpx.get(f"{first.url}/api/users/me/", auth=ACCOUNT).status_code == 200
    answers: list[int] = []
    waiting = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{first.url}/api/users/me/", auth=ACCOUNT, timeout=60).status_code)
    )
    waiting.start()
    with served(live_folder, listening, HELPDESK_WORKERS="2"):
        waiting.join(timeout=60)
        assert answers == [200]


def test_it_listens_on_one_socket_and_no_more(live_folder: Path, listening: socket.socket) -> None:
    with served(live_folder, listening, count=2) as service:
        assert service.process.wait(timeout=40) == 1
    assert service.log == "helpdesk-api: 2 sockets were passed, and the service listens on one.\n"


@pytest.mark.parametrize("name", ["{folder}/notify", "@helpdesk-{pid}"])
def test_the_service_manager_is_told_when_it_is_ready(live_folder: Path, name: str) -> None:
    address = name.format(folder=live_folder, pid=os.getpid())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0"))
        manager.settimeout(60)
        service = start_service(live_folder, {"NOTIFY_SOCKET": address})
        assert manager.recv(100) == b"READY=1"
        assert "listens on" in service.printed
        service.process.terminate()
        assert service.process.wait(timeout=40) == 0
