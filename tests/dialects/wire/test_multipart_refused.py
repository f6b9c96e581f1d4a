"""Multipart forms that are refused, in whole or in part: malformed, too large, too many, or of an unwanted kind."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk_api.dialects.wire.multipart import MultipartError, MultipartLimits, UploadTooLarge, read_multipart
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below
from multipart_forms import CONTENT_TYPE, MIB, body, described, file, read, read_raw, text


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("multipart/form-data", "Invalid boundary in multipart: None"),
        ("multipart/form-data; boundary=", "Invalid boundary in multipart: "),
        ('multipart/form-data; boundary="a\xe9"', "Invalid boundary in multipart: aé"),
        ("multipart/form-data; boundary=" + "x" * 300, "Invalid boundary in multipart: " + "x" * 300),
        ("application/json; boundary=x", "Invalid Content-Type: application/json; boundary=x"),
    ],
)
async def test_without_a_boundary_there_is_no_form(files: LocalFiles, content_type: str, reason: str) -> None:
    with pytest.raises(MultipartError) as raised:
        await read(files, content_type=content_type)
    assert str(raised.value) == f"Multipart form parse error - {reason}"


NAMED = b'--bound\r\nContent-Disposition: form-data; name="a"'
LAST_BOUNDARY_MISSING = "The body ends before its last boundary"
MALFORMED_PART = "Malformed headers or boundary of a part"
NAME_MISSING = "A part has no name in its Content-Disposition header"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"junk", "The body does not begin with a part"),
        (b"--other\r\n", "The body does not begin with a part"),
        (b"--bound", LAST_BOUNDARY_MISSING),
        (NAMED, LAST_BOUNDARY_MISSING),
        (NAMED + b'; filename="x"\r\n\r\nhalf of it', LAST_BOUNDARY_MISSING),
        (NAMED + b"\r\n\r\nall of it\r\n--bound\r\n", LAST_BOUNDARY_MISSING),
        (NAMED + b"\r\n\r\nall of it\r\n--bound-", LAST_BOUNDARY_MISSING),
        (NAMED + b"\r\nno colon\r\n\r\n1\r\n--bound--", MALFORMED_PART),
        (NAMED + b"\r\n: no name\r\n\r\n1\r\n--bound--", MALFORMED_PART),
        (NAMED + b"\rX\r\n\r\n1\r\n--bound--", MALFORMED_PART),
        (b"--bound\r\n\r\n1\r\n--bound--", NAME_MISSING),
        (b"--bound\r\nContent-Disposition: form-data\r\n\r\n1\r\n--bound--", NAME_MISSING),
        (NAMED + b"; filename*=x\r\n\r\n1\r\n--bound--", "An extended parameter is not of the form utf-8''text"),
        (NAMED + b"; filename*=utf-7''x\r\n\r\n1\r\n--bound--", "An extended parameter is not of the form utf-8''text"),
        (NAMED + b"; filename*=utf-8''%ff\r\n\r\n1\r\n--bound--", "An extended parameter is not valid utf-8"),
        (body(text("a", b"\xff")), "The field a is not valid utf-8"),
        (body(text("a", "1", "Content-Type: text/plain; charset=zlib")), "Unknown charset: zlib"),
        (body(text("_charset_", "utf-7")), "Unknown charset: utf-7"),
        (
            body(file("a", "a.txt", b"YQ==", "Content-Transfer-Encoding: BASE64")),
            "Unsupported Content-Transfer-Encoding: base64",
        ),
        (body(text("a", "1", *["X: y"] * 16)), "Too many or too large headers in a part"),
        (body(text("a", "1", "X: " + "y" * 9000)), "Too many or too large headers in a part"),
        (body(*[text("a", "1")] * 1001), "Too many fields, at most 1000 are taken"),
        (body(*[file("a", "a.txt", b"")] * 6), "Too many files, at most 5 are taken"),
    ],
)
async def test_what_is_no_form_is_refused_with_the_reason_and_leaves_nothing(
    files: LocalFiles, root: Path, raw: bytes, reason: str
) -> None:
    before = body(file("first", "first.txt", bytes(2 * MIB))).removesuffix(b"--bound--\r\n") if NAMED in raw else b""
    with pytest.raises(MultipartError) as raised:
        await read_raw(files, before + raw)
    assert str(raised.value) == f"Multipart form parse error - {reason}"
    assert files_below(root) == []


async def test_a_refused_file_is_not_written_and_the_rest_of_the_form_is_read(files: LocalFiles, root: Path) -> None:
    limits = MultipartLimits(
        max_file_size=4 * MIB,
        max_files=2,
        refuse=lambda name: "No programs." if name.endswith(".exe") else None,
    )
    refused = file("file", "virus.exe", bytes(3 * MIB))
    form = await read(files, refused, text("ticket", "x"), file("file", "a.txt", b""), limits=limits)
    assert form.fields == [("ticket", "x")]
    assert described(form) == [
        ("file", "virus.exe", "", 3 * MIB, "No programs."),
        ("file", "a.txt", "", 0, hashlib.sha256().digest()),
    ]
    await form.discard()
    assert files_below(root) == []


async def test_a_file_in_a_field_that_takes_none_is_not_written(files: LocalFiles, root: Path) -> None:
    limits = MultipartLimits(max_file_size=4 * MIB, file_fields=frozenset({"file"}), refuse=lambda _: "Refused.")
    form = await read(files, file("password", "a.txt", bytes(2 * MIB)), limits=limits)
    assert described(form) == [("password", "a.txt", "", 2 * MIB, None)]
    assert files_below(root) == []


@pytest.mark.parametrize("refuse", [lambda _: None, lambda _: "Refused."])
async def test_a_file_past_its_limit_ends_the_reading_at_once(files: LocalFiles, root: Path, refuse: Any) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield body(file("file", "a.bin", b"")).removesuffix(b"\r\n--bound--\r\n")
        while True:
            taken += MIB
            yield bytes(MIB)

    limits = MultipartLimits(max_file_size=4 * MIB, refuse=refuse)
    with pytest.raises(UploadTooLarge, match="The file is larger than 4194304 bytes"):
        await read_multipart(CONTENT_TYPE, endless(), files, limits)
    assert taken == 5 * MIB
    assert files_below(root) == []


async def test_a_file_of_exactly_the_limit_is_taken(files: LocalFiles) -> None:
    limits = MultipartLimits(max_file_size=MIB)
    form = await read(files, file("file", "a.bin", bytes(MIB)), limits=limits)
    assert form.files[0].size == MIB
    await form.discard()


async def test_a_body_that_is_too_large_by_its_own_word_is_not_read(files: LocalFiles) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    limits = MultipartLimits(max_file_size=10 * MIB)
    with pytest.raises(UploadTooLarge, match="The request body is larger than 12582912 bytes"):
        await read_multipart(CONTENT_TYPE, never(), files, limits, content_length=limits.max_body_size + 1)


@pytest.mark.parametrize(
    "pieces",
    [
        [body(text("a", "x" * (MIB - 1)), text("b", "yy"))],
        [b"\r\n" * MIB, body()],
        [body(), *[bytes(MIB)] * 3],
        [body(file("f", "a.txt", b"x"), *[text("name" * 800, "")] * 999)],
    ],
)
async def test_everything_beside_files_is_limited_too(files: LocalFiles, root: Path, pieces: list[bytes]) -> None:
    with pytest.raises(UploadTooLarge):
        await read_raw(files, *pieces)
    assert files_below(root) == []
