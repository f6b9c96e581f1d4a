"""The curl commands of django-helpdesk's API page, run word for word by curl against a service just installed."""

from __future__ import annotations

import json
import shlex
from typing import Any

import httpx
import pytest

from live_service import LiveService

# The page's service is at 127.0.0.1:8000, its admin's password is "admin", and its files are on drive C.
WINDOWS_FOLDER = "/C:/Users/benbb96/Documents/"
ADMIN_PASSWORD = {"HELPDESK_ADMIN_PASSWORD": "admin"}

CREATE_TICKET = """
curl --location --request POST 'http://127.0.0.1:8000/api/tickets/' \
--header 'Authorization: Basic YWRtaW46YWRtaW4=' \
--header 'Content-Type: application/json' \
--data-raw '{"queue": 1, "title": "Test Ticket API", "description": "Test create ticket from API", \
"submitter_email": "test@mail.com", "priority": 4}'
"""
CREATE_TICKET_WITH_FILE = """
curl --location --request POST 'http://127.0.0.1:8000/api/tickets/' \
--header 'Authorization: Basic YWRtaW46YWRtaW4=' \
--form 'queue="1"' \
--form 'title="Test Ticket API with attachment"' \
--form 'description="Test create ticket from API avec attachment"' \
--form 'submitter_email="test@mail.com"' \
--form 'priority="2"' \
--form 'attachment=@"/C:/Users/benbb96/Documents/file.txt"'
"""
CREATE_FOLLOWUP = """
curl --location --request POST 'http://127.0.0.1:8000/api/followups/' \
--header 'Authorization: Basic YWRtaW46YWRtaW4=' \
--form 'ticket="44"' \
--form 'title="Test ticket answer"' \
--form 'comment="This answer contains multiple files as attachment."' \
--form 'attachments=@"/C:/Users/benbb96/Documents/doc.pdf"' \
--form 'attachments=@"/C:/Users/benbb96/Documents/image.png"'
"""
# Described on the page, without a command.
OTHERS = """
curl --location --request {method} 'http://127.0.0.1:8000{path}' \
--header 'Authorization: Basic YWRtaW46YWRtaW4=' \
--header 'Content-Type: application/json' \
--data-raw '{body}'
"""


def run(live: LiveService, command: str) -> tuple[int, Any]:
    """Run a command as it stands, but for where the files and the service are; status and JSON body."""
    program, *options = shlex.split(command.replace(WINDOWS_FOLDER, ""))
    assert program == "curl"
    there = ("--connect-to", f"127.0.0.1:8000:127.0.0.1:{live.port}")
    body, _, status = live.curl(*there, "--write-out", "\n%{http_code}", *options).rpartition("\n")
    return int(status), json.loads(body) if body else None


def send(live: LiveService, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Run what the page describes."""
    return run(live, OTHERS.format(method=method, path=path, body=json.dumps(body or {})))


@pytest.mark.parametrize("environment", [ADMIN_PASSWORD])
def test_the_page_is_served_word_for_word(live: LiveService) -> None:
    contents = {"file.txt": b"a text", "doc.pdf": b"%PDF-1.7 a document", "image.png": b"\x89PNG a picture"}
    for name, content in contents.items():
        live.folder.joinpath(name).write_bytes(content)

    status, ticket = run(live, CREATE_TICKET)
    assert status == 201
    opening = ticket["followup_set"][0]
    assert ticket == {
        "id": 1,
        "queue": 1,
        "title": "Test Ticket API",
        "description": "Test create ticket from API",
        "resolution": None,
        "submitter_email": "test@mail.com",
        "assigned_to": None,
        "status": 1,
        "on_hold": False,
        "priority": 4,
        "due_date": None,
        "merged_to": None,
        "followup_set": [
            {
                "id": 1,
                "ticket": 1,
                "user": 1,
                "title": "Ticket Opened",
                "comment": "Test create ticket from API",
                "public": True,
                "new_status": None,
                "time_spent": None,
                "followupattachment_set": [],
                "date": opening["date"],
                "message_id": None,
                "email_recipients": [],
            }
        ],
    }

    status, with_file = run(live, CREATE_TICKET_WITH_FILE)
    (attachment,) = with_file["followup_set"][0]["followupattachment_set"]
    assert (status, with_file["title"], with_file["priority"], with_file["submitter_email"]) == (
        *(201, "Test Ticket API with attachment", 2, "test@mail.com"),
    )
    assert (attachment["filename"], attachment["mime_type"], attachment["size"]) == ("file.txt", "text/plain", 6)
    while ticket["id"] < 44:
        status, ticket = run(live, CREATE_TICKET)
    status, said = run(live, CREATE_FOLLOWUP)
    files = said["followupattachment_set"]
    assert (status, said["ticket"], said["title"], said["comment"]) == (
        *(201, 44, "Test ticket answer", "This answer contains multiple files as attachment."),
    )
    assert [(one["filename"], one["size"]) for one in files] == [
        (name, len(contents[name])) for name in ("doc.pdf", "image.png")
    ]
    for one in (attachment, *files):
        address = one["file"].replace("http://127.0.0.1:8000", live.url)
        assert httpx.get(address, auth=("admin", "admin")).content == contents[one["filename"]]

    status, listed = send(live, "GET", "/api/tickets/")
    assert (status, listed["count"], listed["next"]) == (200, 44, "http://127.0.0.1:8000/api/tickets/?page=2")
    status, shown = send(live, "GET", "/api/tickets/44")
    assert (status, shown) == (200, {**ticket, "followup_set": [*ticket["followup_set"], said]})
    status, put = send(live, "PUT", "/api/tickets/44", {**shown, "title": "Put", "status": 3, "resolution": "Done"})
    assert (status, put) == (200, {**shown, "title": "Put", "status": 3, "resolution": "Done"})
    status, patched = send(live, "PATCH", "/api/tickets/44/", {"priority": 1, "on_hold": True})
    assert (status, patched) == (200, {**put, "priority": 1, "on_hold": True})
    status, filtered = send(live, "GET", "/api/tickets/?status=Resolved,4")
    assert (status, filtered["results"]) == (200, [patched])

    account = {"first_name": "Joe", "last_name": "Blogs", "username": "jblogs", "email": "test@mail.com"}
    status, created = send(live, "POST", "/api/users/", {**account, "password": "correct-horse-battery"})
    assert (status, created) == (201, {"id": created["id"], **account})
    own = httpx.get(f"{live.url}/api/user_tickets/", auth=("jblogs", "correct-horse-battery")).json()
    assert (own["count"], own["results"][0]["ticket"]) == (44, "44 [support-44]")

    assert send(live, "DELETE", "/api/tickets/44") == (204, None)
    not_found = {"detail": "No Ticket matches the given query."}
    assert send(live, "GET", "/api/tickets/44/") == (404, not_found)
    assert [path.name for path in live.media.rglob("*.*") if path.is_file() and path.suffix in (".pdf", ".png")] == []
