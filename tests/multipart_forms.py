"""Multipart bodies for tests: made by hand, byte for byte, and read as they would arrive."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from helpdesk_api.dialects.wire.multipart import MultipartForm, MultipartLimits, read_multipart
from helpdesk_api.storage.files import LocalFiles

MIB = 1024 * 1024
CONTENT_TYPE = "multipart/form-data; boundary=bound"
LIMITS = MultipartLimits(max_file_size=4 * MIB, max_files=5)


def text(name: str, value: str | bytes, *headers: str) -> bytes:
    return part([f'Content-Disposition: form-data; name="{name}"', *headers], value)


def file(name: str, filename: str, content: bytes, *headers: str) -> bytes:
    return part([f'Content-Disposition: form-data; name="{name}"; filename="{filename}"', *headers], content)


def part(headers: list[str], content: str | bytes) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + raw


def body(*parts: bytes) -> bytes:
    return b"".join(b"--bound\r\n" + part + b"\r\n" for part in parts) + b"--bound--\r\n"


async def in_pieces(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(
    files: LocalFiles, *parts: bytes, limits: MultipartLimits = LIMITS, content_type: str = CONTENT_TYPE
) -> MultipartForm:
    return await read_multipart(content_type, in_pieces([body(*parts)]), files, limits)


async def read_raw(files: LocalFiles, *pieces: bytes, limits: MultipartLimits = LIMITS) -> MultipartForm:
    return await read_multipart(CONTENT_TYPE, in_pieces(pieces), files, limits)


def described(form: MultipartForm) -> list[tuple[Any, ...]]:
    return [
        (one.field, one.filename, one.content_type, one.size, one.incoming.sha256 if one.incoming else one.error)
        for one in form.files
    ]
