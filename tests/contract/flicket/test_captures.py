"""The requests captured from Flicket 0.3.5, answered as it answers: status, keys, types, links and wording of errors.

`captures.json` has them word for word; of a good answer it has the shape: the types of the keys. What is answered
otherwise, and why, is in `DEVIATIONS`; docs/dialects/flicket.md tells it in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

CAPTURES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("captures.json").read_text())
HOST = "http://127.0.0.1:8402"

DEVIATIONS: Mapping[str, tuple[int, str]] = {}


def send(client: httpx.AsyncClient, request: Mapping[str, Any]) -> Any:
    """A captured request, word for word."""
    headers = {"Accept": "application/json"}
    if "authorization" in request:
        headers["Authorization"] = request["authorization"]
    if "content_type" in request:
        headers["Content-Type"] = request["content_type"]
    return client.request(request["method"], HOST + request["path"], headers=headers, content=request.get("body"))


@pytest.mark.parametrize("capture", CAPTURES, ids=[capture["name"] for capture in CAPTURES])
async def test_probe(captured: httpx.AsyncClient, capture: dict[str, Any]) -> None:
    answer = await send(captured, capture["request"])
    print("PROBE", json.dumps([capture["name"], capture["response"]["status"], answer.status_code, answer.text[:150], dict(answer.headers)]))
