"""`helpdesk-api serve`: what it says at its start, and that it ends completely however it is ended."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from live_service import (
    FIRST_ADMIN,
    LiveService,
    processes_left,
    wait_until,
    worker_pids,
)

Start = Callable[..., LiveService]


def stop(service: LiveService, how: signal.Signals = signal.SIGTERM) -> int:
    service.process.send_signal(how)
    return service.process.wait(timeout=40)


def assert_all_gone(service: LiveService) -> None:
    """Nothing of the service runs any more; helpers of Python's own, and a server that was cut off, take a moment."""
    wait_until(lambda: processes_left(service) == [], f"left of the service: {processes_left(service)}", seconds=15)


def test_the_first_start_says_where_it_listens_and_shows_the_admins_password_once(start: Start) -> None:
    service = start()
    url = service.url
    *admin, listens = service.printed.splitlines()
    assert listens == f"helpdesk-api listens on {url} and explains itself on {url}/docs"
    password = service.password
    assert admin == [f"Made the first admin: user name admin, password {password}", "This password is shown only now."]
    assert httpx.get(f"{url}/docs").status_code == 200
    me = httpx.get(f"{url}/api/users/me/", auth=("admin", password)).json()
    assert (me["username"], me["is_staff"], me["is_superuser"]) == ("admin", True, True)
    assert stop(service) == 0
    again = start()
    assert FIRST_ADMIN.search(again.printed) is None
    assert httpx.get(f"{again.url}/api/users/me/", auth=("admin", password)).status_code == 200
    assert password not in service.log


def test_a_password_that_is_given_is_taken_as_given_and_not_shown(start: Start) -> None:
    service = start(ADMIN_USERNAME="root", ADMIN_PASSWORD="short")
    assert len(service.printed.splitlines()) == 1
    assert "short" not in service.printed + service.log
    assert httpx.get(f"{service.url}/api/users/me/", auth=("root", "short")).status_code == 200


@pytest.mark.parametrize(("workers", "how"), [("1", signal.SIGINT), ("1", signal.SIGTERM), ("2", signal.SIGTERM)])
def test_asked_to_stop_it_ends_well_and_leaves_no_process(start: Start, workers: str, how: signal.Signals) -> None:
    service = start(WORKERS=workers)
    assert stop(service, how) == 0
    assert_all_gone(service)
    assert "Traceback" not in service.log


def test_ctrl_c_in_a_terminal_reaches_every_process_and_ends_well_too(start: Start) -> None:
    service = start(WORKERS="2")
    wait_until(lambda: service.log.count("Application startup complete") == 2, "one of the workers did not start")
    os.killpg(service.process.pid, signal.SIGINT)
    assert service.process.wait(timeout=40) == 0
    assert_all_gone(service)
    assert "Traceback" not in service.log


@pytest.mark.parametrize("moment", [0.3, 0.9])
def test_asked_to_stop_while_it_starts_it_ends_too(start: Start, moment: float) -> None:
    service = start(ready=False)
    time.sleep(moment)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=40) in (0, -signal.SIGTERM)
    if (service.folder / "var/postgres/server.lock").exists():
        assert_all_gone(service)
    assert "Traceback" not in service.log


def test_killed_it_leaves_no_worker_and_no_database_server(start: Start) -> None:
    service = start("--workers", "2")
    assert len(worker_pids(service)) == 2
    service.process.kill()
    service.process.wait()
    assert_all_gone(service)


def test_started_right_after_a_kill_it_has_lost_nothing(start: Start) -> None:
    service = start()
    password = service.password
    ticket = httpx.post(f"{service.url}/api/tickets/", headers=service.sign_in(), json={"limit": 3}).json()
    service.process.kill()
    service.process.wait()
    again = start()
    kept = httpx.get(f"{again.url}{httpx.URL(ticket['url']).path}", auth=("admin", password)).json()
    assert {**kept, "url": ""} == {**ticket, "url": ""}


def test_a_worker_that_dies_or_hangs_is_replaced_while_the_other_serves(start: Start) -> None:
    service = start("--workers", "2")
    wait_until(lambda: service.log.count("Application startup complete") == 2, "one of the workers did not start")
    killed, stopped = worker_pids(service)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: service.log.count("Application startup complete") == 3, "no worker came for the one that died")
    os.kill(stopped, signal.SIGSTOP)
    wait_until(lambda: service.log.count("Application startup complete") == 4, "no worker came for the one that hung")
    assert not {killed, stopped} & set(worker_pids(service))
    with httpx.Client(base_url=service.url, timeout=30) as client:
        answers = [client.get("/readyz", headers={"Connection": "close"}).status_code for _ in range(20)]
    assert answers == [200] * 20


def test_running_requests_are_finished_before_the_end(start: Start) -> None:
    service = start()
    headers = service.sign_in()
    ticket = httpx.post(f"{service.url}/api/tickets/", headers=headers, json={"limit": 1}).json()
    number = int(re.findall(r"/(\d+)/$", ticket["url"])[0])

    def slowly() -> Iterator[bytes]:
        yield f'--B\r\nContent-Disposition: form-data; name="ticket"\r\n\r\n{number}\r\n--B\r\n'.encode()
        yield b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for round_number in range(10):
            yield b"x" * 1000
            if round_number == 2:
                service.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        yield b"\r\n--B--\r\n"

    form = {**headers, "Content-Type": "multipart/form-data; boundary=B"}
    answer = httpx.post(f"{service.url}/api/files/", headers=form, content=slowly(), timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"file": "/media/upload/admin/a.txt", "ticket": number})
    assert service.process.wait(timeout=40) == 0
    assert (service.media / "upload/admin/a.txt").read_bytes() == b"x" * 10_000
    assert_all_gone(service)


def test_log_lines_are_json_without_colours_if_asked(start: Start) -> None:
    service = start(LOG_FORMAT="json", LOG_LEVEL="DEBUG")
    httpx.get(f"{service.url}/api/", headers={"X-Request-ID": "mine"})
    stop(service)
    lines = [json.loads(line) for line in service.log.splitlines()]
    assert [line["path"] for line in lines if line.get("request_id") == "mine"] == ["/api/"]
    assert "color_message" not in service.log
    assert "\\u001b" not in service.log
