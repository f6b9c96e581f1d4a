"""What is taken from somebody is gone at once, in every worker, however warm: a real service with two of them."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients import basic
from live_service import LiveService, running_service, wait_until, worker_pids

PASSWORD = "correct-horse-battery"
OWN_RECORD = "/api/users/me/"
FOR_STAFF = "/api/followups/"
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Workers:
    """A service, and a way to choose who of its two workers answers."""

    service: LiveService
    pids: tuple[int, int]
    admin: Headers

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """While it lasts, the other worker is stopped and takes no connection; keep it short, or it is replaced."""
        other = self.pids[1 - worker]
        os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(other, signal.SIGCONT)

    def ask(self, method: str, path: str, headers: Headers, **body: Any) -> int:
        """The status of a request on a connection of its own."""
        return httpx.request(method, self.service.url + path, headers=dict(headers), timeout=30, **body).status_code

    def ask_each(self, path: str, *everyone: Headers) -> list[list[int]]:
        """What each worker answers to each of these."""
        found = []
        for worker in (0, 1):
            with self.alone(worker):
                found.append([self.ask("GET", path, headers) for headers in everyone])
        return found

    def warm(self, path: str, *everyone: Headers) -> None:
        """Have each worker answer each of these twice, so that what it remembers it remembers."""
        for _ in range(2):
            assert self.ask_each(path, *everyone) == [[200] * len(everyone)] * 2

    def account(self, username: str, **roles: bool) -> tuple[int, Headers, Headers, Headers]:
        """A new account's id, and how it signs in: by password, and by a token in both spellings."""
        new = {"username": username, "password": PASSWORD, **roles}
        made = httpx.post(f"{self.service.url}/api/users/", headers=dict(self.admin), json=new)
        pair = {"username": username, "password": PASSWORD}
        token = httpx.post(f"{self.service.url}/api-token-auth/", json=pair).json()["token"]
        bearer, drf = {"Authorization": f"Bearer {token}"}, {"Authorization": f"Token {token}"}
        return int(made.json()["id"]), basic(username, PASSWORD), bearer, drf


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One service for the module; each test has accounts of its own."""
    with tempfile.TemporaryDirectory(prefix="hd-") as folder:
        environment = {"HELPDESK_WORKERS": "2", "HELPDESK_PASSWORD_ROUNDS": "4"}
        with running_service(Path(folder), environment) as service:
            wait_until(lambda: service.log.count("Application startup complete") == 2, "a worker did not start")
            first, second = worker_pids(service)
            yield Workers(service, (first, second), service.sign_in())


@pytest.mark.parametrize("through", [0, 1])
def test_a_deactivated_account_is_out_of_every_worker(workers: Workers, through: int) -> None:
    user, *everyone = workers.account(f"deactivated-{through}")
    workers.warm(OWN_RECORD, *everyone)
    with workers.alone(through):
        path = f"/api/users/{user}/"
        assert workers.ask("PATCH", path, workers.admin, json={"is_active": False}) == 200
    assert workers.ask_each(OWN_RECORD, *everyone) == [[401, 401, 401]] * 2


def test_a_revoked_token_is_out_of_every_worker_and_the_password_is_not(workers: Workers) -> None:
    _, password, bearer, token = workers.account("revoked")
    workers.warm(OWN_RECORD, password, bearer, token)
    with workers.alone(0):
        assert workers.ask("DELETE", "/flicket-api/tokens", bearer) == 204
    assert workers.ask_each(OWN_RECORD, password, bearer, token) == [[200, 401, 401]] * 2


def test_a_new_password_ends_the_old_one_and_the_tokens_in_every_worker(workers: Workers) -> None:
    user, *everyone = workers.account("renewed")
    workers.warm(OWN_RECORD, *everyone)
    with workers.alone(0):
        path = f"/flicket-api/user/{user}"
        assert workers.ask("PUT", path, workers.admin, json={"password": "another-fine-horse"}) == 200
    renewed = basic("renewed", "another-fine-horse")
    assert workers.ask_each(OWN_RECORD, *everyone, renewed) == [[401, 401, 401, 200]] * 2


def test_a_deleted_account_is_out_of_every_worker(workers: Workers) -> None:
    user, *everyone = workers.account("deleted")
    workers.warm(OWN_RECORD, *everyone)
    with workers.alone(0):
        assert workers.ask("DELETE", f"/api/users/{user}/", workers.admin) == 204
    assert workers.ask_each(OWN_RECORD, *everyone) == [[401, 401, 401]] * 2


def test_whoever_is_no_agent_any_more_is_none_in_every_worker(workers: Workers) -> None:
    user, *everyone = workers.account("demoted", is_staff=True)
    workers.warm(FOR_STAFF, *everyone)
    with workers.alone(0):
        assert workers.ask("PATCH", f"/api/users/{user}/", workers.admin, json={"is_staff": False}) == 200
    assert workers.ask_each(FOR_STAFF, *everyone) == [[403, 403, 403]] * 2
    assert workers.ask_each(OWN_RECORD, *everyone) == [[200, 200, 200]] * 2


def test_under_load_no_request_that_begins_after_a_deactivation_is_let_in(workers: Workers) -> None:
    user, _, bearer, _ = workers.account("busy")
    stop, answers = threading.Event(), []

    def go_on_asking() -> None:
        with httpx.Client(base_url=workers.service.url, headers=dict(bearer), timeout=30) as client:
            while not stop.is_set():
                begun = time.monotonic()
                answers.append((begun, client.get(OWN_RECORD).status_code))

    with ThreadPoolExecutor(8) as crowd:
        asking = [crowd.submit(go_on_asking) for _ in range(8)]
        try:
            wait_until(lambda: len(answers) > 200, "nobody asks")
            path = f"/api/users/{user}/"
            assert workers.ask("PATCH", path, workers.admin, json={"is_active": False}) == 200
            gone, before = time.monotonic(), len(answers)
            wait_until(lambda: len(answers) > before + 200, "nobody asks any more")
        finally:
            stop.set()
    assert [one.exception() for one in asking] == [None] * 8
    after = [status for begun, status in answers if begun > gone]
    assert len(after) > 100
    assert set(after) == {401}
