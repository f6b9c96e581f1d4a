"""GET /media/...: what happens when somebody puts another thing in a file's place, even while it is being sent."""

from __future__ import annotations

import os

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.requests import Request
from starlette.types import Message

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.dialects.wire.downloads import Download, stored_response
from helpdesk_api.domain.attachments.errors import AttachmentNotFound
from helpdesk_api.models import Attachment
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles
from uploading import open_ticket, send_file


@pytest.fixture
async def url(client: httpx.AsyncClient, requester: Account) -> str:
    """Where a picture is."""
    return str((await send_file(client, requester, await open_ticket(client, requester))).json()["file"])


@pytest.mark.parametrize("part", ["file", "folder"])
async def test_a_link_put_in_place_of_a_file_between_two_looks_is_not_followed(
    app: FastAPI,
    session: Session,
    client: httpx.AsyncClient,
    settings: Settings,
    requester: Account,
    url: str,
    part: str,
) -> None:
    path = (await session.scalars(select(Attachment.path))).one()
    request = Request({"type": "http", "method": "GET", "headers": [], "app": app})
    response = await stored_response(request, path, Download("image1.png", "image/png", "1"))
    stored = settings.media_dir / path
    secret = settings.data_dir / "elsewhere" / stored.name
    secret.parent.mkdir()
    secret.write_text("secret")
    if part == "file":
        stored.unlink()
        stored.symlink_to(secret)
    else:
        stored.parent.rename(settings.data_dir / "moved")
        stored.parent.symlink_to(secret.parent)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(AttachmentNotFound):
        await response(request.scope, request.receive, send)
    assert sent == []
    assert (await client.get(url, headers=requester.token)).status_code == 404


async def test_a_file_that_is_being_sent_is_sent_to_its_end_although_it_is_deleted(
    app: FastAPI, client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester)
    content = PNG * 3000  # several chunks
    await send_file(client, requester, ticket, content=content)
    path = (await session.scalars(select(Attachment.path).where(Attachment.ticket_id == ticket))).one()
    request = Request({"type": "http", "method": "GET", "headers": [], "app": app})
    response = await stored_response(request, path, Download("image1.png", "image/png", "1"))
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            settings.media_dir.joinpath(path).unlink()
        sent.append(message.get("body", b""))

    await response({**request.scope, "asgi": {"spec_version": "2.4"}}, request.receive, send)
    assert b"".join(sent) == content


async def test_a_named_pipe_in_place_of_a_file_holds_nobody_up(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account, url: str
) -> None:
    stored = settings.media_dir / (await session.scalars(select(Attachment.path))).one()
    stored.unlink()
    os.mkfifo(stored)
    assert (await client.get(url, headers=requester.token)).status_code == 404
    assert LocalFiles(settings.media_dir).open(str(stored.relative_to(settings.media_dir))) is None
