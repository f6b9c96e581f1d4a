"""POST /api/files/: bodies that are cut off or too large."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.settings import Settings
from uploading import (
    MULTIPART,
    as_chunks,
    call,
    form,
    left_overs,
    open_ticket,
    part,
    row_counts,
    status_of,
    stored_files,
)


@pytest.mark.parametrize("cut", [10, 200, 260, 1_500_000, -3])
async def test_a_cut_upload_leaves_nothing(
    app: FastAPI, client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account, cut: int
) -> None:
    ticket = await open_ticket(client, requester)
    before = await row_counts(session)
    body = form(part("ticket", str(ticket)), part("file", b"x" * 3_000_000, "big.png"))
    status, answer = await call(
        app,
        "POST",
        "/api/files/",
        headers={**requester.token, **MULTIPART, "Content-Length": str(len(body))},
        chunks=[body[start : start + 65_536] for start in range(0, len(body[:cut]), 65_536)],
        disconnect=True,
    )
    assert (status, answer) == (400, b'{"detail":"The request ended before its body was complete."}')
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == ([], [])
    assert await status_of(client, requester, ticket) == "PENDING"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "fits"), [(2_000_000, True), (2_000_001, False), (6_000_000, False)])
async def test_a_file_past_the_size_limit_is_refused(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    requester: Account,
    size: int,
    fits: bool,
    chunked: bool,
) -> None:
    settings.max_upload_size = 2_000_000
    ticket = await open_ticket(client, requester)
    before = await row_counts(session)
    body = form(part("ticket", str(ticket)), part("file", b"x" * size, "big.png"))
    content = as_chunks(body, 65_536) if chunked else body
    answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=content)
    if fits:
        assert (answer.status_code, stored_files(settings)) == (200, ["upload/requester/big.png"])
        return
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_body_announced_as_too_large_is_refused_before_it_is_read(
    app: FastAPI, settings: Settings, requester: Account
) -> None:
    settings.max_upload_size = 2_000_000
    status, body = await call(
        app,
        "POST",
        "/api/files/",
        headers={**requester.token, **MULTIPART, "Content-Length": "9000000"},
        disconnect=True,
    )
    assert (status, b"larger than" in body) == (413, True)
