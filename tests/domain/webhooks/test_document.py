"""docs/webhooks.md: its receiver receives, and its request is answered as it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import Retry, Sent
from helpdesk_api.domain.outbox.schedule import DELAYS
from helpdesk_api.domain.webhooks.channel import WebhookChannel
from helpdesk_api.domain.webhooks.signing import new_secret
from webhook_desk import due, make_webhook

DOCUMENT = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
SECRET = new_secret()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
async def receiver_url(unused_port: int) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The document's receiver, as a process of its own."""
    (program,) = blocks("python")
    assert program.count("9000") == 1
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program.replace("9000", str(unused_port)),
        env={**os.environ, "WEBHOOK_SECRET": SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until_it_listens(unused_port)
        yield f"http://127.0.0.1:{unused_port}/helpdesk", process
    finally:
        with suppress(ProcessLookupError):  # a test has ended it
            process.kill()
        await process.wait()


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


async def until_it_listens(port: int) -> None:
    for _ in range(3000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    raise AssertionError("nobody listens")


async def test_the_receiver_takes_a_message_once_and_refuses_false_ones(
    channel: WebhookChannel, session: Session, receiver_url: tuple[str, asyncio.subprocess.Process]
) -> None:
    url, process = receiver_url
    webhook = await make_webhook(session, url, secret=SECRET)
    first, second = due(webhook.id), due(webhook.id)
    for delivery in (first, first, second):
        assert await channel.send(delivery) == Sent(204)
    other = await make_webhook(session, url, secret=new_secret())
    refused = await channel.send(due(other.id))
    assert isinstance(refused, Retry)
    assert refused.status_code == 400
    assert process.stdout is not None
    printed = [await process.stdout.readline() for _ in range(2)]
    assert printed == [b"ticket.closed {'id': 7}\n"] * 2
    process.kill()
    assert await process.stdout.read() == b""


async def test_the_request_is_answered_as_the_document_says(client: httpx.AsyncClient, admin: Account) -> None:
    body = re.search(r"-d '(.*?)'", blocks("sh")[0])
    assert body is not None
    answer = await client.post("/api/webhooks/", headers=admin.token, json=json.loads(body[1]))
    made, shown = answer.json(), json.loads(blocks("json")[0])
    varying = {name: made[name] for name in ("id", "created_by", "created_at", "secret")}
    assert (answer.status_code, made) == (201, {**shown, **varying})
    tested = await client.post(f"/api/webhooks/{made['id']}/test/", headers=admin.token)
    assert tested.json().keys() == json.loads(blocks("json")[1]).keys()


def test_the_schedule_is_the_documents() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    (told,) = re.findall(r"tried again\*\* after about (.*?), and has\s+failed", DOCUMENT, re.DOTALL)
    waits = re.findall(r"(\d+) (s|min|h)\b", told)
    assert tuple(int(number) * units[unit] for number, unit in waits) == DELAYS
