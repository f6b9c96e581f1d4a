"""The requests captured from Flicket 0.3.5, answered as it answers: status, keys, types, links and wording of errors.

`captures.json` has them word for word; of a good answer it has the shape: the types of the keys. What is answered
otherwise, and why, stands in `DEVIATIONS`, and in full in docs/dialects/flicket.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
CAPTURES: dict[str, Json] = {
    capture["name"]: capture for capture in json.loads(Path(__file__).with_name("captures.json").read_text())
}
HOST = "http://127.0.0.1:8402"

NO_REDIRECT = "the last slash is optional on every route, without a redirect"
NO_FAILURE = "what Flicket fails on with a 500 is the client's mistake"
NOT_HTML = "errors are JSON always"
TITLE = "a ticket needs a title"
OUR_ROUTE = "Flicket has no such route"
# Our status, and why it, or what is said with it, is another than the captured one.
DEVIATIONS: Mapping[str, tuple[int, str]] = {
    "action_list_no_slash": (200, NO_REDIRECT),
    "auth_bad_token": (401, "an unknown token is nobody's"),
    "auth_basic_instead_of_token": (200, "Basic, Token and Bearer are accepted everywhere"),
    "categories_department_id_abc": (400, NO_FAILURE),
    "categories_list_after_orphan": (200, "a category without a department cannot be made"),
    "category_create_department_missing": (400, NO_FAILURE),
    "category_create_long": (400, NO_FAILURE),
    "category_create_slash": (201, NO_REDIRECT),
    "category_list_no_slash": (200, NO_REDIRECT),
    "department_category_list_no_slash": (200, NO_REDIRECT),
    "department_create_int": (400, NO_FAILURE),
    "department_create_long": (400, NO_FAILURE),
    "department_list_no_slash": (200, NO_REDIRECT),
    "flicket_rest_api_prefix": (404, "outside of Flicket's prefixes errors are worded as under /api/"),
    "histories_topic_abc": (400, NO_FAILURE),
    "histories_post": (200, "the links of a filtered list stay filtered"),
    "categories_department": (200, "the links of a filtered list stay filtered"),
    "categories_department_id": (200, "the links of a filtered list stay filtered"),
    "users_name_filter": (200, "the links of a filtered list stay filtered"),
    "history_list_no_slash": (200, NO_REDIRECT),
    "post_create_not_there": (400, OUR_ROUTE),
    "post_create_not_there_ticket": (405, NOT_HTML),
    "post_list_no_slash": (200, NO_REDIRECT),
    "posts_no_ticket": (405, OUR_ROUTE),
    "status_list": (200, "the links of statuses lead to statuses, not to departments"),
    "status_list_no_slash": (200, NO_REDIRECT),
    "status_list_page_2_query": (200, "the links of statuses lead to statuses, not to departments"),
    "status_list_per_page_1": (200, "the links of statuses lead to statuses, not to departments"),
    "subscription_list_no_slash": (200, NO_REDIRECT),
    "subscription_list_page_999_query": (404, "the pages that the links of subscriptions/ name are there"),
    "ticket_create_category_bool": (400, NO_FAILURE),
    "ticket_create_empty_body": (400, NOT_HTML),
    "ticket_create_malformed": (400, NOT_HTML),
    "ticket_create_malformed_html": (400, NOT_HTML),
    "ticket_create_nul": (400, NO_FAILURE),
    "ticket_create_slash": (201, NO_REDIRECT),
    "ticket_create_title_129": (400, NO_FAILURE),
    "ticket_create_title_blank": (400, TITLE),
    "ticket_create_title_null": (400, TITLE),
    "ticket_create_title_object": (400, NO_FAILURE),
    "ticket_get_slash": (200, NO_REDIRECT),
    "ticket_put": (200, OUR_ROUTE),
    "tickets_delete": (405, NOT_HTML),
    "tickets_list_no_slash": (200, NO_REDIRECT),
    "tickets_page_no_slash": (404, NO_REDIRECT),
    "token_get_not_allowed": (405, NOT_HTML),
    "upload_list_no_slash": (200, NO_REDIRECT),
    "users_post": (405, NO_REDIRECT),
    "users_post_slash": (405, NOT_HTML),
}
# What has to be done first for an answer to be the captured one.
AFTER: Mapping[str, str] = {
    "category_create_duplicate": "category_create",
    "department_categories_department_id": "category_create",
    "department_categories_filter": "category_create",
    "department_create_duplicate": "department_create",
    "token_use_after_delete": "token_delete",
}
# Both spellings of the link to whoever started a ticket are sent; the captures have the one.
ALSO_SENT = "started_by"


async def send(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """A captured request, word for word."""
    request = CAPTURES[name]["request"]
    headers = {"Accept": "application/json"}
    if "authorization" in request:
        headers["Authorization"] = request["authorization"]
    if "content_type" in request:
        headers["Content-Type"] = request["content_type"]
    return await client.request(request["method"], HOST + request["path"], headers=headers, content=request.get("body"))


def types_of(values: Iterable[Any]) -> Any:
    """The types of the values at one place; those of a list's items together."""
    values = list(values)
    found: set[Any] = {type(value).__name__ for value in values if not isinstance(value, dict | list)}
    if objects := [value for value in values if isinstance(value, dict)]:
        keys = sorted({key for one in objects for key in one} - {ALSO_SENT})
        found.add(tuple((key, types_of(one[key] for one in objects if key in one)) for key in keys))
    if lists := [value for value in values if isinstance(value, list)]:
        found.add(("list", types_of(item for one in lists for item in one)))
    return frozenset(found)


def captured_types(shapes: Iterable[Any]) -> Any:
    """As `types_of`, of a captured shape."""
    names = {"text": "str", "integer": "int", "null": "NoneType", "boolean": "bool", "number": "float"}
    shapes = list(shapes)
    found: set[Any] = {names[shape] for shape in shapes if isinstance(shape, str)}
    if objects := [shape for shape in shapes if isinstance(shape, dict)]:
        keys = sorted({key for one in objects for key in one})
        found.add(tuple((key, captured_types(one[key] for one in objects if key in one)) for key in keys))
    if lists := [shape for shape in shapes if isinstance(shape, list)]:
        found.add(("list", captured_types(item for one in lists for item in one)))
    return frozenset(found)


def without_host(links: Mapping[str, Any]) -> Json:
    return {name: value.removeprefix(HOST) if isinstance(value, str) else value for name, value in links.items()}


def without_ids(path: str) -> str:
    return re.sub(r"\d+$", "<id>", path.removeprefix(HOST))


def check_headers(answer: httpx.Response, expected: Mapping[str, Any]) -> None:
    """The challenge and the address of what was created; the methods are at least Flicket's."""
    assert answer.headers.get("www-authenticate") == expected.get("www-authenticate")
    if "location" in expected:
        assert without_ids(answer.headers["location"]) == without_ids(expected["location"])
    if "allow" in expected:
        assert set(expected["allow"].split(", ")) <= set(answer.headers["allow"].split(", "))


def check_body(answer: httpx.Response, expected: Json) -> None:
    """Errors in the same words; good answers in the same shape, and the same pages around them."""
    if "body" in expected:
        assert answer.json() == expected["body"]
    if "shape" in expected:
        body = answer.json()
        for name in ("_links", "_meta"):
            assert without_host(body.pop(name, {})) == expected.get(name, {})
        assert types_of([body]) == captured_types([expected["shape"]])


@pytest.mark.parametrize("name", sorted(CAPTURES.keys() - DEVIATIONS.keys()))
async def test_a_captured_request_is_answered_as_flicket_answers(captured: httpx.AsyncClient, name: str) -> None:
    if name in AFTER:
        await send(captured, AFTER[name])
    answer, expected = await send(captured, name), CAPTURES[name]["response"]
    assert answer.status_code == expected["status"], answer.text
    check_headers(answer, expected)
    check_body(answer, expected)


@pytest.mark.parametrize("name", sorted(DEVIATIONS))
async def test_a_deviation_is_the_one_that_is_meant(captured: httpx.AsyncClient, name: str) -> None:
    answer = await send(captured, name)
    assert answer.status_code == DEVIATIONS[name][0], answer.text
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code >= 400:
        assert answer.json().keys() <= ({"error", "message"} if name in WITHIN else {"detail"})


WITHIN = CAPTURES.keys() - {"flicket_rest_api_prefix"}


def test_every_deviation_is_one_of_a_capture() -> None:
    assert set(DEVIATIONS) <= set(CAPTURES)
