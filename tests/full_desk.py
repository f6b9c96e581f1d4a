"""An instance with some of everything, made over the three APIs, and everything it answers to a GET."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select

from factories import PNG, Account, make_account
from flicket_desk import open_ticket, post, reply, send_files
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Attachment, Queue, User

# What changes from one request to the next, or describes the process.
_NOT_COMPARED = {"/healthz", "/readyz"}
_PARAMETER = re.compile(r"\{(\w+)\}")
_ODD_NAMES = ("Übersicht 2018.txt", "two words.txt", "two words.txt", "日本語.txt", f"{'long' * 40}.txt")


@dataclass(frozen=True)
class Desk:
    """Who is there."""

    admin: Account
    agent: Account
    requester: Account

    @property
    def accounts(self) -> tuple[Account, Account, Account]:
        """Everybody."""
        return self.admin, self.agent, self.requester


async def fill(client: httpx.AsyncClient, database: Database) -> Desk:
    """Make accounts, and let them work."""
    async with unit_of_work(database.sessions) as session:
        admin = await make_account(session, "admin", is_staff=True, is_superuser=True)
        agent = await make_account(session, "agent", is_staff=True)
        requester = await make_account(session, "requester", email="requester@example.com")
    desk = Desk(admin, agent, requester)
    await _upload(client, desk)
    await _answer_in_api(client, desk)
    session = database.read_sessions()
    queue = await session.scalar(select(Queue))
    assert queue is not None
    await _work_in_flicket(client, desk, queue)
    return desk


async def _sent(client: httpx.AsyncClient, account: Account, method: str, path: str, **options: Any) -> Any:
    answer = await client.request(method, path, headers=account.token, **options)
    assert answer.is_success, (path, answer.text)
    return answer.json() if answer.content else None


async def _upload(client: httpx.AsyncClient, desk: Desk) -> None:
    """Upload tickets: waiting, half full, full; one file deleted again, one ticket too."""
    for limit, count in ((3, 0), (9, len(_ODD_NAMES)), (1, 1)):
        ticket = await _sent(client, desk.requester, "POST", "/api/tickets/", json={"limit": limit})
        for name in _ODD_NAMES[:count]:
            form = {"ticket": ticket["url"].rstrip("/").rpartition("/")[2], "name": name}
            files = {"file": (name, f"content of {name}\0\n".encode())}
            sent = await _sent(client, desk.requester, "POST", "/api/files/", data=form, files=files)
    listed = (await _sent(client, desk.requester, "GET", "/api/files/"))["results"]
    await _sent(client, desk.requester, "DELETE", listed[0]["url"])
    assert sent["file"].startswith("/media/")


async def _answer_in_api(client: httpx.AsyncClient, desk: Desk) -> None:
    """Support tickets with a custom field, follow-ups with files, changes; the ticket with the highest id is gone."""
    field = {"name": "colour", "label": "Colour", "data_type": "list", "list_values": ["red", "tab\there"]}
    await _sent(client, desk.admin, "POST", "/api/custom-fields/", json=field)
    queues = (await _sent(client, desk.agent, "GET", "/api/queues/"))["results"]
    opened = []
    for title in ("Printer on fire", "back\\slash \\N and\ttab\r\nand line", "To be gone"):
        body = {
            "queue": queues[0]["id"],
            "title": title,
            "description": f"**{title}** \\.",
            "custom_colour": "tab\there",
        }
        opened.append(await _sent(client, desk.agent, "POST", "/api/tickets/", json=body))
    first = f"/api/tickets/{opened[0]['id']}/"
    await _sent(client, desk.agent, "PATCH", first, json={"assigned_to": desk.agent.id, "priority": 1})
    said = {"ticket": opened[0]["id"], "title": "On it", "comment": "Soon.", "public": True, "time_spent": "00:20:00"}
    followup = await _sent(client, desk.agent, "POST", "/api/followups/", json=said)
    await _sent(client, desk.agent, "PATCH", f"/api/followups/{followup['id']}/", json={"comment": "Sooner."})
    form = {"followup": str(followup["id"])}
    await _sent(client, desk.agent, "POST", "/api/followups-attachments/", data=form, files={"file": ("a.png", PNG)})
    await _sent(client, desk.agent, "PATCH", first, json={"merged_to": opened[1]["id"]})
    await _sent(client, desk.agent, "DELETE", f"/api/tickets/{opened[2]['id']}/")


async def _work_in_flicket(client: httpx.AsyncClient, desk: Desk, category: Queue) -> None:
    """Tickets, posts, files, subscriptions, a claim and a picture."""
    ticket = await open_ticket(client, desk.requester, category, title="Help")
    answered = await reply(client, desk.agent, ticket, "Which *one*?")
    await send_files(client, desk.requester, {"topic_id": ticket["id"]}, "screen.png", "screen.png")
    await send_files(client, desk.agent, {"post_id": answered["id"]})
    await post(client, desk.agent, f"ticket/{ticket['id']}/claim")
    await post(client, desk.admin, "subscriptions", {"ticket_id": ticket["id"], "user_id": desk.admin.id})
    picture = {"avatar": ("me.png", PNG)}
    path = f"/flicket-api/user/{desk.agent.id}/avatar"
    assert (await client.post(path, headers=desk.agent.bearer, files=picture)).status_code == 200


async def everything_it_answers(
    client: httpx.AsyncClient, database: Database, desk: Desk
) -> dict[tuple[str, str], tuple[int, dict[str, str], bytes]]:
    """The answer to every GET there is, with every id there may be, for everybody: by user name and path."""
    document = (await client.get("/openapi.json")).json()
    names = await _names(database)
    paths = [one for path, methods in document["paths"].items() if "get" in methods for one in _filled(path, names)]
    answers = {}
    for account, path in itertools.product(desk.accounts, paths):
        answer = await client.get(path, headers=account.token)
        headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
        answers[account.user.username, path] = (answer.status_code, headers, answer.content)
    return answers


async def _names(database: Database) -> list[str]:
    """How files are called in addresses."""
    session = database.read_sessions()
    rows = (await session.execute(select(Attachment.path, Attachment.short_name))).all()
    pictures = (await session.scalars(select(User.avatar))).all()
    found = [one for row in rows for one in row] + [one.rpartition("/")[2] for one in pictures if one]
    return [one for one in found if one]


def _filled(path: str, names: list[str]) -> Iterator[str]:
    parameter = _PARAMETER.search(path)
    if path in _NOT_COMPARED:
        return
    if parameter is None:
        yield path
        return
    values = names if parameter[1] in ("path", "filename") else [str(number) for number in range(1, 16)]
    for value in values:
        yield from _filled(path.replace(parameter[0], value, 1), names)
