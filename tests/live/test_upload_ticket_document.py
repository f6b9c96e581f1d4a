"""The upload-ticket document, played word for word: curl, real pictures, a service that was just installed."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from live_service import LiveService

TICKET = "http://localhost:8000/api/tickets/1/"


def picture(width: int, height: int, colour: int) -> bytes:
    """A PNG of one colour gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes((colour, x % 256, y % 256)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def answer(service: LiveService, *options: str) -> tuple[int, Any]:
    """Status and JSON body of a request made by curl."""
    body, _, status = service.curl("--write-out", "\n%{http_code}", *options).rpartition("\n")
    return int(status), json.loads(body)


def ticket(status: str, names: list[str]) -> dict[str, Any]:
    """Ticket 1 as the document shows it."""
    files = [{"file": f"/media/upload/admin/{name}", "ticket": 1} for name in names]
    return {"url": TICKET, "user": "admin", "limit": 5, "status": status, "files": files}


def page(*results: dict[str, Any]) -> dict[str, Any]:
    """A list as the document shows it."""
    return {"count": len(results), "next": None, "previous": None, "results": list(results)}


def test_the_document_is_served_word_for_word(live: LiveService) -> None:
    root = answer(live, "http://localhost:8000/api/")
    assert root[0] == 200
    assert {name: root[1][name] for name in ("tickets", "files")} == {
        "tickets": "http://localhost:8000/api/tickets/",
        "files": "http://localhost:8000/api/files/",
    }

    credentials = json.dumps({"username": "admin", "password": live.password})
    json_type = ("--header", "Content-Type: application/json")
    status, obtained = answer(live, "http://localhost:8000/api-token-auth/", *json_type, "--data", credentials)
    assert (status, list(obtained)) == (200, ["token"])
    token = ("--header", f"Authorization: Token {obtained['token']}")

    body = '{"limit": 5, "status": "PENDING"}'
    created = answer(live, "http://localhost:8000/api/tickets/", *token, *json_type, "--data", body)
    assert created == (200, ticket("PENDING", []))

    names = [f"image{number}.png" for number in range(1, 6)]
    for number, name in enumerate(names, start=1):
        content = picture(200, 100, 40 * number)
        Path(live.folder, name).write_bytes(content)
        form = ("--form", "ticket=1", "--form", f"file=@{name}")
        sent = answer(live, "http://localhost:8000/api/files/", *token, *form)
        assert sent == (200, {"file": f"/media/upload/admin/{name}", "ticket": 1})
        assert live.media.joinpath("upload", "admin", name).read_bytes() == content
        live.curl(f"http://localhost:8000{sent[1]['file']}", *token, "--output", "back.png")
        assert live.folder.joinpath("back.png").read_bytes() == content
        status_now = "COMPLETED" if number == 5 else "IN PROGRESS"
        assert answer(live, TICKET, *token) == (200, ticket(status_now, names[:number]))

    form = ("--form", "file=@image1.png", "--form", "ticket=1")
    full = {"ticket": ["This ticket already has all the files it asked for."]}
    assert answer(live, "http://localhost:8000/api/files/", *token, *form) == (400, full)

    complete = page(ticket("COMPLETED", names))
    today = datetime.now(UTC).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    for query, listed in (
        ("", complete),
        ("?status=PENDING", page()),
        ("?status=COMPLETED", complete),
        ("?start_date=2018-12-12", complete),
        ("?end_date=2018-12-12", page()),
        ("?start_date=2018-11-12&end_date=2018-12-12", page()),
        (f"?start_date={yesterday}&end_date={tomorrow}", complete),
    ):
        assert answer(live, f"http://localhost:8000/api/tickets/{query}", *token) == (200, listed), query

    assert answer(live, "http://localhost:8000/api/tickets/") == (
        401,
        {"detail": "Authentication credentials were not provided."},
    )
    assert "Traceback" not in live.log


def test_head_sends_no_body_over_the_wire(live: LiveService) -> None:
    token = f"Authorization: {live.sign_in()['Authorization']}"
    for path in ("/api/", "/api/tickets/", "/api/files/", "/healthz"):
        # curl would wait for, or complain of, a body after HEAD's headers.
        headers = live.curl("--head", "--header", token, f"http://localhost:8000{path}").lower()
        assert headers.startswith("http/1.1 200 ok\r\n")
        assert "\r\ncontent-type: application/json\r\n" in headers
        assert headers.endswith("\r\n\r\n")
