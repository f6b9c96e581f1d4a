"""Whatever plain users put into a body, they set nothing that is not theirs: no id, owner, role or hidden field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from doors_requests import asked
from doors_table import Row, read_table
from doors_world import Visitor, World
from helpdesk_api.models import Base

# What plain users may write with each request, by table; of a new row also that it is there. All else is privileged.
ALLOWED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "POST /api/tickets/": {"tickets": frozenset({"file_limit"})},
    "PUT /api/tickets/{ticket_id}/": {"tickets": frozenset({"file_limit"})},
    "PATCH /api/tickets/{ticket_id}/": {"tickets": frozenset({"file_limit"})},
    "POST /api/files/": {"attachments": frozenset(), "tickets": frozenset({"file_count"})},
    "PATCH /api/users/{user_id}/": {"users": frozenset({"first_name", "last_name", "password_hash"})},
    "PUT /flicket-api/user/{user_id}": {"users": frozenset({"first_name", "last_name", "password_hash", "job_title"})},
    "POST /flicket-api/user/{user_id}/avatar": {"users": frozenset({"avatar"})},
    "POST /flicket-api/tickets": {"tickets": frozenset({"title", "description", "queue_id", "priority"})},
    "PUT /flicket-api/ticket/{ticket_id}": {"tickets": frozenset({"title", "description", "status"})},
    "POST /flicket-api/ticket/{ticket_id}/release": {"tickets": frozenset({"assignee_id", "status"})},
    "POST /flicket-api/ticket/{ticket_id}/close": {
        "tickets": frozenset({"status"}),
        "followups": frozenset({"comment"}),
    },
    "POST /flicket-api/ticket/{ticket_id}/reopen": {"tickets": frozenset({"status"})},
    "POST /flicket-api/posts": {"followups": frozenset({"comment"})},
    "PUT /flicket-api/post/{post_id}": {"followups": frozenset({"comment"})},
    "POST /flicket-api/subscriptions": {"subscriptions": frozenset()},
    "POST /flicket-api/uploads": {"attachments": frozenset()},
}
# Kept by the service itself, whoever writes.
KEPT = frozenset(
    """
    created_at modified_at modified_by_id last_activity_at reply_count total_posts total_assigned last_login
    last_used_at search path short_name sha256 size slug
    """.split()
)
# What a new row has to be, whatever was sent.
OWN = ("creator_id", "author_id", "uploader_id", "user_id")
TABLES = ("users", "tokens", "tickets", "followups", "attachments", "subscriptions", "queues", "custom_fields")
FILES = frozenset(("file", "avatar", "attachments"))
Rows = dict[tuple[str, int], dict[str, Any]]


def writes() -> Iterator[Row]:
    """What the owner may do with a body."""
    for row in read_table():
        if row.method in ("POST", "PUT", "PATCH") and row.answers["owner"].startswith("2") and "token" not in row.path:
            yield row


def sent_fields(app: FastAPI, row: Row | None = None) -> dict[str, str]:
    """Every field of the bodies of a request, or of all, and its type."""
    document = app.openapi()
    asked_for = document["paths"][row.path][row.method.lower()].get("requestBody", {}) if row else document["paths"]
    taken = [name for name in document["components"]["schemas"] if f"/{name}'" in repr(asked_for)]
    fields = [document["components"]["schemas"][name].get("properties", {}) for name in taken]
    return {name: str(field.get("type", "string")) for one in fields for name, field in one.items()}


def other_fields(app: FastAPI) -> set[str]:
    """Every field of an answer and every column that no body has, and what other systems call such things."""
    shown = {name for one in app.openapi()["components"]["schemas"].values() for name in one.get("properties", {})}
    columns = {column.name for table in Base.metadata.sorted_tables for column in table.columns}
    return shown | columns | {"role", "roles", "is_admin", "owner", "owner_id", "pk", "_id", "custom_secret"}


def wanted(name: str, kind: str, world: World) -> Any:
    """What somebody would send who wants more than is theirs."""
    if name in ("ticket", "ticket_id", "topic_id", "merged_to"):
        return world.ids("a ticket of the admin's")["ticket_id"]
    texts = {"email": "admin@example.com", "submitter_email": "stranger@example.com"}
    admin = world.people["admin"].id
    return {"boolean": name != "is_active", "integer": admin}.get(kind, texts.get(name, "admin"))


async def rows_of(connection: AsyncConnection) -> Rows:
    """Every row there is that somebody owns or that says who may do what."""
    each = [f"SELECT '{name}', to_jsonb(t) - CAST(:kept AS text[]) FROM {name} t" for name in TABLES]  # noqa: S608
    rows = await connection.execute(text(" UNION ALL ".join(each)), {"kept": sorted(KEPT)})
    return {(name, row["id"]): row for name, row in rows}


def forbidden_changes(before: Rows, after: Rows, allowed: Mapping[str, frozenset[str]], owner_id: int) -> list[str]:
    """Everything that changed and may not have."""
    found = []
    for (table, row_id), row in after.items():
        old = before.get((table, row_id))
        if old is None:
            found += [f"new {table}.{name} = {row[name]}" for name in OWN if row.get(name, owner_id) != owner_id]
            if table not in allowed and table not in ("followups", "subscriptions"):
                found.append(f"new {table}")
            if row_id > 100_000:
                found.append(f"{table}.id was chosen")
            if table == "followups" and not row["public"]:
                found.append("a private follow-up")
            continue
        may = allowed.get(table, frozenset())
        found += [
            f"{table}.{name}: {old[name]} -> {row[name]}" for name in row if row[name] != old[name] and name not in may
        ]
    return found


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in writes()])
async def test_a_plain_user_sets_nothing_that_is_not_theirs(
    row: Row, visit: Visitor, world: World, desk_app: FastAPI, desk_connection: AsyncConnection
) -> None:
    owner = world.people["owner"]
    request = asked(row, world.ids(row.thing.partition(", ")[0]), owner)
    place = "data" if "files" in request else "json"
    body = request.get(place, {})
    taken = {name: kind for name, kind in sent_fields(desk_app, row).items() if name not in body.keys() | FILES}
    others = {name: kind for name, kind in sent_fields(desk_app).items() if name not in body.keys() | FILES}
    unknown = other_fields(desk_app) - others.keys() - body.keys() - FILES
    # What the request knows one by one, since a field that is refused hides the rest; what it passes over together.
    tried = [{name: wanted(name, kind, world)} for name, kind in taken.items()]
    tried += [dict.fromkeys(unknown, value) for value in (True, world.people["admin"].id, 987_654_321, "admin")]
    tried += [{name: wanted(name, others[name], world) for name in others.keys() - taken.keys()}]
    tried += [{name: wanted(name, kind, world) for name, kind in others.items()}]
    before, after = await rows_of(desk_connection), dict[str, Rows]()

    async def look() -> None:
        after["rows"] = await rows_of(desk_connection)

    for more in tried:
        sent = {**body, **({name: str(value) for name, value in more.items()} if place == "data" else more)}
        answer = await visit(look, **{**request, place: sent})
        assert answer.status_code < 500, (more, answer.text)
        changed = forbidden_changes(before, after["rows"], ALLOWED[f"{row.method} {row.path}"], owner.id)
        assert changed == [], (more, answer.text)


def test_every_table_is_looked_at_that_says_who_owns_what() -> None:
    marks = (*OWN, "is_staff", "staff_only")
    owned = {table.name for table in Base.metadata.sorted_tables if any(name in table.columns for name in marks)}
    # What each person may read is counted by the database itself.
    assert owned - {"reader_counts"} <= set(TABLES)
