"""Every way a file comes in, for tests of what holds for all of them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import httpx
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue

Door = Literal["upload", "new ticket", "reply", "attachment", "flicket ticket", "flicket post", "avatar"]
DOORS: tuple[Door, ...] = ("upload", "new ticket", "reply", "attachment", "flicket ticket", "flicket post", "avatar")
# Pictures of users are small and one each: they have no part in a quota.
COUNTED = tuple(door for door in DOORS if door != "avatar")


@dataclass(frozen=True, slots=True)
class Desk:
    """A staff member with tickets that take files."""

    client: httpx.AsyncClient
    account: Account
    queue: int
    upload_ticket: str
    ticket: int
    followup: int

    async def send(self, door: Door, content: bytes = PNG, name: str = "a.png") -> httpx.Response:
        """Send a file through one of the doors."""
        path, values, field = self._form(door)
        files = {field: (name, content, "image/png")}
        return await self.client.post(path, headers=self.account.token, data=values, files=files)

    def _form(self, door: Door) -> tuple[str, dict[str, str], str]:
        ticket, followup = str(self.ticket), str(self.followup)
        match door:
            case "upload":
                return "/api/files/", {"ticket": self.upload_ticket}, "file"
            case "new ticket":
                return "/api/tickets/", {"queue": str(self.queue), "title": "Printer on fire"}, "attachment"
            case "reply":
                return "/api/followups/", {"ticket": ticket, "comment": "Look"}, "attachments"
            case "attachment":
                return "/api/followups-attachments/", {"followup": followup}, "file"
            case "flicket ticket":
                return "/flicket-api/uploads", {"topic_id": ticket}, "file"
            case "flicket post":
                return "/flicket-api/uploads", {"post_id": followup}, "file"
            case "avatar":
                return f"/flicket-api/user/{self.account.id}/avatar", {}, "avatar"


async def make_desk(client: httpx.AsyncClient, session: Session, account: Account) -> Desk:
    """Open an upload ticket and a support ticket with a reply, in the name of somebody of the staff."""
    queue = (await session.scalars(select(Queue.id).order_by(Queue.id))).first()
    assert queue is not None
    uploads = await _post(client, account, "/api/tickets/", {"limit": 100})
    ticket = await _post(client, account, "/api/tickets/", {"queue": queue, "title": "Printer on fire"})
    reply = await _post(client, account, "/api/followups/", {"ticket": ticket["id"], "comment": "Hello"})
    upload_ticket = uploads["url"].rstrip("/").rpartition("/")[2]
    return Desk(client, account, queue, upload_ticket, ticket["id"], reply["id"])


async def _post(client: httpx.AsyncClient, account: Account, path: str, body: dict[str, object]) -> dict[str, Any]:
    answer = await client.post(path, headers=account.token, json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def refusal(door: Door, message: str) -> dict[str, object]:
    """The body of a 400 that is about the file, as the door's dialect has it."""
    if door.startswith("flicket") or door == "avatar":
        return {"error": "Bad Request", "message": message}
    return {"attachments": {"0": [message]}} if door == "reply" else {_field(door): [message]}


def answer_about(door: Door, phrase: str, message: str) -> dict[str, str]:
    """The body of an answer that is not about a field; `phrase` is its status in words."""
    return (
        {"error": phrase, "message": message} if door.startswith("flicket") or door == "avatar" else {"detail": message}
    )


def _field(door: Door) -> str:
    return "attachment" if door == "new ticket" else "file"
