"""Compares an answer with what was captured: values where they follow from the request, else keys and types."""

from __future__ import annotations

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


def differences(captured: Mapping[str, Any], answer: httpx.Response) -> list[str]:
    """Everything in which an answer is not as captured, sorted."""
    if answer.status_code != captured["status"]:
        return [f"status: {captured['status']}, ours {answer.status_code} {answer.text}"]
    found: list[str] = []
    if "body" in captured:
        found += value_differences(captured["body"], answer.json())
    if "shape" in captured:
        found += type_differences(captured["shape"], answer.json())
    if "page" in captured:
        links = {name: url and BASE + url for name, url in captured["page"].items()}
        found += value_differences(links, {name: answer.json()[name] for name in links})
        found += [] if sorted(answer.json()) == ["count", "next", "previous", "results"] else ["the envelope"]
        found += type_differences([captured["row"]], answer.json()["results"], "results")
    return sorted(found)
