"""Requests with a token, where they are limited: what is left is told with each, and the next token has its own."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

OWN_RECORD = "/api/users/me/"


async def test_without_the_setting_nothing_is_counted(client: httpx.AsyncClient, requester: Account) -> None:
    answers = [await client.get(OWN_RECORD, headers=requester.token) for _ in range(3)]
    assert [(answer.status_code, "ratelimit" in answer.headers) for answer in answers] == [(200, False)] * 3


@pytest.mark.parametrize("storage", ["memory", "postgresql"])
async def test_a_token_has_so_many_requests_a_minute(
    settings: Settings, database: Database, requester: Account, agent: Account, storage: str
) -> None:
    changed = {"token_requests_per_minute": 3, "rate_limit_storage": SecretStr(storage)}
    async with client_over(settings.model_copy(update=changed), database) as client:
        headers = [requester.token, requester.bearer, requester.token]
        allowed = [await client.get(OWN_RECORD, headers=one) for one in headers]
        assert [answer.status_code for answer in allowed] == [200] * 3
        assert [answer.headers["ratelimit"].rpartition(";")[0] for answer in allowed] == [
            '"token";r=2',
            '"token";r=1',
            '"token";r=0',
        ]
        assert {answer.headers["ratelimit-policy"] for answer in allowed} == {'"token";q=3;w=60'}
        refused = await client.get("/api/tickets/", headers=requester.token)
        seconds = int(refused.headers["retry-after"])
        assert (refused.status_code, refused.headers["ratelimit"]) == (429, f'"token";r=0;t={seconds}')
        assert 1 <= seconds <= 60
        assert refused.json()["detail"].startswith("Request was throttled. Expected available in ")
        flicket = await client.get("/flicket-api/tickets/", headers=requester.bearer)
        assert (flicket.status_code, flicket.json()["error"]) == (429, "Too Many Requests")
        # Another's token, and the same user's password, are not held up.
        for other in (agent.token, requester.basic):
            assert (await client.get(OWN_RECORD, headers=other)).status_code == 200


async def test_a_token_that_is_none_is_not_counted(settings: Settings, database: Database) -> None:
    limited = settings.model_copy(update={"token_requests_per_minute": 1})
    async with client_over(limited, database) as client:
        answers = [await client.get(OWN_RECORD, headers={"Authorization": "Token none"}) for _ in range(3)]
    assert [(answer.status_code, "ratelimit" in answer.headers) for answer in answers] == [(401, False)] * 3
