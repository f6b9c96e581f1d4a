"""Flicket's token calls over the wire, as httpie makes them: POST with Basic credentials and no body at all."""

from __future__ import annotations

import json

from live_service import LiveService

TOKENS = "http://localhost:8000/flicket-api/tokens"


def test_tokens_are_got_and_deleted_as_httpie_does(live: LiveService) -> None:
    # `http --auth admin:... POST .../tokens`: neither body nor content type.
    httpie = ("--user", f"admin:{live.password}", "--request", "POST", "--header", "User-Agent: HTTPie/3.2.4")
    got = live.curl("--include", *httpie, TOKENS)
    head, _, body = got.partition("\r\n\r\n")
    assert head.lower().startswith("http/1.1 200 ok\r\n")
    assert "\r\ncontent-type: application/json" in head.lower()
    token = json.loads(body)["token"]

    bearer = ("--header", f"Authorization: Bearer {token}")
    statuses = json.loads(live.curl(*bearer, "http://localhost:8000/flicket-api/statuses/"))
    assert [item["status"] for item in statuses["items"]] == ["Open", "Closed", "In Work", "Awaiting Information"]

    # `http DELETE .../tokens "Authorization: Bearer ..."`
    deleted = live.curl("--include", *bearer, "--request", "DELETE", TOKENS)
    assert deleted.lower().startswith("http/1.1 204 no content\r\n")
    assert deleted.endswith("\r\n\r\n")
    refused = live.curl("--write-out", "\n%{http_code}", *bearer, "http://localhost:8000/flicket-api/statuses/")
    assert refused == '{"error":"Unauthorized"}\n401'
