"""A help desk in which every kind of thing is there once, made by the people of `docs/permissions.md` over the API."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import PNG, Account, make_account, make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.domain.webhooks.signing import new_secret
from helpdesk_api.models import CustomField, Delivery, Department, FollowUp, Queue, Webhook

ROLES = ("stranger", "follower", "owner", "agent", "admin")
# Larger than any id, and a name that no file has.
NEVER = 987_654_321
Ids = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """Who there is, by role, and by the words of the table what a request names of each thing."""

    people: Mapping[str, Account]
    things: Mapping[str, Ids]

    def ids(self, thing: str) -> Ids:
        """What a request about a thing has to name; nothing where the words are no thing's."""
        return {**self.things["the desk"], **self.things.get(thing, {})}


def missing(ids: Ids, of: Ids) -> Ids:
    """As the ids of a thing, but of one that was never there; the desk itself stays."""
    return {**ids, **{name: NEVER if isinstance(value, int) else f"never-{name}" for name, value in of.items()}}


@dataclass(frozen=True)
class Builder:
    """Makes the things, as their makers' clients would."""

    client: httpx.AsyncClient
    session: Session
    people: Mapping[str, Account]
    category: int

    async def send(self, who: str, method: str, path: str, **body: Any) -> Any:
        """The JSON of a request that must succeed."""
        answer = await self.client.request(method, path, headers=self.people[who].token, **body)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def ticket(self, opener: str, title: str) -> int:
        """A support ticket that the follower follows."""
        body = {"title": title, "content": title, "category_id": self.category, "ticket_priority_id": 1}
        ticket = (await self.send(opener, "POST", "/flicket-api/tickets", json=body))["id"]
        follower = {"ticket_id": ticket, "user_id": self.people["follower"].id}
        await self.send("agent", "POST", "/flicket-api/subscriptions", json=follower)
        return int(ticket)

    async def assigned(self, title: str, assignee: str) -> int:
        """A support ticket opened by the admin that somebody works on."""
        ticket = await self.ticket("admin", title)
        body = {"user_id": self.people[assignee].id}
        await self.send("admin", "POST", f"/flicket-api/ticket/{ticket}/assign", json=body)
        return ticket

    async def post(self, who: str, ticket: int, text: str, *, public: bool = True) -> Ids:
        """A reply with a file and a history: what a request names of all of that."""
        if public:
            body = {"ticket_id": ticket, "content": text}
            post = (await self.send(who, "POST", "/flicket-api/posts", json=body))["id"]
        else:
            body = {"ticket": ticket, "comment": text, "public": False}
            post = (await self.send(who, "POST", "/api/followups/", json=body))["id"]
        await self.send(who, "PUT", f"/flicket-api/post/{post}", json={"content": f"{text}, edited"})
        file = {"file": (f"{text}.png", PNG, "image/png")}
        upload = await self.send(who, "POST", "/flicket-api/uploads", data={"post_id": str(post)}, files=file)
        histories = await self.send(who, "GET", f"/flicket-api/histories/?post_id={post}")
        record = await self.send("admin", "GET", f"/api/followups-attachments/{upload['id']}/")
        return {
            "ticket_id": ticket,
            "post_id": post,
            "followup_id": post,
            "upload_id": upload["id"],
            "attachment_id": upload["id"],
            "filename": upload["filename"],
            "path": record["file"].partition("/media/")[2],
            "history_id": histories["items"][0]["id"],
        }

    async def upload_ticket(self) -> tuple[Ids, Ids]:
        """The owner's upload ticket with a file: what a request names of it, and of the file."""
        opened = await self.send("owner", "POST", "/api/tickets/", json={"limit": 3})
        ticket = int(opened["url"].split("/")[-2])
        sent = await self.send(
            "owner", "POST", "/api/files/", data={"ticket": str(ticket)}, files={"file": ("scan.png", PNG, "image/png")}
        )
        listed = await self.send("owner", "GET", f"/api/files/?ticket={ticket}")
        file = {
            "file_id": int(listed["results"][0]["url"].split("/")[-2]),
            "path": sent["file"].partition("/media/")[2],
        }
        return {"ticket_id": ticket}, file

    async def subscription(self, ticket: int, who: str) -> Ids:
        """Somebody's subscription to a ticket."""
        listed = await self.send("admin", "GET", f"/flicket-api/subscriptions/{ticket}/")
        mine = [item for item in listed["items"] if item["user_id"] == self.people[who].id]
        return {"ticket_id": ticket, "subscription_id": mine[0]["id"]}

    async def avatar(self, who: str) -> str:
        """The name of somebody's new picture."""
        path = f"/flicket-api/user/{self.people[who].id}/avatar"
        shown = await self.send(who, "POST", path, files={"avatar": ("me.png", PNG, "image/png")})
        return str(shown["avatar"].rpartition("/")[2])


async def make_people(session: Session) -> dict[str, Account]:
    """Everybody of the table, a colleague of the agent's, and an account that nothing names."""
    roles: dict[str, dict[str, Any]] = {
        **{role: {"email": f"{role}@example.com"} for role in ("stranger", "follower", "owner", "idle")},
        **{role: {"is_staff": True} for role in ("agent", "colleague")},
        "admin": {"is_staff": True, "is_superuser": True},
    }
    return {role: await make_account(session, role, **values) for role, values in roles.items()}


async def make_world(client: httpx.AsyncClient, session: Session) -> World:
    """Everything the table speaks of."""
    people = await make_people(session)
    queue = await session.scalar(select(Queue).order_by(Queue.id))
    assert queue is not None
    builder = Builder(client, session, people, queue.id)
    things: dict[str, Ids] = {
        "the desk": {
            "category_id": queue.id,
            "queue_id": queue.id,
            "user_id": people["owner"].id,
            "other_id": people["idle"].id,
        },
        **await _catalogue(session),
        **await _webhooks(builder),
        **await _tickets(builder),
        **await _accounts(builder),
    }
    return World(people, things)


async def _catalogue(session: Session) -> dict[str, Ids]:
    """What staff set up, with nothing in it so that it can be deleted."""
    empty = await make_department(session, "Empty")
    department = await session.scalar(select(Department).order_by(Department.id))
    assert department is not None
    queue = await make_queue(session, "Unused", department)
    fields = [
        CustomField(name=name, label=name, data_type="varchar", max_length=20, staff_only=name == "secret")
        for name in ("colour", "secret")
    ]
    session.add_all(fields)
    await session.flush()
    return {
        "a queue": {"queue_id": queue.id, "category_id": queue.id, "department_id": department.id},
        "a department": {"department_id": empty.id},
        "a custom field": {"field_id": fields[0].id},
        "a custom field of staff's": {"field_id": fields[1].id},
        "a priority": {"priority_id": 1},
        "a status": {"status_id": 1},
    }


async def _webhooks(builder: Builder) -> dict[str, Ids]:
    """A webhook whose address is allowed no more (no test touches the network), and a message it was not told."""
    webhook = Webhook(url="http://127.0.0.1/", description="a webhook", secret=new_secret())
    builder.session.add(webhook)
    await builder.session.flush()
    payload = {"id": "msg_1", "type": "ticket.closed", "body": "{}"}
    delivery = Delivery(channel="webhook", lane="lane", webhook_id=webhook.id, payload=payload, state="failed")
    builder.session.add(delivery)
    await builder.session.flush()
    return {"a webhook": {"webhook_id": webhook.id, "delivery_id": delivery.id}}


async def _tickets(builder: Builder) -> dict[str, Ids]:
    """Tickets of both kinds, with what hangs on them."""
    ticket = await builder.ticket("owner", "the support ticket")
    closed = await builder.ticket("owner", "the closed ticket")
    await builder.send("owner", "POST", f"/flicket-api/ticket/{closed}/close", json={})
    quiet = await builder.ticket("admin", "the admin's ticket")
    private = await builder.post("colleague", ticket, "private", public=False)
    actions = await builder.send("owner", "GET", f"/flicket-api/actions/{ticket}")
    upload_ticket, file = await builder.upload_ticket()
    opening = await builder.session.scalar(select(FollowUp.id).where(FollowUp.ticket_id == ticket, FollowUp.is_opening))
    return {
        "an upload ticket": upload_ticket,
        "a file of an upload ticket": file,
        "a support ticket": {"ticket_id": ticket, "followup_id": opening, "action_id": actions["items"][0]["id"]},
        "a closed ticket": {"ticket_id": closed},
        "a ticket of the admin's": {"ticket_id": quiet},
        "a ticket the owner works on": {"ticket_id": await builder.assigned("the owner's work", "owner")},
        "a ticket a colleague works on": {"ticket_id": await builder.assigned("a colleague's work", "colleague")},
        "a reply": await builder.post("owner", ticket, "public"),
        "a private reply": private,
        "the owner's subscription": await builder.subscription(ticket, "owner"),
        "a subscription for a private reply": await builder.subscription(ticket, "colleague"),
    }


async def _accounts(builder: Builder) -> dict[str, Ids]:
    """Accounts and pictures."""
    return {
        "the owner's account": {"user_id": builder.people["owner"].id, "filename": await builder.avatar("owner")},
        "an idle account": {"user_id": builder.people["idle"].id},
        "an agent's account": {
            "user_id": builder.people["colleague"].id,
            "filename": await builder.avatar("colleague"),
        },
        "the picture of who has none": {"filename": "__default_profile.png"},
    }


async def _at_nothing() -> None:
    """Let it go unseen."""


class Visitor:
    """Sends requests, each of which is undone."""

    def __init__(self, client: httpx.AsyncClient, connection: AsyncConnection, folder: Path) -> None:
        self._client = client
        self._connection = connection
        self._folder = folder

    async def __call__(self, look: Callable[[], Awaitable[None]] = _at_nothing, **request: Any) -> httpx.Response:
        """The answer; afterwards rows and files are as they were. `look` sees what was done before it is undone."""
        async with self._connection.begin_nested() as savepoint:
            answer = await self._client.request(**request)
            await look()
            await savepoint.rollback()
        if request["method"] != "GET":
            shutil.copytree(self._folder / "copy", self._folder / "media", dirs_exist_ok=True)
        return answer
