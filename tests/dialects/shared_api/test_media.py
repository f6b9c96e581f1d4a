"""GET /media/...: stored files, for those who may see them, in headers that keep a browser safe."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment
from helpdesk_api.settings import Settings
from uploading import call, open_ticket, send_file

NO_FILE = {"detail": "No File matches the given query."}
NO_FILE_BODY = b'{"detail":"No File matches the given query."}'
TEXT = b"0123456789abcdefghij"
ETAG = f'"{hashlib.sha256(TEXT).hexdigest()}"'


@pytest.fixture
async def url(client: httpx.AsyncClient, requester: Account) -> str:
    """Where a text of 20 letters is."""
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, requester, ticket, "note.txt", TEXT, "text/plain")
    return str(sent.json()["file"])


async def test_a_file_comes_back_as_it_was_sent(client: httpx.AsyncClient, requester: Account, url: str) -> None:
    answer = await client.get(url, headers=requester.token)
    assert (answer.status_code, answer.content) == (200, TEXT)
    parsedate_to_datetime(answer.headers["last-modified"])
    assert {name: value for name, value in answer.headers.items() if name not in ("last-modified", "x-request-id")} == {
        "content-type": "text/plain; charset=utf-8",
        "content-length": "20",
        "accept-ranges": "bytes",
        "etag": ETAG,
        "x-content-type-options": "nosniff",
        "content-disposition": "inline; filename*=UTF-8''note.txt",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-cache",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
    }


async def test_head_gives_the_same_headers_and_no_body(client: httpx.AsyncClient, requester: Account, url: str) -> None:
    get, head = await client.get(url, headers=requester.token), await client.head(url, headers=requester.token)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}


@pytest.mark.parametrize(
    ("wanted", "content", "shown"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/20"),
        ("bytes=5-5", b"5", "bytes 5-5/20"),
        ("bytes=10-", b"abcdefghij", "bytes 10-19/20"),
        ("bytes=-3", b"hij", "bytes 17-19/20"),
        ("bytes=-100", TEXT, "bytes 0-19/20"),
        ("bytes=15-999", b"fghij", "bytes 15-19/20"),
    ],
)
async def test_a_range_gives_a_part(
    client: httpx.AsyncClient, requester: Account, url: str, wanted: str, content: bytes, shown: str
) -> None:
    answer = await client.get(url, headers=requester.token | {"Range": wanted})
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, content, shown)
    assert (answer.headers["content-length"], answer.headers["etag"]) == (str(len(content)), ETAG)


async def test_several_ranges_come_as_parts(client: httpx.AsyncClient, requester: Account, url: str) -> None:
    answer = await client.get(url, headers=requester.token | {"Range": "bytes=0-1,18-19"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (206, "multipart/byteranges")
    assert b"bytes 0-1/20\r\n\r\n01\r\n" in answer.content
    assert b"bytes 18-19/20\r\n\r\nij\r\n" in answer.content


@pytest.mark.parametrize("wanted", ["bytes=20-", "bytes=100-200"])
async def test_a_range_past_the_end_cannot_be_satisfied(
    client: httpx.AsyncClient, requester: Account, url: str, wanted: str
) -> None:
    answer = await client.get(url, headers=requester.token | {"Range": wanted})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */20")


@pytest.mark.parametrize("wanted", ["lines=1-2", "bytes=x", "bytes=3-1", "bytes", "", "bytes=" + "0-0," * 5000])
async def test_a_range_that_makes_no_sense_does_no_harm(
    client: httpx.AsyncClient, requester: Account, url: str, wanted: str
) -> None:
    answer = await client.get(url, headers=requester.token | {"Range": wanted})
    assert (answer.status_code, answer.content) == (200, TEXT)


@pytest.mark.parametrize("given", [ETAG, f"W/{ETAG}", "*", f'"other", {ETAG}', f'W/"other",W/{ETAG}', f" {ETAG} "])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_unchanged_file_is_not_sent_again(
    client: httpx.AsyncClient, requester: Account, url: str, method: str, given: str
) -> None:
    answer = await client.request(method, url, headers=requester.token | {"If-None-Match": given})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", ETAG)
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("given", ['"other"', ETAG.strip('"'), "", '"*"', "W/*"])
async def test_another_etag_gets_the_file(client: httpx.AsyncClient, requester: Account, url: str, given: str) -> None:
    answer = await client.get(url, headers=requester.token | {"If-None-Match": given})
    assert (answer.status_code, answer.content) == (200, TEXT)


@pytest.mark.parametrize(
    ("seconds", "more", "status"),
    [
        (0, {}, 304),
        (3600, {}, 304),
        (-1, {}, 200),
        (0, {"If-None-Match": '"other"'}, 200),
        (-1, {"If-None-Match": ETAG}, 304),
    ],
)
async def test_a_date_counts_where_there_is_no_etag(
    client: httpx.AsyncClient, requester: Account, url: str, seconds: int, more: dict[str, str], status: int
) -> None:
    modified = parsedate_to_datetime((await client.head(url, headers=requester.token)).headers["last-modified"])
    since = format_datetime(modified + timedelta(seconds=seconds), usegmt=True)
    answer = await client.get(url, headers=requester.token | {"If-Modified-Since": since} | more)
    assert (answer.status_code, answer.content) == (status, TEXT if status == 200 else b"")


@pytest.mark.parametrize("since", ["yesterday", "", "Sun, 99 Foo 2019 99:99:99 GMT", "9" * 5000, "\xff"])
async def test_a_date_that_is_none_is_passed_over(
    client: httpx.AsyncClient, requester: Account, url: str, since: str
) -> None:
    answer = await client.get(url, headers=[*requester.token.items(), ("If-Modified-Since", since.encode("latin-1"))])
    assert answer.status_code == 200


@pytest.mark.parametrize(("given", "status"), [(ETAG, 206), ('"other"', 200), ("Sun, 23 Jun 2019 18:25:36 GMT", 200)])
async def test_a_part_is_only_sent_of_the_file_it_was_meant_of(
    client: httpx.AsyncClient, requester: Account, url: str, given: str, status: int
) -> None:
    answer = await client.get(url, headers=requester.token | {"Range": "bytes=0-3", "If-Range": given})
    assert (answer.status_code, answer.content) == (status, TEXT[:4] if status == 206 else TEXT)


@pytest.mark.parametrize(
    ("name", "kind", "shown", "disposition"),
    [
        ("a.png", "image/png", "image/png", "inline"),
        ("a.png", "IMAGE/PNG; x=y", "image/png", "inline"),
        ("a.pdf", "application/pdf", "application/pdf", "inline"),
        ("a.txt", "text/plain; charset=iso-8859-1", "text/plain; charset=utf-8", "inline"),
        *(
            (name, kind, "application/octet-stream", "attachment")
            for name, kind in (
                ("a.svg", "image/svg+xml"),
                ("a.png", "image/svg+xml"),
                ("a.png", "text/html"),
                ("a.txt", "application/xhtml+xml"),
                ("a.xml", "text/xml"),
                ("a.txt", "text/javascript"),
                ("a.zip", "application/zip"),
                ("a.mp4", "video/mp4"),
                ("a.png", ""),
                ("a.png", "nonsense"),
                ("a.png", "text/html\timage/png"),
                ("a.png", "multipart/x-mixed-replace"),
            )
        ),
    ],
)
async def test_only_what_can_do_no_harm_is_shown_in_place(
    client: httpx.AsyncClient, requester: Account, name: str, kind: str, shown: str, disposition: str
) -> None:
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, requester, ticket, name, b"<script>alert(1)</script>", kind)
    answer = await client.get(sent.json()["file"], headers=requester.token)
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (shown, "nosniff")
    assert answer.headers["content-disposition"] == f"{disposition}; filename*=UTF-8''{name}"


async def test_a_name_of_any_script_travels_in_the_headers(client: httpx.AsyncClient, requester: Account) -> None:
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, requester, ticket, "Bär 写真;\u2028.png")
    answer = await client.get(sent.json()["file"], headers=requester.token)
    assert (answer.status_code, answer.headers["content-disposition"]) == (
        200,
        "inline; filename*=UTF-8''B%C3%A4r%20%E5%86%99%E7%9C%9F%3B.png",
    )


async def test_only_the_owner_and_staff_get_a_file(
    client: httpx.AsyncClient, requester: Account, stranger: Account, agent: Account, admin: Account, url: str
) -> None:
    for headers in (requester.token, requester.bearer, requester.basic, agent.token, admin.bearer):
        assert (await client.get(url, headers=headers)).content == TEXT
    for method in ("GET", "HEAD"):
        answer = await client.request(
            method, url, headers=stranger.token | {"Range": "bytes=0-1", "If-None-Match": "*"}
        )
        assert (answer.status_code, answer.content) == (404, b"" if method == "HEAD" else NO_FILE_BODY)


NOWHERE = r"""
    upload upload/ upload/requester upload/requester/ upload/requester/other.txt UPLOAD/requester/note.txt secret.txt
    ../postgres/data upload/requester/../requester/note.txt upload//requester/note.txt /etc/passwd %2Fetc%2Fpasswd
    %2e%2e/secret.txt ..%2fsecret.txt ....//secret.txt upload/requester/%2e%2e/%2e%2e/%2e%2e/secret.txt ~ .incoming/
    %00 upload%2Frequester%2Fnote.txt%00 upload/requester/note.txt%00.png %ED%A0%80
    upload\requester\note.txt %5C..%5Csecret.txt
"""


@pytest.mark.parametrize("path", ["", "x" * 60_000, *NOWHERE.split()], ids=lambda path: path[:40])
async def test_nothing_but_a_stored_file_is_ever_found(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings, admin: Account, url: str, path: str
) -> None:
    settings.data_dir.joinpath("secret.txt").write_text("secret")
    settings.media_dir.joinpath("secret.txt").write_text("secret")
    if "/.." not in path:  # which the client would resolve by itself
        assert (await client.get(f"/media/{path}", headers=admin.token)).status_code == 404
    # The same, as a server hands it on that does not tidy paths.
    status, body = await call(app, "GET", f"/media/{unquote(path, errors='surrogatepass')}", headers=admin.token)
    assert (status, body) == (404, NO_FILE_BODY)


async def test_what_is_being_received_cannot_be_read(
    client: httpx.AsyncClient, settings: Settings, admin: Account, url: str
) -> None:
    for hidden in settings.media_dir.joinpath(".incoming").iterdir():
        answer = await client.get(f"/media/.incoming/{hidden.name}", headers=admin.token)
        assert (answer.status_code, answer.json()) == (404, NO_FILE)


@pytest.mark.parametrize("state", ["gone", "folder", "link"])
async def test_a_file_missing_on_the_disk_is_not_found(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account, url: str, state: str
) -> None:
    stored = settings.media_dir / (await session.scalars(select(Attachment.path))).one()
    stored.unlink()
    if state == "folder":
        stored.mkdir()
    elif state == "link":
        secret = settings.data_dir / "secret.txt"
        secret.write_text("secret")
        stored.symlink_to(secret)
    answer = await client.get(url, headers=requester.token)
    assert (answer.status_code, answer.json()) == (404, NO_FILE)


async def test_a_picture_is_the_very_same_bytes(client: httpx.AsyncClient, requester: Account) -> None:
    ticket = await open_ticket(client, requester)
    content = PNG * 3000  # several chunks
    sent = await send_file(client, requester, ticket, content=content)
    answer = await client.get(sent.json()["file"], headers=requester.token)
    assert (answer.content == content, answer.headers["content-length"]) == (True, str(len(content)))
