"""Flicket's multipart forms: files with a few fields, for uploads and pictures."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, WithJsonSchema
from starlette.requests import Request

from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.bodies import BodyModel, media_type_of, reads_body
from helpdesk_api.dialects.wire.forms import MAX_FILES, MULTIPART, read_form, upload_place
from helpdesk_api.dialects.wire.multipart import MultipartForm, UploadedFile
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.domain.attachments.commands import NewFile

# A file, for the OpenAPI document.
FileInForm = Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})]


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form's text fields and its files, of which there is at least one."""

    values: Mapping[str, str]
    files: list[NewFile]


async def _nothing() -> None:
    return None


def form_of(
    schema: type[BaseModel],
    file_fields: Collection[str],
    *,
    extensions: Collection[str] | None = None,
    max_file_size: int | None = None,
    max_files: int = MAX_FILES,
    after: Callable[..., Any] = _nothing,
) -> Any:
    """The dependency that reads a form with files in any of `file_fields`; `schema` describes it in the document.

    `extensions` and `max_file_size` (bytes) are the settings' unless they are given. The caller is known, and whatever
    `after` finds has been found, before the body is read. Name it before the session in a route: files nobody published
    are discarded last. It raises `BadRequest` for a form without files or with one that is refused (400, 415).
    """
    names = frozenset(file_fields)

    async def read(
        request: Request, actor: ActorDep, _after: Annotated[object, Depends(after)]
    ) -> AsyncIterator[UploadForm]:
        if media_type_of(request) != MULTIPART:
            raise BadRequest(f"The body must be {MULTIPART}.", 415)
        with upload_place(request, actor):
            form = await read_form(
                request, names, extensions=extensions, max_file_size=max_file_size, max_files=max_files
            )
        try:
            yield UploadForm(dict(form.fields), _files(form, names))
        finally:
            await form.discard()

    return reads_body(read, BodyModel([schema], [MULTIPART]), scope="function")


def _files(form: MultipartForm, names: frozenset[str]) -> list[NewFile]:
    files = [_new_file(file) for file in form.files if file.field in names]
    if not files:
        raise BadRequest(f"Must include a file named {' or '.join(sorted(names))}.")
    return files


def _new_file(file: UploadedFile) -> NewFile:
    if file.error is not None:
        raise BadRequest(file.error)
    if file.incoming is None or not file.size:
        raise BadRequest("The submitted file is empty.")
    return NewFile(file.incoming, file.filename, file.content_type)
