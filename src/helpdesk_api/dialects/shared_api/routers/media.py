"""GET /media/...: stored files, for those who may see what they belong to."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.errors import AttachmentNotFound
from helpdesk_api.models import Attachment

router = APIRouter(route_class=WireRoute, tags=["Files"])

# What a browser may show in place; SVG and HTML can carry scripts and are always downloads.
INLINE = frozenset(
    """
    image/png image/jpeg image/gif image/webp image/bmp image/avif image/heic image/x-icon image/tiff
    text/plain application/pdf
    """.split()
)
BINARY: dict[str, Any] = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The file, or the part of it that `Range` asks for.",
}


@router.get(
    "/media/{path:path}",
    operation_id="getMedia",
    name="media",
    response_class=FileResponse,
    responses={200: BINARY, 206: BINARY, 304: {"description": "Not changed."}, **errors(401, 404)},
)
async def get_media(request: Request, path: str, actor: ActorDep, session: ReadSessionDep) -> Response:
    """A stored file, for those who may see its ticket. Takes `Range` and `If-None-Match`."""
    found = await attachments.find_media(session, actor, path)
    location = await asyncio.to_thread(service_of(request).files.locate, found.path)
    if location is None:
        raise AttachmentNotFound
    return file_response(request, found, str(location))


def file_response(request: Request, found: Attachment, location: str) -> Response:
    """A file with the headers that keep it from doing harm in a browser (RFC 6266, RFC 9110 for the validators)."""
    kind = found.mime_type.partition(";")[0].strip().lower()
    disposition = "inline" if kind in INLINE else "attachment"
    headers = {
        "ETag": f'"{found.sha256.hex()}"',
        "Last-Modified": formatdate(found.created_at.timestamp(), usegmt=True),
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(found.filename, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    if headers["ETag"] in (one.strip().removeprefix("W/") for one in _if_none_match(request)):
        return Response(status_code=304, headers=headers)
    media_type = found.mime_type if kind in INLINE else "application/octet-stream"
    return FileResponse(location, headers=headers, media_type=media_type)


def _if_none_match(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")
