"""Every request of `docs/permissions.md`, as everybody: the service answers as the page says."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from _pytest.mark import ParameterSet
from fastapi import FastAPI
from sqlalchemy import update

from doors_requests import asked, mark
from doors_table import COLUMNS, UNLISTED, Row, read_table, served, walk
from doors_world import Visitor, World, missing
from factories import make_account
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.main import create_app
from helpdesk_api.models import Token, User
from helpdesk_api.security import token_digest
from helpdesk_api.settings import Settings

ROWS = read_table()
PATHS = sorted({row.path for row in ROWS})
# What every user may read: that it is there is no secret.
SEEN_BY_ALL = frozenset(
    ("", "a queue", "a department", "a custom field", "a priority", "a status", "the picture of who has none")
)
# What plain users may not read, whatever they have to do with the ticket.
STAFFS = frozenset(("a private reply", "a custom field of staff's", "a subscription for a private reply"))
# Whoever asks for a token sends no other.
ONE_EACH = {(row.method, row.path): row for row in ROWS if "token" not in row.path}
CHANGING = {"x-request-id", "date", "content-length"}


def each(*rows: Row) -> list[ParameterSet]:
    """Tests called by their rows."""
    return [pytest.param(row, id=row.name) for row in rows]


def answer_of(row: Row, found: httpx.Response, marked: str | None) -> str:
    """What the table would say of an answer."""
    unlisted = found.status_code == 200 and marked is not None and marked not in found.text
    return UNLISTED if unlisted else str(found.status_code)


def comparable(found: httpx.Response, ids: Mapping[str, Any]) -> tuple[int, str, dict[str, str]]:
    """All of an answer, but for what names the thing that was asked for."""
    text, headers = found.text, {name: value for name, value in found.headers.items() if name not in CHANGING}
    for value in sorted({str(value) for value in ids.values()}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(value)}(?![\w.-])", "ID", text)
    return found.status_code, text, headers


def names_its_thing(row: Row) -> bool:
    """Whether the request says which thing it is about, in its path or its body; else there is nothing to compare."""
    named = re.findall(r"{(\w+)}", row.path)
    in_body = ("/api/files/", "/api/followups/", "/api/followups-attachments/", "posts", "subscriptions", "uploads")
    return any(name != "page" for name in named) or (row.method == "POST" and row.path.endswith(in_body))


def hidden_from(row: Row) -> Iterator[str]:
    """The plain users who must not be able to tell a row's thing from one that was never there."""
    thing = row.thing.partition(", ")[0]
    for role in ("stranger", "follower", "owner"):
        cell, outside = row.answers[role], role == "stranger"
        # In a list that others see, what is theirs alone is left out; whoever sees none of it sees an empty list.
        hides = (
            cell in ("400", "404") or (cell == UNLISTED and outside) or (cell == "403" and (outside or thing in STAFFS))
        )
        if hides and thing not in SEEN_BY_ALL and names_its_thing(row):
            yield role


@pytest.fixture(scope="module")
async def bad_credentials(desk_database: Database, world: World) -> dict[str, dict[str, str]]:
    """Credentials that have been good, are for something else, or were made up."""
    async with desk_database.sessions() as session, session.begin():
        gone = await make_account(session, "gone", is_staff=True, is_superuser=True)
        revoked = await make_account(session, "revoked", is_staff=True, is_superuser=True)
        await session.execute(update(User).where(User.id == gone.id).values(is_active=False))
        mine = Token.digest == token_digest(revoked.secret)
        await session.execute(update(Token).where(mine).values(digest=token_digest("another")))
    admin = world.people["admin"]
    pair = base64.b64encode(f"admin:{admin.secret}".encode()).decode()
    return {
        "a deactivated account's token": gone.token,
        "a revoked token": revoked.bearer,
        "a password as a token": {"Authorization": f"Token {admin.basic['Authorization'].split()[1]}"},
        "a stored digest as a token": {"Authorization": f"Bearer {token_digest(admin.secret).hex()}"},
        "no scheme": {"Authorization": admin.secret},
        "another scheme": {"Authorization": f"Digest {pair}"},
    }


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Any) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, log_level="ERROR")
    app = create_app(settings, open_database("postgresql+asyncpg:///nowhere"))
    described = {(row.method, row.path) for row in ROWS}
    assert sorted(served(app) - described) == [], "docs/permissions.md has no row for these"
    assert sorted(described - served(app)) == [], "nobody serves these rows of docs/permissions.md"


def test_no_row_is_there_twice_and_every_cell_is_an_answer() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    cells = {cell for row in ROWS for cell in row.answers.values()}
    assert {cell for cell in cells if cell != UNLISTED and not re.fullmatch(r"[1-5]\d\d", cell)} == set()


@pytest.mark.parametrize("row", each(*ROWS))
async def test_everybody_is_answered_as_the_table_says(row: Row, visit: Visitor, world: World) -> None:
    ids = world.ids(row.thing.partition(", ")[0])
    answers = {}
    for role in COLUMNS:
        found = await visit(**asked(row, ids, world.people.get(role)))
        answers[role] = answer_of(row, found, mark(row, ids))
    assert answers == row.answers


@pytest.mark.parametrize("row", each(*(row for row in ROWS if any(hidden_from(row)))))
async def test_what_is_hidden_is_answered_as_what_was_never_there(row: Row, visit: Visitor, world: World) -> None:
    thing = row.thing.partition(", ")[0]
    ids = world.ids(thing)
    nothing = missing(ids, world.things.get(thing, {}))
    for role in hidden_from(row):
        there = await visit(**asked(row, ids, world.people[role]))
        never = await visit(**asked(row, nothing, world.people[role]))
        assert comparable(there, ids) == comparable(never, nothing), role


@pytest.mark.parametrize(
    "row", each(*{(row.method, row.path): row for row in ROWS if "token" not in row.path}.values())
)
async def test_bad_credentials_are_those_of_nobody(
    row: Row, visit: Visitor, world: World, bad_credentials: dict[str, dict[str, str]]
) -> None:
    ids = world.ids(row.thing.partition(", ")[0])
    answers = {
        name: (await visit(**{**asked(row, ids, None), "headers": headers})).status_code
        for name, headers in bad_credentials.items()
    }
    assert answers == dict.fromkeys(bad_credentials, int(row.answers["nobody"]))


@pytest.mark.parametrize("row", each(*(row for row in ROWS if row.method == "GET")))
async def test_head_is_answered_as_get(row: Row, visit: Visitor, world: World) -> None:
    ids = world.ids(row.thing.partition(", ")[0])
    for role in ("nobody", "stranger", "owner"):
        request = asked(row, ids, world.people.get(role))
        got, head = [await visit(**{**request, "method": method}) for method in ("GET", "HEAD")]
        headers = [{name: one.headers[name] for name in one.headers if name != "x-request-id"} for one in (got, head)]
        assert (head.status_code, headers[1]) == (got.status_code, headers[0]), role


@pytest.mark.parametrize("path", PATHS)
async def test_options_look_at_who_asks_and_not_at_what_is_there(path: str, visit: Visitor, world: World) -> None:
    rows = [row for row in ROWS if row.path == path and row.method != "HEAD"]
    asks = path.startswith("/api/") and all(row.answers["nobody"] == "401" for row in rows)
    for row in rows:
        thing = row.thing.partition(", ")[0]
        ids = world.ids(thing)
        for role in COLUMNS:
            told = []
            for these in (ids, missing(ids, world.things.get(thing, {}))):
                request = asked(row, these, world.people.get(role))
                told.append(await visit(method="OPTIONS", url=request["url"], headers=request.get("headers", {})))
            expected = 401 if asks and role == "nobody" else 200
            assert [one.status_code for one in told] == [expected] * 2, role
            assert told[0].content == told[1].content, role


@pytest.mark.parametrize("path", PATHS)
async def test_no_other_method_does_anything(path: str, visit: Visitor, world: World) -> None:
    rows = [row for row in ROWS if row.path == path]
    ids = world.ids(rows[0].thing.partition(", ")[0])
    # /tickets and /tickets/ are two rows of the table and one address.
    same = {row.method for row in ROWS if row.path.rstrip("/") == path.rstrip("/")}
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "HEAD"} - same
    for method in sorted(others - ({"HEAD"} if "GET" in same else set())):
        request = asked(rows[0], ids, world.people["admin"])
        found = await visit(**{**request, "method": method})
        assert found.status_code == 405, method


def test_a_route_without_a_row_is_found_out_below_mounts_too() -> None:
    inner, outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), FastAPI(openapi_url=None, docs_url=None)
    inner.add_api_route("/secrets/{name:path}", lambda: None, methods=["DELETE"])
    outer.mount("/inner", inner)
    found = {(method, path) for method, path, _ in walk(outer.routes)}
    assert ("DELETE", "/inner/secrets/{name}") in found
