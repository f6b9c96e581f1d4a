"""Bodies that do not come, or come in drops: cut, with nothing stored, and no database connection held meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from clients import client_over
from factories import PASSWORD, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.dialects.wire.openapi import bodies_of
from helpdesk_api.dialects.wire.session import OneStepSessionDep, SessionDep
from helpdesk_api.settings import Settings
from uploading import MULTIPART, form, left_overs, open_ticket, part, row_counts, send_file, stored_files

JSON = {"Content-Type": "application/json"}
UPLOAD = form(part("ticket", "1"), part("file", b"x" * 4000, "a.png"))


class Half(NamedTuple):
    """A request whose body does not come to its end."""

    method: str
    path: str
    kind: dict[str, str]
    sent: bytes


# Every way in which a body is read: JSON and forms in both dialects, with and without credentials.
BODIES = [
    Half("POST", "/api-token-auth/", JSON, b'{"username": "requester", "password": '),
    Half("POST", "/api/tickets/", JSON, b'{"limit": '),
    Half("POST", "/api/tickets/", {"Content-Type": "application/x-www-form-urlencoded"}, b"limit="),
    Half("POST", "/api/tickets/", MULTIPART, form(part("limit", "5"))[:-5]),
    Half("POST", "/api/files/", MULTIPART, UPLOAD[:-20]),
    Half("POST", "/flicket-api/tickets", JSON, b'{"title": '),
    Half("PUT", "/flicket-api/user/{user}", JSON, b'{"name": '),
]


async def never_ending(*chunks: bytes, pause: float = 0) -> AsyncIterator[bytes]:
    """A body whose end does not come: the chunks, and then silence; or, with a pause, the last one for ever."""
    for chunk in chunks:
        yield chunk
    while pause:
        await asyncio.sleep(pause)
        yield chunks[-1]
    await asyncio.Event().wait()


def shape(answer: httpx.Response) -> object:
    """The answer to a body that is too slow, as its dialect words it."""
    words = "The request did not arrive in time."
    flicket = answer.request.url.path.startswith("/flicket")
    return {"error": "Request Timeout", "message": words} if flicket else {"detail": words}


@pytest.mark.parametrize("half", BODIES)
async def test_half_a_body_is_answered_when_nothing_more_comes(
    settings: Settings,
    database: Database,
    session: Session,
    requester: Account,
    half: Half,
) -> None:
    impatient = settings.model_copy(update={"body_idle_timeout": 0.1})
    before = await row_counts(session)
    async with client_over(impatient, database) as client:
        answer = await client.request(
            half.method,
            half.path.format(user=requester.id),
            headers=requester.token | half.kind,
            content=never_ending(half.sent),
        )
    assert (answer.status_code, answer.json(), answer.headers["connection"]) == (408, shape(answer), "close")
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == ([], [])


@pytest.mark.parametrize("half", [BODIES[1], BODIES[4]])
async def test_a_byte_now_and_then_is_not_enough(
    settings: Settings,
    database: Database,
    requester: Account,
    half: Half,
) -> None:
    impatient = settings.model_copy(update={"body_idle_timeout": 0.3})
    async with client_over(impatient, database) as client:
        drops = never_ending(half.sent, b" ", pause=0.02)
        answer = await client.request(half.method, half.path, headers=requester.token | half.kind, content=drops)
    assert (answer.status_code, answer.json()) == (408, shape(answer))


async def test_an_upload_may_take_longer_than_other_requests_as_long_as_it_comes(
    settings: Settings, database: Database, requester: Account
) -> None:
    async with client_over(settings, database) as client:
        ticket = await open_ticket(client, requester)
    limits = {"request_timeout": 0.2, "body_idle_timeout": 30}
    async with client_over(settings.model_copy(update=limits), database) as client:
        whole = form(part("ticket", str(ticket)), part("file", b"x" * 4000, "a.png"))

        async def slowly() -> AsyncIterator[bytes]:
            for start in range(0, len(whole), 1000):
                await asyncio.sleep(0.1)
                yield whole[start : start + 1000]

        answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=slowly())
        assert (answer.status_code, stored_files(settings)) == (200, ["upload/requester/a.png"])


@pytest.mark.parametrize("half", [BODIES[0], BODIES[1], BODIES[5]])
async def test_any_other_body_has_to_be_there_in_time(
    settings: Settings,
    database: Database,
    requester: Account,
    half: Half,
) -> None:
    # Long enough to find out who asks, also on a busy machine: that is answered otherwise.
    limits = {"request_timeout": 1, "body_idle_timeout": 30}
    async with client_over(settings.model_copy(update=limits), database) as client:
        spaces = never_ending(half.sent, b" " * 1024, pause=0.02)
        answer = await client.request(half.method, half.path, headers=requester.token | half.kind, content=spaces)
    assert (answer.status_code, answer.json()) == (408, shape(answer))


async def test_work_that_is_not_done_in_time_is_given_up(
    settings: Settings, empty_database: Database, session: Session, requester: Account
) -> None:
    async with empty_database.sessions() as setting_up, setting_up.begin():
        hurried = settings.model_copy(update={"request_timeout": 0.3})
        async with client_over(hurried, empty_database) as client:
            # Every token is looked for in this table.
            await (await setting_up.connection()).exec_driver_sql("LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE")
            answers = [
                await client.get(path, headers=requester.token) for path in ("/api/tickets/", "/flicket-api/tickets/")
            ]
    words = "This took too long. Please try again."
    assert [answer.json() for answer in answers] == [
        {"detail": words},
        {"error": "Service Unavailable", "message": words},
    ]
    assert [(one.status_code, one.headers["retry-after"], "x-request-id" in one.headers) for one in answers] == [
        (503, "5", True)
    ] * 2


@pytest.mark.parametrize("half", BODIES)
async def test_no_database_connection_is_held_while_a_body_comes(
    settings: Settings,
    small_pool: Database,
    stored: Account,
    half: Half,
) -> None:
    asked_for_more = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield half.sent
        asked_for_more.set()
        await asyncio.Event().wait()

    async with client_over(settings, small_pool) as client:
        waiting = asyncio.create_task(
            client.request(
                half.method, half.path.format(user=stored.id), headers=stored.token | half.kind, content=body()
            )
        )
        await asyncio.wait_for(asked_for_more.wait(), timeout=30)
        # There is one connection, for everybody.
        others = [
            await client.get("/api/users/me/", headers=stored.token),
            await client.post("/api/tickets/", headers=stored.token, json={"limit": 1}),
            await client.post("/api-token-auth/", json={"username": "requester", "password": PASSWORD}),
        ]
        assert ([answer.status_code for answer in others], waiting.done()) == ([200, 200, 200], False)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


def in_order(dependant: Dependant) -> list[object]:
    """What a route depends on, in the order in which it is run."""
    return [call for one in dependant.dependencies for call in (*in_order(one), one.call)]


def test_every_route_reads_its_body_before_it_opens_a_unit_of_work(app: FastAPI) -> None:
    opening = {one.__metadata__[0].dependency for one in (SessionDep, OneStepSessionDep)}
    late = []
    for route in app.routes:
        if isinstance(route, APIRoute) and any(bodies_of(route.dependant)):
            order = in_order(route.dependant)
            body = max(place for place, call in enumerate(order) if hasattr(call, "body_model"))
            if not opening & set(order[body:]) or opening & set(order[:body]):
                late.append(route.name)
    assert late == []


async def test_a_user_sends_so_many_uploads_at_the_same_time(
    settings: Settings, database: Database, requester: Account, stranger: Account
) -> None:
    async with client_over(settings.model_copy(update={"max_open_uploads": 1}), database) as client:
        ticket = await open_ticket(client, requester)
        begun, end = asyncio.Event(), asyncio.Event()
        whole = form(part("ticket", str(ticket)), part("file", b"x" * 4000, "first.png"))

        async def body() -> AsyncIterator[bytes]:
            yield whole[:-20]
            begun.set()
            await end.wait()
            yield whole[-20:]

        first = asyncio.create_task(client.post("/api/files/", headers=requester.token | MULTIPART, content=body()))
        await asyncio.wait_for(begun.wait(), timeout=30)
        second = await send_file(client, requester, ticket, "second.png")
        flicket = await client.post(
            f"/flicket-api/user/{requester.id}/avatar", headers=requester.token, files={"file": ("a.png", b"x")}
        )
        ticket_without_a_file = await client.post("/api/tickets/", headers=requester.token, json={"limit": 1})
        another = await send_file(client, stranger, ticket, "another.png")
        end.set()
        assert (await first).status_code == 200
        third = await send_file(client, requester, ticket, "third.png")
    assert [answer.status_code for answer in (second, flicket, ticket_without_a_file, another, third)] == [
        *(429, 429),
        *(200, 400, 200),
    ]
    assert second.json() == {"detail": "Request was throttled. Expected available in 5 seconds."}
    assert {name: second.headers[name] for name in ("retry-after", "ratelimit-policy", "ratelimit")} == {
        "retry-after": "5",
        "ratelimit-policy": '"uploads";q=1;qu="concurrent-requests"',
        "ratelimit": '"uploads";r=0;t=5',
    }
    assert stored_files(settings) == ["upload/requester/first.png", "upload/requester/third.png"]


@pytest.mark.parametrize(("size", "status"), [(2048, 400), (2049, 413)])
async def test_the_size_of_a_body_is_a_setting(
    settings: Settings, database: Database, requester: Account, size: int, status: int
) -> None:
    async with client_over(settings.model_copy(update={"max_body_size": 2048}), database) as client:
        for path in ("/api/tickets/", "/flicket-api/tickets"):
            body = b'{"limit": "' + b"x" * (size - 13) + b'"}'
            answer = await client.post(path, headers=requester.token | JSON, content=body)
            assert answer.status_code == status
