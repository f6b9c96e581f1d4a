"""Replies captured from django-helpdesk 2.6.1, and ours to the same requests: status, keys, types, wording.

`captures.json` is what was distilled from them; `deviations.json` names each wanted difference under the heading that
gives its reason in `docs/dialects/django-helpdesk.md`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from captured_facts import differences

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "dialects" / "django-helpdesk.md"
CAPTURES: list[dict[str, Any]] = json.loads((HERE / "captures.json").read_text())
DEVIATIONS: dict[str, dict[str, list[str]]] = json.loads((HERE / "deviations.json").read_text())
WANTED = {name: wanted for captures in DEVIATIONS.values() for name, wanted in captures.items()}
WITH_CUSTOM_FIELDS = [capture for capture in CAPTURES if capture["name"].startswith("custom_")]
OTHERS = [capture for capture in CAPTURES if capture not in WITH_CUSTOM_FIELDS]
Play = Callable[[Mapping[str, str]], Awaitable[httpx.Response]]


def name_of(capture: dict[str, Any]) -> str:
    """A capture's name."""
    return str(capture["name"])


async def compare(play: Play, capture: dict[str, Any]) -> None:
    """Play a capture, and what must come before it; only what is wanted may differ."""
    if "first" in capture:
        assert (await play(capture["first"])).is_success
    answer = await play(capture["request"])
    assert differences(capture["reply"], answer) == WANTED.get(name_of(capture), [])


@pytest.mark.parametrize("capture", OTHERS, ids=name_of)
async def test_we_answer_as_captured(play: Play, capture: dict[str, Any]) -> None:
    await compare(play, capture)


@pytest.mark.parametrize("capture", WITH_CUSTOM_FIELDS, ids=name_of)
async def test_we_answer_as_captured_with_custom_fields(
    play: Play, custom_fields: None, capture: dict[str, Any]
) -> None:
    await compare(play, capture)


@pytest.mark.parametrize("heading", DEVIATIONS)
def test_the_reason_for_each_deviation_is_written_down(heading: str) -> None:
    assert f"\n### {heading}\n" in DOCUMENT.read_text()


def test_each_deviation_is_one_of_a_capture() -> None:
    assert WANTED.keys() <= set(map(name_of, CAPTURES))
