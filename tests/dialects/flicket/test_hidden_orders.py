"""What a plain user may not read, no order, search or blank post lets them find out."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import text

from factories import Account
from flicket_desk import get, items, make_private, open_ticket, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue

Categories = Mapping[str, Queue]


@pytest.mark.parametrize("sort", ["replies_desc", "last_updated_desc"])
async def test_private_replies_move_a_ticket_for_staff_alone(
    client: httpx.AsyncClient,
    session: Session,
    categories: Categories,
    requester: Account,
    agent: Account,
    sort: str,
) -> None:
    busy = await open_ticket(client, requester, categories["ECN"], title="busy in private")
    quiet = await open_ticket(client, requester, categories["ECN"], title="answered")
    await reply(client, requester, quiet)
    for _ in range(2):
        await make_private(session, await reply(client, agent, busy))
    # Everything in a test happens at one moment: the tickets were there before what was said on them.
    await session.execute(text("UPDATE tickets SET created_at = created_at - interval '1 hour'"))
    await session.execute(text("UPDATE followups SET created_at = created_at - interval '1 hour' WHERE is_opening"))
    listed = {
        account.user.username: [item["title"] for item in await items(client, account, f"tickets/?sort={sort}")]
        for account in (agent, requester)
    }
    assert listed == {"agent": ["busy in private", "answered"], "requester": ["answered", "busy in private"]}


async def test_words_that_were_edited_away_are_found_no_more(
    client: httpx.AsyncClient, categories: Categories, agent: Account
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"], content="oldword stays")
    changed = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=agent.bearer, json={"content": "newword"})
    assert changed.status_code == 200
    found = {word: await items(client, agent, f"tickets/?content={word}") for word in ("oldword", "newword")}
    assert {word: [item["id"] for item in listed] for word, listed in found.items()} == {
        "oldword": [],
        "newword": [ticket["id"]],
    }


async def test_blanks_are_no_post(client: httpx.AsyncClient, categories: Categories, agent: Account) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    refused = await client.post(
        "/flicket-api/posts", headers=agent.bearer, json={"ticket_id": ticket["id"], "content": " \n "}
    )
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "Bad Request", "message": "content must not be blank."},
    )
    url = f"/flicket-api/ticket/{ticket['id']}/close"
    assert (await client.post(url, headers=agent.bearer, json={"content": "  "})).status_code == 200
    assert (await get(client, agent, f"posts/{ticket['id']}/"))["items"] == []
