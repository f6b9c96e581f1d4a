"""Uploads over HTTP: what is refused, and that nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from factories import Account
from flicket_desk import file_named, open_ticket, post, reply, send_files
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Categories = Mapping[str, Queue]
ONE_OF_BOTH = "Must include either topic_id or post_id."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, ONE_OF_BOTH),
        ({"topic_id": "1", "post_id": "1"}, ONE_OF_BOTH),
        ({"topic_id": "x"}, "topic_id must be an integer."),
        ({"post_id": "1.0"}, "post_id must be an integer."),
        ({"topic_id": "999999"}, "not a valid topic_id"),
        ({"topic_id": "9" * 30}, "not a valid topic_id"),
        ({"post_id": "999999"}, "not a valid post_id"),
    ],
)
async def test_files_for_nothing_are_refused_and_not_kept(
    client: httpx.AsyncClient, agent: Account, settings: Settings, data: dict[str, str], message: str
) -> None:
    answer = await client.post("/flicket-api/uploads", headers=agent.bearer, data=data, files=file_named("a.png"))
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})
    assert (stored_files(settings), left_overs(settings)) == ([], [])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "Must include a file named file."),
        (file_named("a.png", field="other"), "Must include a file named file."),
        (file_named("a.exe"), "Unsupported file extension: .exe"),
        (file_named("a.png", b""), "The submitted file is empty."),
        ([*file_named("a.png"), *file_named("b.sh")], "Unsupported file extension: .sh"),
    ],
)
async def test_what_is_no_wanted_file_is_refused_and_nothing_is_kept(
    client: httpx.AsyncClient,
    categories: Categories,
    agent: Account,
    settings: Settings,
    files: list[tuple[str, tuple[str, bytes, str]]],
    message: str,
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    # A part that is sent as a file makes it a form even where there is none to keep.
    parts = [("topic_id", (None, str(ticket["id"]).encode())), *files]
    answer = await client.post("/flicket-api/uploads", headers=agent.bearer, files=parts)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_only_forms_carry_files(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.post("/flicket-api/uploads", headers=agent.bearer, json={"topic_id": 1})
    assert (answer.status_code, answer.json()["error"]) == (415, "Unsupported Media Type")


async def test_who_may_edit_the_text_adds_files_to_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    by_agent, by_requester = await reply(client, agent, ticket), await reply(client, requester, ticket)
    await send_files(client, agent, {"topic_id": ticket["id"]})
    await send_files(client, agent, {"post_id": by_requester["id"]})
    refused: list[tuple[Account, dict[str, str], int]] = [
        (requester, {"post_id": str(by_agent["id"])}, 403),
        (stranger, {"topic_id": str(ticket["id"])}, 400),
        (stranger, {"post_id": str(by_agent["id"])}, 400),
    ]
    for account, data, status in refused:
        answer = await client.post("/flicket-api/uploads", headers=account.bearer, data=data, files=file_named("a.png"))
        assert answer.status_code == status
    await post(client, agent, "subscriptions", {"ticket_id": ticket["id"], "user_id": stranger.id})
    data = {"topic_id": str(ticket["id"])}
    answer = await client.post("/flicket-api/uploads", headers=stranger.bearer, data=data, files=file_named("a.png"))
    assert answer.status_code == 403
