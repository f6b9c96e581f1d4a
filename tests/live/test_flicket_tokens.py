"""The token calls of Flicket's API page, by real httpie."""

from __future__ import annotations

import json
import subprocess
import sys

from live_service import LiveService


def http(live: LiveService, *arguments: str) -> tuple[str, str]:
    """The first line and the body of what httpie was answered, given the page's own arguments."""
    theirs = "http://localhost:5000"
    words = [word.replace(theirs, live.url) for word in arguments]
    # In a terminal httpie prints the headers too, and reads no body from standard input: so it is told here.
    command = [sys.executable, "-m", "httpie", "--ignore-stdin", "--print=hb", "--pretty=none", *words]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    head, _, body = printed.replace("\r\n", "\n").partition("\n\n")
    return head.splitlines()[0], body.strip()


def test_tokens_are_got_and_deleted_as_the_page_shows(live: LiveService) -> None:
    line, body = http(live, "--auth", f"admin:{live.password}", "POST", "http://localhost:5000/flicket-api/tokens")
    assert (line, list(json.loads(body))) == ("HTTP/1.1 200 OK", ["token"])
    bearer = f"Authorization: Bearer {json.loads(body)['token']}"

    line, body = http(live, "http://localhost:5000/flicket-api/statuses/", bearer)
    assert line == "HTTP/1.1 200 OK"
    assert [item["status"] for item in json.loads(body)["items"]] == [
        "Open",
        "Closed",
        "In Work",
        "Awaiting Information",
    ]

    assert http(live, "DELETE", "http://localhost:5000/flicket-api/tokens", bearer) == ("HTTP/1.1 204 No Content", "")
    assert http(live, "http://localhost:5000/flicket-api/statuses/", bearer) == (
        "HTTP/1.1 401 Unauthorized",
        '{"error":"Unauthorized"}',
    )
