"""Too many wrong passwords: refused at every door, for a name and for an address, and nobody else is kept out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import ClassVar

import httpx
import pytest
from fastapi import FastAPI
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bcrypt_runs import BcryptRuns
from clients import basic, client_over
from factories import PASSWORD, Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.domain.rate_limits.service import RateLimits
from helpdesk_api.models import RateLimit
from helpdesk_api.settings import Settings
from query_count import counted

OWN_RECORD = "/api/users/me/"
Door = Callable[[httpx.AsyncClient, str, str], Awaitable[httpx.Response]]


async def by_basic(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.get(OWN_RECORD, headers=basic(username, password))


async def by_flicket_basic(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.get("/flicket-api/tickets/", headers=basic(username, password))


async def by_token_auth(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post("/api-token-auth/", json={"username": username, "password": password})


async def by_alias(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post("/api/api-token-auth/", data={"username": username, "password": password})


async def by_flicket_tokens(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post("/flicket-api/tokens", headers=basic(username, password))


DOORS = [by_basic, by_flicket_basic, by_token_auth, by_alias, by_flicket_tokens]


async def statuses(client: httpx.AsyncClient, door: Door, times: int, username: str = "requester") -> list[int]:
    """What so many wrong passwords are answered, each another."""
    return [(await door(client, username, f"wrong {number}")).status_code for number in range(times)]


@pytest.mark.parametrize("door", DOORS)
async def test_after_ten_wrong_passwords_a_door_is_shut_for_the_name(
    client: httpx.AsyncClient, requester: Account, door: Door
) -> None:
    refusal = 400 if door in (by_token_auth, by_alias) else 401
    assert await statuses(client, door, 12) == [refusal] * 10 + [429] * 2
    # Not even the right one: who guesses must not learn that it was.
    assert (await door(client, "requester", PASSWORD)).status_code == 429


@pytest.mark.parametrize("door", DOORS)
async def test_the_refusal_has_the_shape_of_the_dialect_and_says_when_to_try_again(
    settings: Settings, database: Database, requester: Account, door: Door
) -> None:
    one = settings.model_copy(update={"sign_in_failures_per_name": 1, "sign_in_failures_per_address": 2})
    async with client_over(one, database) as client:
        await statuses(client, door, 1)
        answer = await door(client, "requester", PASSWORD)
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert answer.status_code == 429
    assert answer.headers["ratelimit-policy"] == '"sign-in-name";q=1;w=60'
    assert answer.headers["ratelimit"] == f'"sign-in-name";r=0;t={seconds}'
    unit = "second" if seconds == 1 else "seconds"
    assert answer.json() == (
        {"error": "Too Many Requests", "message": f"Too many failed sign-ins. Try again in {seconds} {unit}."}
        if "flicket" in door.__name__
        else {"detail": f"Request was throttled. Expected available in {seconds} {unit}."}
    )


async def test_all_doors_count_together(client: httpx.AsyncClient, requester: Account) -> None:
    for door in DOORS:
        await statuses(client, door, 2)
    assert [(await door(client, "requester", PASSWORD)).status_code for door in DOORS] == [429] * 5


async def test_a_name_nobody_has_is_answered_as_one_that_somebody_has(
    settings: Settings, database: Database, requester: Account, runs: BcryptRuns
) -> None:
    seen = []
    for username in ("requester", "nobody-of-this-name"):
        async with client_over(settings, database) as client:
            answers = []
            before = runs.count
            for _ in range(12):
                answer = await by_basic(client, username, "wrong")
                answers.append((answer.status_code, sorted(answer.headers), answer.json()["detail"].split(".")[0]))
            seen.append((answers, runs.count - before))
    assert seen[0] == seen[1]
    assert seen[0][1] == 10  # what is refused unseen costs no bcrypt run, either


async def test_a_right_password_clears_the_count_of_its_name_but_not_of_the_address(
    client: httpx.AsyncClient, requester: Account
) -> None:
    await statuses(client, by_basic, 6)
    assert (await by_basic(client, "requester", PASSWORD)).status_code == 200
    assert await statuses(client, by_basic, 5) == [401] * 4 + [429]
    answer = await by_basic(client, "agent", "wrong")
    assert (answer.status_code, answer.headers["ratelimit-policy"]) == (429, '"sign-in-address";q=10;w=60')


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("a-socket", "a-socket", True),
    ],
)
async def test_an_address_is_shut_for_every_name_and_others_are_not(
    settings: Settings, empty_database: Database, first: str, second: str, same: bool
) -> None:
    # Two clients of two apps, which share what they count through the database.
    shared = settings.model_copy(update={"rate_limit_storage": SecretStr("postgresql")})
    async with client_over(shared, empty_database, peer=first) as client:
        for number in range(10):
            await by_basic(client, f"name-{number}", "wrong")
    async with client_over(shared, empty_database, peer=second) as client:
        assert (await by_basic(client, "another", "wrong")).status_code == (429 if same else 401)


async def test_tokens_and_pairs_that_are_remembered_go_on_working(
    client: httpx.AsyncClient, requester: Account
) -> None:
    assert (await by_basic(client, "requester", PASSWORD)).status_code == 200
    assert (await statuses(client, by_basic, 11))[-1] == 429
    for headers in (requester.token, requester.bearer, requester.basic):
        assert (await client.get(OWN_RECORD, headers=headers)).status_code == 200


async def test_right_passwords_are_never_too_many(
    settings: Settings, empty_database: Database, runs: BcryptRuns
) -> None:
    names = [f"colleague-{number}" for number in range(30)]
    async with empty_database.sessions() as session, session.begin():
        accounts = [await make_account(session, name) for name in names]
    async with client_over(settings, empty_database) as client:
        answers = await asyncio.gather(*(client.get(OWN_RECORD, headers=one.basic) for one in accounts * 2))
    assert [answer.status_code for answer in answers] == [200] * 60
    assert runs.count == 30


async def test_a_burst_of_guesses_gets_hardly_more_of_them_than_one_after_another(
    settings: Settings, empty_database: Database, runs: BcryptRuns
) -> None:
    async with client_over(settings, empty_database) as client:
        answers = await asyncio.gather(*(by_basic(client, "requester", f"guess {number}") for number in range(60)))
    assert {answer.status_code for answer in answers} == {401, 429}
    assert 10 <= runs.count < 10 + (os.cpu_count() or 1)


@pytest.mark.parametrize("doors", [(by_basic, by_token_auth), (by_flicket_tokens, by_flicket_basic)])
async def test_workers_count_together_through_the_database(
    settings: Settings, empty_database: Database, doors: tuple[Door, Door]
) -> None:
    shared = settings.model_copy(update={"rate_limit_storage": SecretStr("postgresql")})
    async with client_over(shared, empty_database) as one, client_over(shared, empty_database) as another:
        await statuses(one, doors[0], 5)
        await statuses(another, doors[1], 5)
        assert [(await by_basic(client, "requester", PASSWORD)).status_code for client in (one, another)] == [429, 429]
        # What is stored are digests: who types a password where the name belongs finds it nowhere.
        async with empty_database.read_sessions() as session:
            keys = (await session.scalars(select(RateLimit.key))).all()
            assert [key for key in keys if "requester" in key] == []
        # A minute later.
        async with empty_database.sessions() as session, session.begin():
            await session.execute(update(RateLimit).values(expires_at=func.now()))
        assert (await by_basic(one, "requester", "wrong")).status_code == 401


async def test_a_pair_that_is_remembered_asks_nothing_more_of_the_database(
    settings: Settings, database: Database, connection: AsyncConnection, requester: Account
) -> None:
    shared = settings.model_copy(update={"rate_limit_storage": SecretStr("postgresql")})
    async with client_over(shared, database) as client:
        async with counted(connection) as first:
            assert (await by_basic(client, "requester", PASSWORD)).status_code == 200
        async with counted(connection) as again:
            assert (await by_basic(client, "requester", PASSWORD)).status_code == 200
    asked_for = [[one for one in statements if "rate_limits" in one] for statements in (first, again)]
    assert (len(asked_for[0]) > 0, asked_for[1]) == (True, [])


async def test_limits_of_zero_are_none(settings: Settings, database: Database, requester: Account) -> None:
    none = settings.model_copy(update={"sign_in_failures_per_name": 0, "sign_in_failures_per_address": 0})
    async with client_over(none, database) as client:
        assert await statuses(client, by_basic, 15) == [401] * 15


class StorageAway(MemoryStorage):
    """A server of counts that cannot be reached, as the library says so."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["async+away"]

    async def get(self, key: str) -> int:
        """Raise what a storage of the library raises then."""
        raise StorageError(ConnectionRefusedError())


async def test_without_the_counts_nobody_signs_in_and_tokens_go_on_working(
    app: FastAPI, client: httpx.AsyncClient, requester: Account
) -> None:
    app.state.service.limits = RateLimits(StorageAway(), per_name=10, per_address=10, per_token=0)
    answers = [await door(client, "requester", PASSWORD) for door in DOORS]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "5")] * 5
    words = "Rate limits cannot be counted at the moment. Please try again."
    assert answers[0].json() == {"detail": words}
    assert answers[1].json() == {"error": "Service Unavailable", "message": words}
    assert (await client.get(OWN_RECORD, headers=requester.token)).status_code == 200
