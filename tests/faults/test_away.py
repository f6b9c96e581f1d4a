"""A database that is away for ten seconds, stopped or hanging: 503 at every door within five, and back by itself."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from suffering import Sufferer

AWAY_SECONDS = 10
DRF = {"detail": "The database is not available. Please try again."}
FLICKET = {"error": "Service Unavailable", "message": "The database is not available. Please try again."}


async def doors(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """Every operation of the document that asks who is there, and the one that makes tokens."""
    document = (await client.get("/openapi.json")).json()
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "1", path))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") or path == "/api-token-auth/"
    ]


async def knock(client: httpx.AsyncClient, door: tuple[str, str]) -> tuple[float, httpx.Response]:
    """How long a door takes to answer, and what it says."""
    method, path = door
    signing_in = path.rstrip("/") in ("/api-token-auth", "/flicket-api/tokens") and method == "POST"
    body: dict[str, Any] = {"json": {"username": "admin", "password": "x"}} if signing_in else {}
    began = time.monotonic()
    auth = httpx.BasicAuth("admin", "x") if signing_in else None
    answer = await client.request(method, path, auth=auth, **body)
    return time.monotonic() - began, answer


@pytest.mark.parametrize("how", ["hangs", "is stopped"])
async def test_a_database_that_is_away_is_503_at_every_door_and_back_without_a_restart(
    sufferer: Sufferer, how: str, record_property: Callable[[str, object], None]
) -> None:
    assert sufferer.postgres is not None
    leave, return_ = (
        (sufferer.postgres.hang, sufferer.postgres.go_on)
        if how == "hangs"
        else (sufferer.postgres.stop, sufferer.postgres.start)
    )
    async with sufferer.at_work():
        await asyncio.sleep(1)
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=sufferer.url, headers=sufferer.headers, timeout=30, limits=limits
        ) as client:
            every = await doors(client)
            await asyncio.to_thread(leave)
            left = time.monotonic()
            # The first to come know nothing yet; the others come when it is known.
            at_once = await asyncio.gather(*(knock(client, door) for door in every))
            await asyncio.sleep(max(0.0, AWAY_SECONDS / 2 - (time.monotonic() - left)))
            later = await asyncio.gather(*(knock(client, door) for door in every))
            readiness = await client.get("/readyz")
            await asyncio.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - left)))
            await asyncio.to_thread(return_)
        await sufferer.ready_again()
        await asyncio.sleep(1)
    assert len(every) > 80
    unlike = [
        f"{method} {path}: {answer.status_code} {answer.text}"
        for (method, path), (_, answer) in zip(every * 2, at_once + later, strict=True)
        if (answer.status_code, answer.headers.get("Retry-After")) != (503, "5")
        or answer.json() != (FLICKET if path.startswith("/flicket") else DRF)
    ]
    assert unlike == []
    longest = max(seconds for seconds, _ in at_once + later)
    record_property("longest 503", round(longest, 2))
    assert longest < 5
    assert (readiness.status_code, readiness.json()["database"]) == (503, "not reachable")
    assert sufferer.ledger.refused[503] > 0
    await sufferer.stop()
    await sufferer.start()
    await sufferer.assert_nothing_is_lost(least=20)


async def test_a_service_whose_database_hangs_can_be_stopped(sufferer: Sufferer) -> None:
    assert sufferer.postgres is not None
    async with sufferer.at_work():
        await asyncio.sleep(0.5)
    await asyncio.to_thread(sufferer.postgres.hang)
    await sufferer.stop()
    await asyncio.to_thread(sufferer.postgres.go_on)
    await sufferer.start()
    await sufferer.assert_nothing_is_lost(least=8)
