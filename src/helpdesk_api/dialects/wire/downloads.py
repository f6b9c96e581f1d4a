"""Stored files on their way out, with the headers that keep them from doing harm in a browser."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from helpdesk_api.dialects.wire.conditional import drop_senseless_range, is_unchanged
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.attachments.errors import AttachmentNotFound
from helpdesk_api.models import Attachment
from helpdesk_api.storage.files import FileStorage

# What a browser may show in place; SVG and HTML can carry scripts and are always downloads.
INLINE = frozenset(
    """
    image/png image/jpeg image/gif image/webp image/bmp image/avif image/heic image/x-icon image/tiff
    text/plain application/pdf
    """.split()
)
_BYTES = {"schema": {"type": "string", "format": "binary"}}
# A file comes as what it was sent as where a browser may show that; generators take the first of the two.
BINARY: dict[str, Any] = {
    "content": {"application/octet-stream": _BYTES, "*/*": _BYTES},
    "description": "The file, or the part of it that `Range` asks for.",
}
# The good answers of a route that sends files.
FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: BINARY,
    206: BINARY,
    304: {"description": "Not changed."},
    416: {"description": "The file has no such part."},
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: what the client calls it and takes it for, and what changes when its content does."""

    filename: str
    media_type: str
    version: str
    modified_at: datetime | None = None


async def attachment_response(request: Request, found: Attachment) -> Response:
    """A ticket's file. Raises `AttachmentNotFound` where it is gone from the storage."""
    download = Download(found.filename, found.mime_type, found.sha256.hex(), found.created_at)
    return await stored_response(request, found.path, download)


class StoredFileResponse(FileResponse):
    """Sends a published file. It is opened once, through no symbolic link, and stays what it was when it was opened."""

    def __init__(self, files: FileStorage, path: str, headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(path, headers=headers, media_type=media_type)
        self._open = partial(files.open, path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file. Raises `AttachmentNotFound` where it went away since it was located."""
        file = await asyncio.to_thread(self._open)
        if file is None:
            raise AttachmentNotFound
        try:
            # Starlette takes a path; this one leads to the descriptor.
            self.path, self.stat_result = f"/dev/fd/{file}", os.fstat(file)
            self.set_stat_headers(self.stat_result)
            await super().__call__(scope, receive, send)
        finally:
            os.close(file)


async def stored_response(request: Request, path: str, download: Download) -> Response:
    """A file by where it is stored. Raises `AttachmentNotFound` where it is gone."""
    files = service_of(request).files
    if await asyncio.to_thread(files.locate, path) is None:
        raise AttachmentNotFound
    return _response(request, download, partial(StoredFileResponse, files, path))


def file_response(request: Request, location: str, download: Download) -> Response:
    """A file of our own, which nobody uploaded."""
    return _response(request, download, partial(FileResponse, location))


def _response(request: Request, download: Download, send: Callable[..., FileResponse]) -> Response:
    """RFC 6266 for the file's name, RFC 9110 for the validators."""
    kind = download.media_type.partition(";")[0].strip().lower()
    disposition = "inline" if kind in INLINE else "attachment"
    headers = {
        "ETag": f'"{download.version}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(download.filename, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    if download.modified_at is not None:
        headers["Last-Modified"] = formatdate(download.modified_at.timestamp(), usegmt=True)
    if is_unchanged(request, headers["ETag"], download.modified_at):
        return Response(status_code=304, headers=headers)
    drop_senseless_range(request)
    media_type = download.media_type if kind in INLINE else "application/octet-stream"
    return send(headers=headers, media_type=media_type)
