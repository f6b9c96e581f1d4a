"""The service behind nginx and Caddy as deploy/ configures them: links, addresses, uploads, and restarts under load."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from desk_of_two import ACCOUNT, Desk
from live_service import wait_until
from proxies import HOST, PROXIES, Proxy
from slow_upload import SlowUpload

Serve = Callable[..., tuple[Proxy, Desk]]

both = pytest.mark.parametrize("kind", sorted(PROXIES))


def open_ticket(client: httpx.Client) -> str:
    """The path of a new ticket."""
    return httpx.URL(client.post("/api/tickets/", json={"limit": 1}).json()["url"]).path


@both
def test_links_name_the_host_and_the_scheme_that_the_client_sees(serve: Serve, kind: str) -> None:
    proxy, _ = serve(kind)
    with proxy.client(auth=ACCOUNT) as client:
        made = client.post("/api/tickets/", json={"limit": 1}, headers={"X-Forwarded-Proto": "ftp"})
        health = client.get("/readyz")
    assert made.json()["url"] == f"https://{HOST}/api/tickets/1/"
    assert made.headers["strict-transport-security"] == "max-age=31536000"
    assert (health.status_code, health.json()["status"]) == (200, "ok")


@both
def test_an_address_a_client_claims_to_have_is_not_believed(serve: Serve, kind: str) -> None:
    proxy, desk = serve(kind)
    with proxy.client(auth=ACCOUNT) as client:
        client.get("/api/", headers={"X-Forwarded-For": "203.0.113.7", "X-Request-ID": "claimed"})
    (line,) = (line for process in desk.processes for line in process.log.splitlines() if "request_id=claimed" in line)
    assert "client=127.0.0.1" in line


@both
def test_an_upload_reaches_the_service_while_it_is_still_being_sent(serve: Serve, kind: str) -> None:
    proxy, desk = serve(kind)
    with proxy.client(auth=ACCOUNT) as client:
        number = open_ticket(client).split("/")[-2]
        upload = SlowUpload(desk.media, proxy.connect(), ACCOUNT, number, size=30_000_000, host=HOST)
        assert upload.finish() == 200
        kept = client.get(f"/media/upload/admin/slow-{number}.txt")
    assert kept.content == b"x" * 30_000_000 + b"the end"


# nginx does not ask for readiness: there processes share a socket, as systemd passes it.
@pytest.mark.parametrize(
    ("kind", "shared_socket"),
    [("caddy", False), ("caddy", True), ("nginx", True)],
    ids=["caddy, a port each", "caddy, one socket", "nginx, one socket"],
)
def test_both_processes_are_restarted_under_load_and_no_request_is_lost(
    serve: Serve, kind: str, shared_socket: bool
) -> None:
    proxy, desk = serve(kind, shared_socket=shared_socket)
    uploads = []
    with proxy.client(auth=ACCOUNT) as client:
        for _ in range(4):
            number = open_ticket(client).split("/")[-2]
            uploads.append(SlowUpload(desk.media, proxy.connect(), ACCOUNT, number, host=HOST))
    done = threading.Event()
    with ThreadPoolExecutor() as threads:
        try:
            load = [threads.submit(send, proxy, done, writes) for writes in (True, True, False, False)]
            first = desk.processes[0]
            restart = threads.submit(desk.restart, 0)
            wait_until(lambda: "Shutting down" in first.log, "the first process did not stop")
            assert [upload.finish() for upload in uploads] == [200] * 4
            restart.result()
            desk.restart(1)
        finally:
            done.set()
    answers = sum((one.result() for one in load), Counter[tuple[str, int]]())
    assert answers.keys() == {("POST", 200), ("GET", 200)}, answers
    with proxy.client(auth=ACCOUNT) as client:
        assert client.get("/api/tickets/").json()["count"] == answers["POST", 200] + 4
    print(f"{kind}, {len(desk.ports)} ports: {answers.total()} requests, none lost")  # noqa: T201  # `make deploy-test` shows it


def send(proxy: Proxy, done: threading.Event, writes: bool) -> Counter[tuple[str, int]]:
    """Send requests one after the other until it is done; how they were answered. A broken connection raises."""
    answers: Counter[tuple[str, int]] = Counter()
    with proxy.client(auth=ACCOUNT) as client:
        while not done.is_set():
            answer = client.post("/api/tickets/", json={"limit": 1}) if writes else client.get("/api/tickets/1/")
            answers[answer.request.method, answer.status_code] += 1
    return answers


def test_nginx_sends_plain_http_to_https(serve: Serve) -> None:
    proxy, _ = serve("nginx")
    answer = httpx.post(f"http://127.0.0.1:{proxy.plain_port}/api/tickets/", headers={"Host": HOST})
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{HOST}/api/tickets/")
