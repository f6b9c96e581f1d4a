"""The limit's answers: rows to the JSON that our service gives for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

Row = Sequence[Any]
# Our word for a custom field's key, and its id in the database: see rows.py.
CUSTOM_FIELD = ("custom_colour", "1")
_PRIORITIES = (0, 3, 3, 2, 1, 1)


def dumps(answer: Any) -> bytes:
    """JSON, with date-times as ours."""
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)


def me(user: Row) -> dict[str, Any]:
    """GET /api/users/me/."""
    number, username, first_name, last_name, email, is_staff, is_superuser, is_active, date_joined, _ = user
    return {
        "id": number,
        "username": username,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "is_staff": is_staff,
        "is_superuser": is_superuser,
        "is_active": is_active,
        "date_joined": date_joined,
    }


def conversations(base: str, tickets: Iterable[Row], followups: Iterable[Row], files: Iterable[Row]) -> list[Any]:
    """Support tickets with their follow-ups and files, as django-helpdesk shows them."""
    attached: dict[int, list[dict[str, Any]]] = {}
    for followup_id, number, path, filename, mime_type, size in files:
        file = {"id": number, "followup": followup_id, "file": f"{base}/media/{path}", "filename": filename}
        attached.setdefault(followup_id, []).append({**file, "mime_type": mime_type, "size": size})
    said: dict[int, list[dict[str, Any]]] = {}
    for ticket_id, number, user, title, comment, public, status, spent, date, message_id, recipients in followups:
        said.setdefault(ticket_id, []).append(
            {
                "id": number,
                "ticket": ticket_id,
                "user": user,
                "title": title,
                "comment": comment,
                "public": public,
                "new_status": status,
                "time_spent": spent,
                "followupattachment_set": attached.get(number, []),
                "date": date,
                "message_id": message_id,
                "email_recipients": None if recipients is None else orjson.Fragment(recipients),
            }
        )
    return [conversation(ticket, said.get(ticket[0], [])) for ticket in tickets]


def conversation(ticket: Row, said: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One support ticket with what was said on it."""
    number, queue, title, text, resolution, email, assignee, status, on_hold, priority, due, merged, custom = ticket
    key, field = CUSTOM_FIELD
    return {
        "id": number,
        "queue": queue,
        "title": title,
        "description": text,
        "resolution": resolution,
        "submitter_email": email,
        "assigned_to": assignee,
        "status": status,
        "on_hold": on_hold,
        "priority": priority,
        "due_date": due,
        "merged_to": merged,
        "followup_set": said,
        key: None if custom == "{}" else orjson.loads(custom).get(field),
    }


def drf_page(base: str, query: str, total: int, results: list[Any]) -> dict[str, Any]:
    """The first page of a DRF list."""
    return {"count": total, "next": f"{base}/api/tickets/?{query}&page=2", "previous": None, "results": results}


def upload_tickets(base: str, tickets: Iterable[Row], files: Iterable[Row]) -> list[Any]:
    """Upload tickets with their files."""
    kept: dict[int, list[dict[str, Any]]] = {}
    for ticket_id, path in files:
        kept.setdefault(ticket_id, []).append({"file": f"/media/{path}", "ticket": ticket_id})
    return [
        {
            "url": f"{base}/api/tickets/{number}/",
            "user": user,
            "limit": limit,
            "status": "PENDING" if count == 0 else "COMPLETED" if count == limit else "IN PROGRESS",
            "files": kept.get(number, []),
        }
        for number, user, limit, count in tickets
    ]


def flicket_page(base: str, total: int, items: list[Any]) -> dict[str, Any]:
    """The first page of Flicket's tickets."""
    links = {
        "next": f"{base}/flicket-api/tickets/2/?per_page=50",
        "prev": None,
        "self": f"{base}/flicket-api/tickets/1/?per_page=50",
    }
    meta = {"page": 1, "per_page": 50, "total_items": total, "total_pages": -(-total // 50)}
    return {"_links": links, "_meta": meta, "items": items}


def flicket_ticket(base: str, ticket: Row) -> dict[str, Any]:
    """One ticket as Flicket shows it."""
    number, assignee, queue, text, created, modified, modifier, creator, status, on_hold, priority, title = ticket
    stage = 2 if status > 2 else 4 if on_hold else 3 if assignee else 1
    level = _PRIORITIES[priority]
    api = f"{base}/flicket-api"
    return {
        "assigned_id": assignee,
        "category_id": queue,
        "content": text,
        "date_added": _http_date(created),
        "date_modified": None if modified is None else _http_date(modified),
        "id": number,
        "links": {
            "assigned": None if assignee is None else f"{api}/user/{assignee}",
            "category": f"{api}/category/{queue}",
            "histories": f"{api}/histories/?topic_id={number}",
            "modified_by": None if modifier is None else f"{api}/user/{modifier}",
            "priority": f"{api}/priority/{level}",
            "self": f"{api}/ticket/{number}",
            "started_by": f"{api}/user/{creator}",
            "started_ny": f"{api}/user/{creator}",
            "status": f"{api}/status/{stage}",
            "subscribers": f"{api}/subscriptions/{number}/",
            "tickets": f"{api}/tickets/",
        },
        "modified_id": modifier,
        "started_id": creator,
        "status_id": stage,
        "ticket_priority_id": level,
        "title": title,
    }


def _http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
