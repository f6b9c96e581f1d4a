"""Streams of events over a real connection: as they happen, as long as one may read them, and to a good end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable

import httpx

from event_stream import consuming
from live_service import LiveService
from post import until

Start = Callable[..., LiveService]
SECRET = "correct-horse-battery"


async def open_tickets(client: httpx.AsyncClient, headers: dict[str, str], count: int) -> None:
    for _ in range(count):
        (await client.post("/api/tickets/", headers=headers, json={"limit": 1})).raise_for_status()


async def make_agent(client: httpx.AsyncClient, admin: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The path of a new agent, and headers with a token of theirs."""
    body = {"username": "agent", "password": SECRET, "email": "agent@example.com", "is_staff": True}
    made = (await client.post("/api/users/", headers=admin, json=body)).json()
    answer = await client.post("/flicket-api/tokens", auth=("agent", SECRET))
    return f"/api/users/{made['id']}/", {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_everybody_gets_every_event_as_it_happens(start: Start) -> None:
    """Also long after requests have to be answered, and beside somebody who does not read."""
    service = await asyncio.to_thread(start, "--workers", "2", REQUEST_TIMEOUT="1")
    admin = await asyncio.to_thread(service.sign_in)
    async with (
        httpx.AsyncClient(base_url=service.url) as client,
        consuming(service.url, admin) as new,
        consuming(service.url, admin, after=0) as old,
    ):
        with socket.create_connection(("127.0.0.1", service.port)) as deaf:
            lines = (
                "GET /api/events/stream/?after=0 HTTP/1.1",
                "Host: localhost",
                f"Authorization: {admin['Authorization']}",
            )
            deaf.sendall("\r\n".join((*lines, "", "")).encode())
            await asyncio.sleep(2)
            await asyncio.gather(*(open_tickets(client, admin, 20) for _ in range(5)))
            await until(lambda: len(new.ids) == 100)
        await until(lambda: len(old.ids) >= 101)
        assert new.ids == list(range(new.ids[0], new.ids[0] + 100))
        assert old.ids == list(range(1, new.ids[-1] + 1))
        assert {event["type"] for event in new.events} == {"ticket.created"}
        assert new.events == old.events[-100:]
        assert (new.connected, old.connected) == (1, 1)


async def test_whoever_may_not_read_any_more_is_cut_off(start: Start) -> None:
    service = await asyncio.to_thread(start)
    admin = await asyncio.to_thread(service.sign_in)
    async with httpx.AsyncClient(base_url=service.url) as client:
        path, agent = await make_agent(client, admin)
        async with consuming(service.url, agent) as consumer:
            assert (await client.delete("/flicket-api/tokens", headers=agent)).status_code == 204
            await until(lambda: consumer.refused == 401)
            assert (consumer.connected, consumer.ended) == (1, 1)
        basic = httpx.BasicAuth("agent", SECRET)._auth_header
        async with consuming(service.url, {"Authorization": basic}) as consumer:
            changed = await client.patch(path, headers=admin, json={"is_staff": False})
            assert changed.status_code == 200, changed.text
            await until(lambda: consumer.refused == 403)
            assert (consumer.connected, consumer.ended) == (1, 1)


async def test_a_service_that_stops_ends_its_streams_and_whoever_comes_again_has_missed_nothing(start: Start) -> None:
    service = await asyncio.to_thread(start)
    admin = await asyncio.to_thread(service.sign_in)
    async with consuming(service.url, admin, after=0) as consumer:
        async with httpx.AsyncClient(base_url=service.url) as client:
            await open_tickets(client, admin, 3)
        service.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(service.process.wait, 40) == 0, service.log
        assert (consumer.connected, consumer.ended) == (1, 1)
        again = await asyncio.to_thread(start, "--port", str(service.port))
        async with httpx.AsyncClient(base_url=again.url) as client:
            await open_tickets(client, admin, 3)
        await until(lambda: len([one for one in consumer.events if one["type"] == "ticket.created"]) == 6)
        assert consumer.ids == list(range(1, len(consumer.ids) + 1))
        assert consumer.connected == 2
