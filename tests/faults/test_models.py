"""The states of upload tickets and of support tickets, walked at random over HTTP beside a plain model of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from factories import PASSWORD, PNG
from suffering import Sufferer

WALKS = settings(
    max_examples=12, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
CLOSED = (3, 4, 5)


class UploadTicket(RuleBasedStateMachine):
    """An upload ticket: files come and go, the limit moves, and the status follows."""

    client: ClassVar[httpx.Client]

    @initialize(limit=st.integers(1, 4))
    def open(self, limit: int) -> None:
        """Open one."""
        answer = self.client.post("/api/tickets/", json={"limit": limit})
        self.path = httpx.URL(answer.json()["url"]).path
        self.id = int(self.path.rstrip("/").rpartition("/")[2])
        self.limit = limit
        self.files = 0

    @rule(content=st.binary(min_size=1, max_size=40))
    def send(self, content: bytes) -> None:
        """A file gets in while there is a place."""
        form = {"ticket": str(self.id)}
        answer = self.client.post("/api/files/", data=form, files={"file": ("a.png", PNG + content)})
        room = self.files < self.limit
        assert answer.status_code == (200 if room else 400), answer.text
        self.files += room

    @rule(which=st.integers(0, 3))
    def remove(self, which: int) -> None:
        """A deleted file frees its place."""
        listed = self.client.get("/api/files/", params={"ticket": self.id}).json()["results"]
        if which < len(listed):
            assert self.client.delete(httpx.URL(listed[which]["url"]).path).status_code == 204
            self.files -= 1

    @rule(limit=st.integers(0, 5))
    def change(self, limit: int) -> None:
        """A limit is at least one, and no less than the files there are."""
        answer = self.client.patch(self.path, json={"limit": limit})
        good = limit >= max(1, self.files)
        assert answer.status_code == (200 if good else 400), answer.text
        self.limit = limit if good else self.limit

    @invariant()
    def shows_its_state(self) -> None:
        """What is shown is what the model says."""
        shown = self.client.get(self.path).json()
        status = "COMPLETED" if self.files == self.limit else "IN PROGRESS" if self.files else "PENDING"
        assert (shown["limit"], shown["status"], len(shown["files"])) == (self.limit, status, self.files)


class SupportTicket(RuleBasedStateMachine):
    """A support ticket between two agents."""

    client: ClassVar[httpx.Client]
    queue: ClassVar[int]
    agents: ClassVar[list[tuple[int, dict[str, str]]]]

    @initialize()
    def open(self) -> None:
        """Open one."""
        answer = self.client.post("/api/tickets/", json={"queue": self.queue, "title": "Printer on fire"})
        self.id = answer.json()["id"]
        self.status = 1
        self.assignee: int | None = None

    def _act(self, agent: int, what: str) -> int:
        path = f"/flicket-api/ticket/{self.id}/{what}"
        return self.client.post(path, headers=self.agents[agent][1], json={} if what == "close" else None).status_code

    @rule(agent=st.integers(0, 1))
    def claim(self, agent: int) -> None:
        """Only an open ticket that nobody else has."""
        me = self.agents[agent][0]
        free = self.status not in CLOSED and self.assignee in (None, me)
        assert self._act(agent, "claim") == (200 if free else 409)
        self.assignee = me if free else self.assignee

    @rule(agent=st.integers(0, 1))
    def release(self, agent: int) -> None:
        """Only one's own, and only while it is open."""
        mine = self.assignee == self.agents[agent][0]
        expected = 409 if self.assignee is None else 403 if not mine else 409 if self.status in CLOSED else 200
        assert self._act(agent, "release") == expected
        self.assignee = None if expected == 200 else self.assignee

    @rule(agent=st.integers(0, 1))
    def close(self, agent: int) -> None:
        """Only what is open."""
        is_open = self.status not in CLOSED
        assert self._act(agent, "close") == (200 if is_open else 409)
        self.status = 4 if is_open else self.status

    @rule(agent=st.integers(0, 1))
    def reopen(self, agent: int) -> None:
        """Only what is closed."""
        is_closed = self.status in CLOSED
        assert self._act(agent, "reopen") == (200 if is_closed else 409)
        self.status = 2 if is_closed else self.status

    @rule(agent=st.integers(0, 1), status=st.sampled_from([1, 2, 3, 4, 5]))
    def say(self, agent: int, status: int) -> None:
        """A follow-up moves a ticket anywhere."""
        body = {"ticket": self.id, "comment": "so be it", "new_status": status}
        assert self.client.post("/api/followups/", headers=self.agents[agent][1], json=body).status_code == 201
        self.status = status

    @invariant()
    def shows_its_state(self) -> None:
        """Both dialects show what the model says."""
        shown = self.client.get(f"/api/tickets/{self.id}/").json()
        assert (shown["status"], shown["assigned_to"]) == (self.status, self.assignee)
        assert self.client.get(f"/flicket-api/ticket/{self.id}").json()["assigned_id"] == self.assignee


async def test_upload_tickets_walk_as_their_model_does(unharmed: Sufferer) -> None:
    headers = await unharmed.sign_in()
    with httpx.Client(base_url=unharmed.url, headers=headers, timeout=60) as client:
        UploadTicket.client = client
        run_state_machine_as_test(UploadTicket, settings=WALKS)  # type: ignore[no-untyped-call]


async def test_support_tickets_walk_as_their_model_does(unharmed: Sufferer) -> None:
    headers = await unharmed.sign_in()
    with httpx.Client(base_url=unharmed.url, headers=headers, timeout=60) as client:
        SupportTicket.client = client
        prepare(client.post)
        run_state_machine_as_test(SupportTicket, settings=WALKS)  # type: ignore[no-untyped-call]


def prepare(post: Callable[..., httpx.Response]) -> None:
    """Two agents and a queue."""
    department = post("/flicket-api/departments", json={"department": "Two agents"}).json()["id"]
    body: dict[str, Any] = {"category": "Printers", "department_id": department}
    SupportTicket.queue = post("/flicket-api/categories", json=body).json()["id"]
    SupportTicket.agents = []
    for name in ("one", "other"):
        made = post("/api/users/", json={"username": name, "password": PASSWORD, "is_staff": True}).json()
        token = post("/api-token-auth/", json={"username": name, "password": PASSWORD}).json()["token"]
        SupportTicket.agents.append((made["id"], {"Authorization": f"Token {token}"}))
