"""What Basic authentication costs: few bcrypt runs, and no database connection while one goes on."""

from __future__ import annotations

import asyncio

import httpx

from bcrypt_runs import BcryptRuns
from clients import basic, client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

OWN_RECORD = "/api/users/me/"


async def test_a_right_pair_is_verified_once_and_then_remembered(
    client: httpx.AsyncClient, requester: Account, runs: BcryptRuns
) -> None:
    for _ in range(5):
        assert (await client.get(OWN_RECORD, headers=requester.basic)).status_code == 200
    assert runs.count == 1


async def test_wrong_passwords_are_never_remembered_and_cost_the_same_for_anybody(
    client: httpx.AsyncClient, requester: Account, runs: BcryptRuns
) -> None:
    costs = []
    for headers in (basic("requester", "wrong"), basic("requester", "wrong"), basic("nobody", "wrong")):
        before = runs.count
        assert (await client.get(OWN_RECORD, headers=headers)).status_code == 401
        costs.append(runs.count - before)
    assert costs == [1, 1, 1]


async def test_tokens_cost_no_bcrypt_run(client: httpx.AsyncClient, requester: Account, runs: BcryptRuns) -> None:
    assert (await client.get(OWN_RECORD, headers=requester.token)).status_code == 200
    assert runs.count == 0


async def test_many_first_requests_at_once_share_one_bcrypt_run(
    settings: Settings, small_pool: Database, stored: Account, runs: BcryptRuns
) -> None:
    async with client_over(settings, small_pool) as client:
        answers = await asyncio.gather(*(client.get(OWN_RECORD, headers=stored.basic) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert runs.count == 1


async def test_no_database_connection_is_held_while_a_password_is_verified(
    settings: Settings, small_pool: Database, stored: Account, runs: BcryptRuns
) -> None:
    runs.gate.clear()
    async with client_over(settings, small_pool) as client:
        pair = {"username": "requester", "password": "wrong"}
        waiting = [
            asyncio.create_task(client.get(OWN_RECORD, headers=stored.basic)),
            asyncio.create_task(client.post("/api-token-auth/", json=pair)),
        ]
        await asyncio.to_thread(runs.started.wait, 10)
        # One connection for everybody: with the two above holding it, this would be a 503 after five seconds.
        answer = await client.get(OWN_RECORD, headers=stored.token)
        assert (answer.status_code, [task.done() for task in waiting]) == (200, [False, False])
        runs.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 400]


async def test_no_database_connection_is_held_while_a_new_password_is_hashed(
    settings: Settings, small_pool: Database, stored: Account, runs: BcryptRuns
) -> None:
    runs.gate.clear()
    async with client_over(settings, small_pool) as client:
        waiting = asyncio.create_task(
            client.patch(f"/api/users/{stored.id}/", headers=stored.token, json={"password": "a-new-passphrase"})
        )
        await asyncio.to_thread(runs.started.wait, 10)
        assert (await client.get(OWN_RECORD, headers=stored.token)).status_code == 200
        runs.gate.set()
        assert (await waiting).status_code == 200


async def test_the_event_loop_goes_on_while_a_password_is_verified(
    settings: Settings, small_pool: Database, stored: Account, runs: BcryptRuns
) -> None:
    runs.gate.clear()
    async with client_over(settings, small_pool) as client:
        waiting = asyncio.create_task(client.get(OWN_RECORD, headers=stored.basic))
        await asyncio.to_thread(runs.started.wait, 10)
        answers = await asyncio.wait_for(client.get("/healthz"), timeout=5)
        assert (answers.status_code, waiting.done()) == (200, False)
        runs.gate.set()
        assert (await waiting).status_code == 200
