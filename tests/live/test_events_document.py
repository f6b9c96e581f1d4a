"""docs/events.md, as it stands: its commands give what it says, its consumer sees everything."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from helpdesk_api.domain.events.types import EVENT_TYPES
from live_service import LiveService, wait_until

DOCUMENT = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
# What is another one each time.
CHANGING = ("timestamp", "request_id")


def examples(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


def without_changing(event: dict[str, Any]) -> dict[str, Any]:
    return {name: type(value).__name__ if name in CHANGING else value for name, value in event.items()}


def events_of(stream: str) -> Iterator[tuple[dict[str, str], dict[str, Any] | None]]:
    for block in stream.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        data = fields.pop("data", None)
        yield fields, without_changing(json.loads(data)) if data else None


@pytest.fixture
def token(live: LiveService) -> str:
    """The document's own beginning: an admin, who opens a ticket."""
    headers = live.sign_in()
    body = {"queue": 1, "title": "Printer on fire"}
    httpx.post(f"{live.url}/api/tickets/", headers=headers, json=body).raise_for_status()

    def is_numbered() -> bool:
        found = httpx.get(f"{live.url}/api/events/?type=ticket.created", headers=headers).json()
        return len(found["results"]) == 1

    wait_until(is_numbered, "the ticket was not told of")
    return headers["Authorization"].removeprefix("Token ")


def test_the_commands_give_what_is_printed(live: LiveService, token: str) -> None:
    (page, printed_page), (stream, printed_stream) = (
        example.removeprefix("$ curl ").split("\n", 1) for example in examples("console")
    )
    told, printed = json.loads(live.curl(*shlex.split(page.replace("$TOKEN", token)))), json.loads(printed_page)
    assert told["next"] == printed["next"]
    assert list(map(without_changing, told["results"])) == list(map(without_changing, printed["results"]))
    with pytest.raises(subprocess.CalledProcessError) as ended:  # it does not end by itself
        live.curl("--max-time", "2", *shlex.split(stream.replace("$TOKEN", token)))
    assert list(events_of(ended.value.stdout.decode())) == list(events_of(printed_stream))


def test_the_consumer_sees_every_event(live: LiveService, token: str) -> None:
    (program,) = examples("python")
    environment = {**os.environ, "HELPDESK": live.url, "TOKEN": token}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as consumer:
        assert consumer.stdout is not None
        seen = [line.split() for line in islice(consumer.stdout, 2)]
        consumer.kill()
    assert seen == [["1", "user.created"], ["2", "ticket.created"]]


def test_every_type_is_in_the_document() -> None:
    rows = re.findall(r"^\| (`[a-z_]+\..*?) \|", DOCUMENT, re.MULTILINE)
    named = set()
    for row in rows:
        prefix = ""
        for word in re.findall(r"`([a-z_.…]+)`", row):
            prefix = prefix if word.startswith(".") else word.split(".")[0]
            endings = ("created", "updated", "deleted") if word.endswith("…") else (word.split(".")[1],)
            named |= {f"{prefix}.{ending}" for ending in endings}
    assert named == EVENT_TYPES
