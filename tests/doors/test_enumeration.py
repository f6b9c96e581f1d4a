"""Nobody finds out who has an account: every door gives the same answer, and the same work is done for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import bcrypt
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from clients import basic, client_over
from factories import PASSWORD, Account, make_account
from flicket_desk import open_ticket
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from query_count import counted

Door = Callable[[httpx.AsyncClient, str, str], Awaitable[httpx.Response]]
WRONG = "not-the-password"


def asking(method: str, path: str) -> Door:
    """A door that is knocked at with Basic credentials."""

    async def knock(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
        return await client.request(method, path, headers=basic(username, password))

    return knock


def sending(path: str, kind: str) -> Door:
    """A door that takes user name and password in the body."""

    async def knock(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
        pair: Any = {"username": username, "password": password}
        return await client.post(path, **{kind: pair})

    return knock


DOORS: Mapping[str, Door] = {
    "a route of /api/": asking("GET", "/api/users/me/"),
    "a route of /api/ that writes": asking("POST", "/api/tickets/"),
    "a route of Flicket's": asking("GET", "/flicket-api/tickets/"),
    "a file": asking("GET", "/media/upload/somebody/image.png"),
    "a token of Flicket's": asking("POST", "/flicket-api/tokens"),
    "a token": sending("/api-token-auth/", "json"),
    "a token by a form": sending("/api-token-auth/", "data"),
    "a token at its other address": sending("/api/api-token-auth/", "json"),
}


@dataclass
class Runs:
    """How many password hashes were computed."""

    count: int = 0


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Counts real bcrypt runs."""
    counting, real = Runs(), bcrypt.hashpw

    def hashpw(password: bytes, salt: bytes) -> bytes:
        counting.count += 1
        return real(password, salt)

    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    return counting


@asynccontextmanager
async def fresh(settings: Settings, database: Database, number: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that has seen nobody yet, at an address of its own."""
    async with client_over(settings, database, peer=f"192.0.2.{number}") as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
async def test_a_door_does_not_tell_who_has_an_account(
    settings: Settings, database: Database, session: Session, connection: AsyncConnection, runs: Runs, door: str
) -> None:
    await make_account(session, "known")
    await make_account(session, "chief", is_staff=True, is_superuser=True)
    await make_account(session, "gone", is_active=False)
    unusable = await make_account(session, "unusable")
    unusable.user.password_hash = "!"
    await session.flush()
    tries = [
        ("known", WRONG),
        ("chief", WRONG),
        ("gone", WRONG),
        ("gone", PASSWORD),
        ("unusable", WRONG),
        ("nobody", WRONG),
        ("nobody", PASSWORD),
    ]
    seen = {}
    for number, (username, password) in enumerate(tries):
        async with fresh(settings, database, number) as client, counted(connection) as statements:
            before = runs.count
            answer = await DOORS[door](client, username, password)
        headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
        reads = [one for one in statements if "SAVEPOINT" not in one]
        seen[username, password] = (answer.status_code, answer.content, headers, runs.count - before, reads)
    first = seen["nobody", WRONG]
    assert (first[0], first[3]) == (400 if "token" in door and "Flicket" not in door else 401, 1)
    assert {who: found for who, found in seen.items() if found != first} == {}


async def test_a_right_password_costs_as_many_hashes_as_a_wrong_one(
    settings: Settings, database: Database, requester: Account, runs: Runs
) -> None:
    costs = []
    for number, password in enumerate((PASSWORD, WRONG)):
        async with fresh(settings, database, number) as client:
            before = runs.count
            await client.get("/api/users/me/", headers=basic("requester", password))
            costs.append(runs.count - before)
    assert costs == [1, 1]


def alike(answers: list[httpx.Response]) -> bool:
    """Whether all are the very same answer."""
    return len({(answer.status_code, answer.content) for answer in answers}) == 1


async def test_plain_users_do_not_learn_which_user_names_are_taken(
    client: httpx.AsyncClient, requester: Account, stranger: Account
) -> None:
    names = ("stranger", "nobody-yet", "not a name", "")
    bodies = [{"username": name, "password": PASSWORD} for name in names]
    answers = [await client.post("/api/users/", headers=requester.token, json=body) for body in bodies]
    assert answers[0].status_code == 403
    assert alike(answers)


@pytest.fixture
async def other_ids(session: Session, agent: Account, stranger: Account) -> list[int]:
    """An agent's account, a plain user's, a deactivated one and none."""
    gone = await make_account(session, "gone", is_active=False)
    return [agent.id, stranger.id, gone.id, 987_654_321]


async def test_plain_users_do_not_learn_which_ids_are_accounts(
    client: httpx.AsyncClient, session: Session, queue: Queue, requester: Account, other_ids: list[int]
) -> None:
    ticket = (await open_ticket(client, requester, queue))["id"]
    asked: dict[str, Callable[[int], Awaitable[httpx.Response]]] = {
        "assign": lambda user: client.post(
            f"/flicket-api/ticket/{ticket}/assign", headers=requester.bearer, json={"user_id": user}
        ),
        "subscribe": lambda user: client.post(
            "/flicket-api/subscriptions", headers=requester.bearer, json={"ticket_id": ticket, "user_id": user}
        ),
        "open for": lambda user: client.post(
            "/api/tickets/", headers=requester.token, json={"queue": queue.id, "title": "x", "assigned_to": user}
        ),
        "reassign": lambda user: client.patch(
            f"/api/tickets/{ticket}/", headers=requester.token, json={"assigned_to": user}
        ),
        "look": lambda user: client.get(f"/api/users/{user}/", headers=requester.token),
        "look in Flicket": lambda user: client.get(f"/flicket-api/user/{user}", headers=requester.bearer),
        "change": lambda user: client.patch(f"/api/users/{user}/", headers=requester.token, json={"email": "x"}),
        "delete": lambda user: client.delete(f"/api/users/{user}/", headers=requester.token),
    }
    for name, ask in asked.items():
        assert alike([await ask(user) for user in other_ids]), name


async def test_filters_do_not_tell_who_has_an_account(
    client: httpx.AsyncClient, queue: Queue, requester: Account, stranger: Account, other_ids: list[int]
) -> None:
    await open_ticket(client, requester, queue)
    for path, field in (("/flicket-api/tickets/", "user_id"), ("/flicket-api/tickets.csv", "assigned_id")):
        found = [await client.get(path, headers=requester.bearer, params={field: str(one)}) for one in other_ids]
        texts = {one.text.replace(f"{field}={user}", "") for one, user in zip(found, other_ids, strict=True)}
        assert (len(texts), {one.status_code for one in found}) == (1, {200}), path
    refused = [
        await client.get("/api/tickets/", headers=requester.token, params={"assigned_to": str(one)})
        for one in other_ids
    ]
    texts = {one.text.replace(str(user), "") for one, user in zip(refused, other_ids, strict=True)}
    assert (len(texts), {one.status_code for one in refused}) == (1, {400})
    for parameters in ({"submitter_email": "{}"}, {"search": "{}"}):
        mails = (stranger.user.email, "nobody@example.com")
        queries = [{name: value.format(mail) for name, value in parameters.items()} for mail in mails]
        assert alike([await client.get("/api/tickets/", headers=requester.token, params=one) for one in queries])
    names = [
        await client.get("/flicket-api/users/", headers=requester.bearer, params={"name": one})
        for one in ("stranger", "nothing")
    ]
    assert len({one.text.replace("stranger", "").replace("nothing", "") for one in names}) == 1
    assert [one.json()["items"] for one in names] == [[], []]


async def test_what_a_hidden_ticket_is_merged_into_is_nobodys_to_find_out(
    client: httpx.AsyncClient, queue: Queue, requester: Account, stranger: Account, agent: Account
) -> None:
    mine, foreign = [(await open_ticket(client, one, queue))["id"] for one in (requester, stranger)]
    merged = await client.patch(f"/api/tickets/{mine}/", headers=agent.token, json={"merged_to": foreign})
    assert merged.status_code == 200
    for path in (f"/flicket-api/ticket/{mine}", f"/flicket-api/actions/{mine}", f"/api/user_tickets/{mine}/"):
        shown = await client.get(path, headers=requester.token)
        assert shown.status_code == 200
        assert "merge" not in shown.text
    refused = [
        await client.patch(f"/api/tickets/{mine}/", headers=requester.token, json={"merged_to": target})
        for target in (foreign, 987_654_321)
    ]
    assert refused[0].status_code == 403
    assert alike(refused)
