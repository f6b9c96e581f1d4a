"""Compares an answer with a captured one: values where they follow from the request, else keys and types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

BASE = "http://localhost:8000"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
# What a captured value stands for that is another one each time.
MASKS = {"<id>": "integer", "<date>": "datetime", "<file>": "string", "<token>": "string"}


def type_of(value: Any) -> str:
    """What a JSON value is, as the captures name it."""
    if isinstance(value, str):
        return "datetime" if DATE_TIME.fullmatch(value) else "string"
    kinds: Mapping[type, str] = {bool: "boolean", int: "integer", type(None): "null", list: "array", dict: "object"}
    return kinds[type(value)]


def value_differences(captured: Any, ours: Any, where: str = "") -> Iterator[str]:
    """Where a value is not as captured."""
    if isinstance(captured, dict) and isinstance(ours, dict):
        yield from _key_differences(captured, ours, where)
        for key in captured.keys() & ours.keys():
            yield from value_differences(captured[key], ours[key], f"{where}.{key}")
    elif isinstance(captured, list) and isinstance(ours, list) and len(captured) == len(ours):
        for place, (one, other) in enumerate(zip(captured, ours, strict=True)):
            yield from value_differences(one, other, f"{where}[{place}]")
    elif captured != ours and MASKS.get(str(captured)) != type_of(ours):
        yield f"{where}: {captured!r}, ours {ours!r}"


def type_differences(captured: Any, ours: Any, where: str = "") -> Iterator[str]:
    """Where keys or types are not as captured; null may stand for anything, and nothing is known of an empty list."""
    if isinstance(captured, dict) and isinstance(ours, dict):
        yield from _key_differences(captured, ours, where)
        for key in captured.keys() & ours.keys():
            yield from type_differences(captured[key], ours[key], f"{where}.{key}")
    elif isinstance(captured, list) and isinstance(ours, list):
        for one in ours[:1] if captured else []:
            yield from type_differences(captured[0], one, f"{where}[0]")
    elif "null" not in (captured, type_of(ours)) and captured != type_of(ours):
        yield f"{where}: {captured}, ours {type_of(ours)}"


def _key_differences(captured: dict[str, Any], ours: dict[str, Any], where: str) -> Iterator[str]:
    yield from (f"{where}.{key}: missing" for key in captured.keys() - ours.keys())
    yield from (f"{where}.{key}: ours alone" for key in ours.keys() - captured.keys())


def _option_differences(captured: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """What OPTIONS tells: the fields with their type, whether they are required, and whether they are read-only."""
    fields = ours.get("actions", {}).get("POST", {})
    told = {name: [field[key] for key in ("type", "required", "read_only")] for name, field in fields.items()}
    yield from value_differences(captured, {"keys": sorted(ours), "parses": ours["parses"], "fields": told})


def differences(captured: Mapping[str, Any], answer: httpx.Response) -> list[str]:
    """Everything in which an answer is not as captured, sorted."""
    if answer.status_code != captured["status"]:
        said = f" {json.dumps(answer.json())}" if answer.status_code >= 400 else ""
        return [f"status: {captured['status']}, ours {answer.status_code}{said}"]
    found: list[str] = []
    if "allow" in captured:
        found += value_differences(captured["allow"], answer.headers["allow"], "Allow")
    if "content_type" in captured:
        found += value_differences(captured["content_type"], answer.headers["content-type"], "Content-Type")
    if "body" in captured:
        found += value_differences(captured["body"], answer.json())
    if "shape" in captured:
        found += type_differences(captured["shape"], answer.json())
    if "options" in captured:
        found += _option_differences(captured["options"], answer.json())
    if "page" in captured:
        found += _page_differences(captured, answer.json())
    return sorted(found)


def _page_differences(captured: Mapping[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    links = {name: url and BASE + url for name, url in captured["page"].items()}
    shown = {**dict.fromkeys(links), "count": 0, "results": []}
    yield from _key_differences(shown, ours, "")
    yield from value_differences(links, {name: ours.get(name) for name in links})
    yield from type_differences([captured["row"]], ours["results"], "results")
