"""POST /api/files/: what is taken, under which name, and what is refused without a trace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment, Ticket
from helpdesk_api.settings import Settings
from uploading import (
    MULTIPART,
    as_chunks,
    form,
    left_overs,
    open_ticket,
    part,
    row_counts,
    send_file,
    status_of,
    stored_files,
)

NOT_A_FILE = ["The submitted data was not a file. Check the encoding type on the form."]
NO_FILE = ["No file was submitted."]
REQUIRED = ["This field is required."]
TOO_MANY = "Multipart form parse error - Too many files, at most 1 are taken"
FULL = ["This ticket already has all the files it asked for."]
IMAGE = part("file", PNG, "a.png", "Content-Type: image/png")


def unknown(ticket: object) -> list[str]:
    """What is said of a ticket that is none."""
    return [f'Invalid pk "{ticket}" - object does not exist.']


@pytest.mark.parametrize(
    "parts",
    [
        lambda ticket: (part("ticket", ticket), IMAGE),
        lambda ticket: (IMAGE, part("ticket", ticket)),
        lambda ticket: (part("note", "x" * 1000), IMAGE, part("other", ""), part("ticket", ticket)),
        lambda ticket: (part("ticket", "999999"), IMAGE, part("ticket", ticket)),
        lambda ticket: (part("ticket", ticket), part("thumbnail", ""), IMAGE),
    ],
)
async def test_parts_may_come_in_any_order(
    client: httpx.AsyncClient, settings: Settings, requester: Account, parts: Callable[[str], tuple[bytes, ...]]
) -> None:
    ticket = await open_ticket(client, requester)
    body = form(*parts(str(ticket)))
    answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=as_chunks(body, 7))
    assert (answer.status_code, answer.json()) == (200, {"file": "/media/upload/requester/a.png", "ticket": ticket})
    assert (settings.media_dir / "upload/requester/a.png").read_bytes() == PNG
    assert left_overs(settings) == []


@pytest.mark.parametrize(
    ("sent", "stored", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png", "passwd.png"),
        ("/etc/cron.d/job.png", "job.png", "job.png"),
        ("C:\\Users\\me\\a b.png", "a_b.png", "a b.png"),
        ("..\\..\\up.png", "up.png", "up.png"),
        (".hidden.png", "hidden.png", ".hidden.png"),
        ("Bär Ünïcode 写真.png", "Bär_Ünïcode_写真.png", "Bär Ünïcode 写真.png"),
        ("\u202egnp.exe.png", "gnp.exe.png", "gnp.exe.png"),
        ("tab\there\x01.png", "tabhere.png", "tabhere.png"),
        ("semi;colon&<b>.png", "semicolonb.png", "semi;colon&<b>.png"),
        ("UPPER.PNG", "UPPER.PNG", "UPPER.PNG"),
        ("n" * 300 + ".png", "n" * 96 + ".png", "n" * 251 + ".png"),
        ("写" * 200 + ".png", "写" * 65 + ".png", "写" * 200 + ".png"),
    ],
    ids=lambda value: ascii(value)[:25],
)
async def test_a_name_is_made_safe(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    requester: Account,
    sent: str,
    stored: str,
    shown: str,
) -> None:
    ticket = await open_ticket(client, requester)
    quoted = sent.replace("\\", "\\\\")
    body = form(part("ticket", str(ticket)), part("file", PNG, quoted))
    answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=body)
    assert answer.status_code == 200, answer.text
    (row,) = await session.scalars(select(Attachment))
    assert unicodedata.normalize("NFC", row.path) == f"upload/requester/{stored}"
    assert (row.filename, stored_files(settings)) == (shown, [row.path])
    media = await client.get(answer.json()["file"], headers=requester.token)
    assert (media.status_code, media.content) == (200, PNG)


async def test_a_name_taken_already_gets_a_random_suffix(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester)
    first = await send_file(client, requester, ticket, content=b"first")
    second = await send_file(client, requester, ticket, content=b"second")
    assert first.json()["file"] == "/media/upload/requester/image1.png"
    assert re.fullmatch(r"/media/upload/requester/image1_[A-Za-z0-9]{7}\.png", second.json()["file"])
    for answer, content in ((first, b"first"), (second, b"second")):
        assert (await client.get(answer.json()["file"], headers=requester.token)).content == content
    assert list(await session.scalars(select(Attachment.filename))) == ["image1.png", "image1.png"]
    assert len(stored_files(settings)) == 2


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        *(
            ("evil.exe", ".exe"),
            ("run.SH", ".sh"),
            ("page.html", ".html"),
            ("a.png.php", ".php"),
            ("a.png\0.exe", ".exe"),
        ),
        *(("none", "none"), ("png", "none"), ("a.", "none"), ("a.png ", None), ("a.pn\tg", None)),
    ],
)
async def test_an_extension_nobody_allowed_is_refused_before_a_byte_is_written(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    requester: Account,
    name: str,
    ending: str | None,
) -> None:
    ticket = await open_ticket(client, requester)
    before = await row_counts(session)
    body = form(part("ticket", str(ticket)), part("file", PNG, name))
    answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=body)
    if ending is None:  # made safe, it is an allowed one
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()) == (400, {"file": [f"Unsupported file extension: {ending}"]})
    assert await row_counts(session) == before
    assert not settings.media_dir.exists()


@pytest.mark.parametrize(
    ("parts", "errors"),
    [
        ((), {"ticket": REQUIRED, "file": NO_FILE}),
        ((part("ticket", "{id}"),), {"file": NO_FILE}),
        ((IMAGE,), {"ticket": REQUIRED}),
        ((part("ticket", "{id}"), part("file", "text")), {"file": NOT_A_FILE}),
        ((part("ticket", "{id}"), part("file", "", "")), {"file": NOT_A_FILE}),
        ((part("ticket", "{id}"), part("file", b"", "a.png")), {"file": ["The submitted file is empty."]}),
        ((part("ticket", "{id}"), part("image", PNG, "a.png")), {"file": NO_FILE}),
        ((part("ticket", "5", "id.txt"), IMAGE), {"detail": TOO_MANY}),
        ((part("ticket", ""), IMAGE), {"ticket": ["This field may not be null."]}),
        ((part("ticket", "abc"), IMAGE), {"ticket": ["Incorrect type. Expected pk value, received str."]}),
        ((part("ticket", "999999"), IMAGE), {"ticket": unknown(999999)}),
        ((part("ticket", "-1"), IMAGE), {"ticket": unknown(-1)}),
        ((part("ticket", str(2**63)), IMAGE), {"ticket": unknown(2**63)}),
        ((part("ticket", "9" * 400), IMAGE), {"ticket": unknown("9" * 400)}),
        ((part("ticket", "999999"), part("file", PNG, "evil.exe")), None),
        ((part("ticket", "abc"), part("file", b"", "a.png")), None),
    ],
    ids=lambda value: str(value)[-40:],
)
async def test_a_refused_upload_leaves_nothing_and_names_every_wrong_field(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    requester: Account,
    parts: tuple[bytes, ...],
    errors: dict[str, list[str]] | None,
) -> None:
    ticket = await open_ticket(client, requester)
    before = await row_counts(session)
    body = form(*parts).replace(b"{id}", str(ticket).encode())
    answer = await client.post("/api/files/", headers=requester.token | MULTIPART, content=body)
    assert answer.status_code == 400
    assert (answer.json() == errors) if errors is not None else (set(answer.json()) == {"ticket", "file"})
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_file_for_a_ticket_that_is_not_ones_own_is_refused(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester)
    answer = await send_file(client, stranger, ticket)
    assert (answer.status_code, answer.json()) == (400, {"ticket": unknown(ticket)})
    assert (await status_of(client, requester, ticket), stored_files(settings)) == ("PENDING", [])


async def test_a_file_for_a_support_ticket_is_refused(
    client: httpx.AsyncClient, session: Session, settings: Settings, admin: Account
) -> None:
    support = Ticket(
        kind="support",
        creator_id=admin.id,
        queue_id=1,
        title="Printer",
        description="",
        submitter_email="",
        status=1,
        priority=3,
    )
    session.add(support)
    await session.flush()
    answer = await send_file(client, admin, support.id)
    assert (answer.status_code, answer.json()) == (400, {"ticket": unknown(support.id)})
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_full_ticket_takes_no_more(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, limit=1)
    await send_file(client, requester, ticket)
    before = await row_counts(session)
    answer = await send_file(client, requester, ticket, "image2.png")
    assert (answer.status_code, answer.json()) == (400, {"ticket": FULL})
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == (["upload/requester/image1.png"], [])


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"ticket": 1, "file": "path"}},
        {"data": {"ticket": "1", "file": "/home/me/image1.png"}},
        {"json": {"ticket": 1, "file": [1]}},
        {"json": {"ticket": 1, "file": {"filename": "a.png"}}},
    ],
    ids=str,
)
async def test_a_path_is_no_file(client: httpx.AsyncClient, requester: Account, body: dict[str, object]) -> None:
    answer = await client.post("/api/files/", headers=requester.token, **body)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (400, {"ticket": unknown(1), "file": NOT_A_FILE})


async def test_one_request_carries_one_file(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket = await open_ticket(client, requester)
    before = await row_counts(session)
    files = [("file", (f"{number}.png", PNG)) for number in range(3)]
    answer = await client.post("/api/files/", headers=requester.token, data={"ticket": ticket}, files=files)
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": TOO_MANY},
    )
    assert await row_counts(session) == before
    assert (stored_files(settings), left_overs(settings)) == ([], [])
