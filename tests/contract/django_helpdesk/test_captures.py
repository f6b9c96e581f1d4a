"""Replies captured from django-helpdesk 2.6.1, and ours to the same requests: status, keys, types, wording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from factories import Account

import importlib.util
spec = importlib.util.spec_from_file_location("facts", Path(__file__).with_name("facts.py")); facts = importlib.util.module_from_spec(spec); spec.loader.exec_module(facts)
spec = importlib.util.spec_from_file_location("cf", Path(__file__).with_name("conftest.py")); cf = importlib.util.module_from_spec(spec); spec.loader.exec_module(cf)

CAPTURES = json.loads(Path(__file__).with_name("captures.json").read_text())

@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: str(capture["name"]))
async def test_x(client, session, people, desk, request, capture):
    if capture["name"].startswith("custom"): await cf.add_custom_fields(session)
    if "first" in capture:
        f = capture["first"]
        r = await client.request(f["method"], f["path"], headers={"Authorization": cf.authorization(f["authorization"], people), "Content-Type": f.get("content_type","application/json")}, content=f.get("body",""))
        assert r.status_code < 300, r.text
    asked = capture["request"]
    headers = {}
    if "authorization" in asked: headers["Authorization"] = cf.authorization(asked["authorization"], people)
    if "accept" in asked: headers["Accept"] = asked["accept"]
    if "content_type" in asked: headers["Content-Type"] = asked["content_type"]
    answer = await client.request(asked["method"], asked["path"], headers=headers, content=asked.get("body", "").encode("latin-1"))
    found = facts.differences(capture["reply"], answer)
    allow = capture["reply"].get("allow")
    if allow and answer.status_code == 405 and allow != answer.headers.get("allow"): found.append(f"allow {allow} ours {answer.headers.get('allow')}")
    with open('/tmp/w/diffs.txt','a') as f:
        if found: f.write(capture["name"]+"\n   "+"\n   ".join(x[:260] for x in found)+"\n")
