"""Multipart forms with files, within the limits the settings give."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext

from starlette.requests import Request

from helpdesk_api.dialects.wire.bodies import chunks_of, declared_length, media_type_of
from helpdesk_api.dialects.wire.multipart import MultipartForm, MultipartLimits, read_multipart
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.storage.names import extension

MULTIPART = "multipart/form-data"
MAX_FIELDS = 1000
MAX_FILES = 100


def upload_place(request: Request, actor: Actor) -> AbstractContextManager[None]:
    """One of the user's places for uploads, for as long as a form is read. Raises `TooManyUploads` on entering."""
    if media_type_of(request) != MULTIPART:
        return nullcontext()
    return service_of(request).open_uploads.place(actor.user_id)


async def read_form(
    request: Request,
    file_fields: frozenset[str],
    *,
    max_files: int = MAX_FILES,
    extensions: Collection[str] | None = None,
    max_file_size: int | None = None,
) -> MultipartForm:
    """Read a form; only files of `file_fields` are kept, and of those only the ones with an allowed extension.

    `extensions` and `max_file_size` (bytes) are the settings' unless they are given. Raises `MultipartError`,
    `UploadTooLarge`. The files are the caller's to publish or to discard.
    """
    service = service_of(request)
    allowed = service.settings.allowed_extensions if extensions is None else extensions

    def refuse(filename: str) -> str | None:
        ending = extension(filename)
        return None if ending in allowed else f"Unsupported file extension: {'.' + ending if ending else 'none'}"

    limits = MultipartLimits(
        max_file_size=max_file_size or service.settings.max_upload_size,
        max_files=max_files if file_fields else 0,
        max_fields=MAX_FIELDS,
        max_field_size=service.settings.max_body_size,
        file_fields=file_fields,
        refuse=refuse,
    )
    named = request.headers.get("content-type", "")
    length = declared_length(request)
    return await read_multipart(named, chunks_of(request), service.files, limits, content_length=length)
