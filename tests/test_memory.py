"""What stays in memory after requests that were answered."""

from __future__ import annotations

import gc
import re
from collections import Counter

import httpx
from sqlalchemy.engine import Compiled

from clients import client_over
from full_desk import Desk, fill
from helpdesk_api.db.engine import KEPT_STATEMENTS, Database
from helpdesk_api.settings import Settings

# SQLAlchemy finds some statements under another key the second time, and under that one ever after.
_WARM = 2
_PARAMETER = re.compile(r"\{\w+\}")


async def paths_of_gets(client: httpx.AsyncClient) -> list[str]:
    document = (await client.get("/openapi.json")).json()
    return [_PARAMETER.sub("1", path) for path, methods in document["paths"].items() if "get" in methods]


async def ask_for_everything(client: httpx.AsyncClient, desk: Desk) -> None:
    for account in (desk.admin, desk.requester):
        for path in await paths_of_gets(client):
            await client.get(path, headers=account.token)


def compiled_statements() -> Counter[str]:
    """Those this process keeps; one with all that hangs on it takes 10 kB and more."""
    gc.collect()
    return Counter(str(one) for one in gc.get_objects() if issubclass(type(one), Compiled))


async def test_whatever_was_asked_before_keeps_no_further_statement(
    settings: Settings, empty_database: Database
) -> None:
    async with client_over(settings, empty_database) as client:
        desk = await fill(client, empty_database)
        for _ in range(_WARM):
            await ask_for_everything(client, desk)
        kept = compiled_statements()
        await ask_for_everything(client, desk)
        assert compiled_statements() - kept == Counter()


async def test_lists_of_every_size_and_filter_keep_no_more_statements_than_there_may_be(
    settings: Settings, empty_database: Database
) -> None:
    async with client_over(settings, empty_database) as client:
        desk = await fill(client, empty_database)
        before = compiled_statements().total()
        for status in ("Open", "Closed", "In Work", "Awaiting Information"):
            for size in range(1, 101):
                query = {"status": status, "per_page": size}
                answer = await client.get("/flicket-api/tickets/1/", params=query, headers=desk.requester.token)
                assert answer.status_code == 200
        # SQLAlchemy lets half as many again come together before it forgets any.
        assert 0 < compiled_statements().total() - before <= KEPT_STATEMENTS * 1.5
