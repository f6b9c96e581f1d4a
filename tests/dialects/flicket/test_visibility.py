"""Who sees what under /flicket-api/, on every route that reads, under both settings of HELPDESK_TICKET_VISIBILITY."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx
import pytest
from sqlalchemy import update

from clients import client_over
from factories import Account
from flicket_desk import get, items, make_private, open_ticket, post, reply, send_files
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue, Ticket
from helpdesk_api.settings import Settings

Categories = Mapping[str, Queue]


@dataclass(frozen=True)
class Desk:
    """A ticket with everything on it; one post is public, one private, and each was edited and has a file."""

    ticket: int
    public: Mapping[str, str]
    private: Mapping[str, str]
    # What is listed, by the list: how many with and without what is private.
    lists: Mapping[str, tuple[int, int]]


@pytest.fixture(params=["requester", "team"])
def visibility(request: pytest.FixtureRequest) -> Literal["requester", "team"]:
    """Both settings."""
    setting: Literal["requester", "team"] = request.param
    return setting


@pytest.fixture
async def desk_client(
    settings: Settings, database: Database, visibility: Literal["requester", "team"]
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with that setting."""
    async with client_over(settings.model_copy(update={"ticket_visibility": visibility}), database) as client:
        yield client


async def edit(client: httpx.AsyncClient, account: Account, path: str, content: str) -> None:
    answer = await client.put(f"/flicket-api/{path}", headers=account.bearer, json={"content": content})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def desk(
    desk_client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> Desk:
    """The ticket, opened by the requester."""
    client = desk_client
    ticket = await open_ticket(client, requester, categories["ECN"], content="original")
    topic = {"topic_id": ticket["id"]}
    topic_file = await send_files(client, requester, topic)
    await edit(client, requester, f"ticket/{ticket['id']}", "content")
    said, secret = await reply(client, agent, ticket, "said"), await reply(client, agent, ticket, "sekrit")
    found: list[dict[str, str]] = []
    for one in (said, secret):
        file = await send_files(client, agent, {"post_id": one["id"]})
        await edit(client, agent, f"post/{one['id']}", f"{one['content']} again")
        history = (await items(client, agent, f"histories/?post_id={one['id']}"))[0]
        found.append(
            {
                "post": f"/flicket-api/post/{one['id']}",
                "rendered": f"/flicket-api/post/{one['id']}?render=html",
                "upload": f"/flicket-api/upload/{file['id']}",
                "file": f"/flicket_uploads/{file['filename']}",
                "history": f"/flicket-api/history/{history['id']}",
            }
        )
    await make_private(session, secret)
    ticket_id = ticket["id"]
    subscription = (await items(client, requester, f"subscriptions/{ticket_id}/"))[0]
    action = (await items(client, requester, f"actions/{ticket_id}"))[0]
    history = (await items(client, requester, f"histories/?topic_id={ticket_id}"))[0]
    found[0] |= {
        "ticket": f"/flicket-api/ticket/{ticket_id}",
        "rendered ticket": f"/flicket-api/ticket/{ticket_id}?render=html",
        "topic's upload": f"/flicket-api/upload/{topic_file['id']}",
        "topic's file": f"/flicket_uploads/{topic_file['filename']}",
        "topic's history": f"/flicket-api/history/{history['id']}",
        "subscription": f"/flicket-api/subscription/{subscription['id']}",
        "action": f"/flicket-api/action/{action['id']}",
    }
    lists = {
        "tickets/": (1, 1),
        "tickets/1/": (1, 1),
        "tickets/?content=said": (1, 1),
        "tickets/?content=sekrit": (1, 0),
        f"posts/{ticket_id}/": (2, 1),
        f"posts/{ticket_id}/1/": (2, 1),
        f"subscriptions/{ticket_id}/": (2, 2),
        f"subscriptions/{ticket_id}/1/": (2, 2),
        "subscriptions/": (2, 2),
        "uploads/": (3, 2),
        "uploads/1/": (3, 2),
        "histories/": (3, 2),
        "histories/1/": (3, 2),
        f"histories/?topic_id={ticket_id}": (1, 1),
        f"histories/?post_id={secret['id']}": (1, 0),
        f"actions/{ticket_id}": (1, 1),
    }
    return Desk(ticket_id, found[0], found[1], lists)


async def exported(client: httpx.AsyncClient, account: Account, query: str = "") -> int:
    """How many tickets an export has."""
    answer = await client.get(f"/flicket-api/tickets.csv{query}", headers=account.bearer)
    return answer.text.count("\r\n") - 1


async def assert_sees(client: httpx.AsyncClient, account: Account, desk: Desk, *, private: bool) -> None:
    """They see everything public, and what is private or not."""
    for name, url in desk.public.items():
        assert (await client.get(url, headers=account.bearer)).status_code == 200, name
    for name, url in desk.private.items():
        answer = await client.get(url, headers=account.bearer)
        assert answer.status_code == (200 if private else 404), name
        assert private or answer.json() == {"error": "Not Found"}
    for path, (with_private, without) in desk.lists.items():
        shown = await get(client, account, path)
        expected = with_private if private else without
        assert (len(shown["items"]), shown["_meta"]["total_items"]) == (expected, expected), path
        assert private or "sekrit" not in str(shown["items"])
    assert await exported(client, account) == 1
    assert await exported(client, account, "?content=sekrit") == int(private)


async def assert_sees_nothing(client: httpx.AsyncClient, account: Account, desk: Desk) -> None:
    """For them, nothing of it is there."""
    for name, url in {**desk.public, **desk.private}.items():
        answer = await client.get(url, headers=account.bearer)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"}), name
    for path in desk.lists:
        shown = await get(client, account, path)
        assert (shown["items"], shown["_meta"]["total_items"]) == ([], 0), path
    assert await exported(client, account) == 0


async def test_staff_see_everything(desk_client: httpx.AsyncClient, desk: Desk, agent: Account, admin: Account) -> None:
    for account in (agent, admin):
        await assert_sees(desk_client, account, desk, private=True)


async def test_the_opener_sees_everything_but_what_is_private(
    desk_client: httpx.AsyncClient, desk: Desk, requester: Account
) -> None:
    await assert_sees(desk_client, requester, desk, private=False)


async def test_whom_it_does_not_concern_sees_it_in_a_team_only(
    desk_client: httpx.AsyncClient, desk: Desk, stranger: Account, visibility: str
) -> None:
    if visibility == "team":
        await assert_sees(desk_client, stranger, desk, private=False)
    else:
        await assert_sees_nothing(desk_client, stranger, desk)


@pytest.mark.parametrize("visibility", ["requester"], indirect=True)
@pytest.mark.parametrize("how", ["requested", "assigned", "subscribed"])
async def test_whoever_requested_it_is_assigned_or_follows_it_sees_it_too(
    desk_client: httpx.AsyncClient, desk: Desk, agent: Account, stranger: Account, session: Session, how: str
) -> None:
    if how == "requested":
        its = Ticket.id == desk.ticket
        await session.execute(update(Ticket).where(its).values(submitter_email=stranger.user.email))
    elif how == "assigned":
        # Past the workflow, which would subscribe them as well.
        await session.execute(update(Ticket).where(Ticket.id == desk.ticket).values(assignee_id=stranger.id))
    else:
        await post(desk_client, agent, "subscriptions", {"ticket_id": desk.ticket, "user_id": stranger.id})
    for name, url in desk.public.items():
        assert (await desk_client.get(url, headers=stranger.bearer)).status_code == 200, name
    for name, url in desk.private.items():
        assert (await desk_client.get(url, headers=stranger.bearer)).status_code == 404, name


@pytest.mark.parametrize("visibility", ["requester"], indirect=True)
async def test_an_empty_address_requests_nothing(
    desk_client: httpx.AsyncClient, desk: Desk, stranger: Account, session: Session
) -> None:
    stranger.user.email = ""
    await session.execute(update(Ticket).where(Ticket.id == desk.ticket).values(submitter_email=""))
    await session.flush()
    await assert_sees_nothing(desk_client, stranger, desk)


async def test_in_a_team_everybody_replies_but_only_those_concerned_change_anything(
    settings: Settings, database: Database, categories: Categories, requester: Account, stranger: Account
) -> None:
    async with client_over(settings.model_copy(update={"ticket_visibility": "team"}), database) as client:
        ticket = await open_ticket(client, requester, categories["ECN"])
        said = await reply(client, requester, ticket)
        await reply(client, stranger, ticket)
        forbidden = [
            ("PUT", f"ticket/{ticket['id']}", {"title": "x"}),
            ("PUT", f"ticket/{ticket['id']}", {}),
            ("DELETE", f"ticket/{ticket['id']}", None),
            ("POST", f"ticket/{ticket['id']}/close", {}),
            ("POST", f"ticket/{ticket['id']}/reopen", None),
            ("POST", f"ticket/{ticket['id']}/claim", None),
            ("POST", f"ticket/{ticket['id']}/release", None),
            ("POST", f"ticket/{ticket['id']}/assign", {"user_id": stranger.id}),
            ("PUT", f"post/{said['id']}", {"content": "x"}),
            ("DELETE", f"post/{said['id']}", None),
        ]
        for method, path, body in forbidden:
            answer = await client.request(method, f"/flicket-api/{path}", headers=stranger.bearer, json=body)
            assert answer.status_code == 403, (method, path)
