"""How each row of `docs/permissions.md` is asked: bodies that are right, so that only the rights decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from doors_table import Row
from doors_world import Ids
from factories import PASSWORD, PNG, Account

Body = Callable[[Ids], Mapping[str, Any]]
FILE = ("scan.png", PNG, "image/png")
NEW_PASSWORD = "another-fine-horse"
_LIST = re.compile(r"/api/[a-z_-]+/|/flicket-api/[a-z_]+s/.*|.*\.csv")


def _json(**values: Any) -> Body:
    """A JSON body; a text in braces is an id."""
    return lambda ids: {"json": {name: _filled(value, ids) for name, value in values.items()}}


def _form(field: str, **values: str) -> Body:
    """A form with a file."""
    return lambda ids: {
        "data": {name: str(_filled(value, ids)) for name, value in values.items()},
        "files": {field: FILE},
    }


def _filled(value: Any, ids: Ids) -> Any:
    return ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value


_QUEUE = _json(title="Another", department="{department_id}")
_FIELD = _json(name="size", label="Size", data_type="varchar", max_length=20)
_WEBHOOK = _json(url="https://hooks.example.com/")
_TICKET = _json(queue="{queue_id}", title="Another")
BODIES: Mapping[str, Body] = {
    "POST /api/tickets/ an upload ticket": _json(limit=2),
    "POST /api/tickets/ a support ticket": _TICKET,
    "PUT /api/tickets/{ticket_id}/ an upload ticket": _json(limit=2),
    "PUT /api/tickets/{ticket_id}/ a support ticket": _TICKET,
    "PATCH /api/tickets/{ticket_id}/ an upload ticket": _json(limit=2),
    "PATCH /api/tickets/{ticket_id}/ a support ticket": _json(title="Another"),
    "POST /api/files/": _form("file", ticket="{ticket_id}"),
    "POST /api/followups/": _json(ticket="{ticket_id}", comment="Said."),
    "PUT /api/followups/{followup_id}/": _json(ticket="{ticket_id}", comment="Said."),
    "PATCH /api/followups/{followup_id}/": _json(comment="Said."),
    "POST /api/followups-attachments/": _form("file", followup="{followup_id}"),
    "POST /api/users/": _json(username="new", password=NEW_PASSWORD),
    "POST /api/users/ an account, with a role": _json(username="new", password=NEW_PASSWORD, is_staff=True),
    "PATCH /api/users/{user_id}/": _json(first_name="Another"),
    "POST /api/queues/": _QUEUE,
    "PUT /api/queues/{queue_id}/": _QUEUE,
    "PATCH /api/queues/{queue_id}/": _json(title="Another"),
    "POST /api/custom-fields/": _FIELD,
    "PUT /api/custom-fields/{field_id}/": _FIELD,
    "PATCH /api/custom-fields/{field_id}/": _json(label="Another"),
    "POST /api/webhooks/": _WEBHOOK,
    "PUT /api/webhooks/{webhook_id}/": _WEBHOOK,
    "PATCH /api/webhooks/{webhook_id}/": _json(description="Another"),
    "PUT /flicket-api/user/{user_id}": _json(name="Another"),
    "POST /flicket-api/user/{user_id}/avatar": _form("avatar"),
    "POST /flicket-api/departments": _json(department="Another"),
    "PUT /flicket-api/department/{department_id}": _json(department="Another"),
    "POST /flicket-api/categories": _json(category="Another", department_id="{department_id}"),
    "PUT /flicket-api/category/{category_id}": _json(category="Another"),
    "POST /flicket-api/tickets": _json(title="A", content="B", category_id="{category_id}", ticket_priority_id=1),
    "PUT /flicket-api/ticket/{ticket_id}": _json(title="Another"),
    "POST /flicket-api/ticket/{ticket_id}/assign": _json(user_id="{user_id}"),
    "POST /flicket-api/ticket/{ticket_id}/close": _json(),
    "POST /flicket-api/posts": _json(ticket_id="{ticket_id}", content="Said."),
    "PUT /flicket-api/post/{post_id}": _json(content="Said."),
    "POST /flicket-api/subscriptions": _json(ticket_id="{ticket_id}"),
    "POST /flicket-api/subscriptions a support ticket, somebody else": _json(
        ticket_id="{ticket_id}", user_id="{other_id}"
    ),
    "POST /flicket-api/uploads a support ticket": _form("file", topic_id="{ticket_id}"),
    "POST /flicket-api/uploads a reply": _form("file", post_id="{post_id}"),
    "POST /flicket-api/uploads a private reply": _form("file", post_id="{post_id}"),
}
# What a row changes of a thing, where it is not the usual.
ASPECTS: Mapping[str, Body] = {
    "its address": _json(email="another@example.com"),
    "its roles": _json(is_staff=True),
    "its password": _json(password=NEW_PASSWORD),
    "its priority": _json(ticket_priority_id=3),
    "to Open": _json(status_id=1),
    "to Closed": _json(status_id=2),
    "its assignee": _json(assigned_to="{user_id}"),
}
# What stands in a list where the thing does.
MARKS: Mapping[str, str] = {
    "an upload ticket": "/api/tickets/{ticket_id}/",
    "a support ticket": "the support ticket",
    "a file of an upload ticket": "/api/files/{file_id}/",
    "a custom field": '"name":"colour"',
    "a custom field of staff's": '"name":"secret"',
    "/api/queues/": '"title":"Unused"',
    "/api/followups/ a reply": "public, edited",
    "/api/followups/ a private reply": "private, edited",
    "/api/followups-attachments/": "{path}",
    "/api/webhooks/": '"description":"a webhook"',
    "/flicket-api/users/": '/flicket-api/user/{user_id}"',
    "/flicket-api/departments/": '/flicket-api/department/{department_id}"',
    "/flicket-api/categories/": '/flicket-api/category/{category_id}"',
    "/flicket-api/department_categories/": '/flicket-api/department_category/{category_id}"',
    "/flicket-api/priorities/": '/flicket-api/priority/{priority_id}"',
    "/flicket-api/statuses/": '/flicket-api/status/{status_id}"',
    "/flicket-api/posts/": '/flicket-api/post/{post_id}"',
    "/flicket-api/subscriptions/": '/flicket-api/subscription/{subscription_id}"',
    "/flicket-api/uploads/": '/flicket-api/upload/{upload_id}"',
    "/flicket-api/histories/": '/flicket-api/history/{history_id}"',
    "/flicket-api/actions/": '/flicket-api/action/{action_id}"',
}


def asked(row: Row, ids: Ids, account: Account | None) -> dict[str, Any]:
    """The arguments of an HTTP client for a row, as somebody."""
    path = row.path.format(**{"page": 1, "path": "favicon.png", **ids})
    if "token-auth" in row.path:
        name = account.user.username if account else "unknown"
        return {"method": row.method, "url": path, "json": {"username": name, "password": PASSWORD}}
    return {"method": row.method, "url": path, "headers": credentials(row, account), **_body(row, ids)}


def credentials(row: Row, account: Account | None) -> dict[str, str]:
    """How somebody signs in for a row."""
    if account is None:
        return {}
    return account.basic if (row.method, row.path) == ("POST", "/flicket-api/tokens") else account.token


def _body(row: Row, ids: Ids) -> Mapping[str, Any]:
    aspect = ASPECTS.get(row.thing.partition(", ")[2])
    wanted = BODIES.get(row.name) or aspect or BODIES.get(f"{row.method} {row.path}")
    if wanted is None and row.method in ("PUT", "PATCH"):
        raise LookupError(f"tests/doors_requests.py has no body for {row.name}")
    return wanted(ids) if wanted else {}


def mark(row: Row, ids: Ids) -> str | None:
    """What the answer of a list has in it where the thing is listed; nothing for what is no list."""
    if row.method != "GET" or not _LIST.fullmatch(row.path):
        return None
    longest = max((path for path in MARKS if row.path.startswith(path)), key=len, default="")
    found = MARKS.get(f"{row.path} {row.thing}") or MARKS.get(longest) or MARKS.get(row.thing)
    return found.format(**ids) if found else None
