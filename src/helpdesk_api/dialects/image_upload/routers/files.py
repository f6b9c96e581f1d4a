"""/api/files/: files sent to upload tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep, id_filter
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.image_upload.schemas.files import FileIn
from helpdesk_api.dialects.image_upload.schemas.tickets import FileOut, FileRecord, show_file, show_file_record
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.attachments import service as attachments

router = APIRouter(prefix="/api/files", route_class=DrfRoute, tags=["Upload tickets: files"])

TicketQuery = Annotated[
    str | None, Query(description="Only this ticket's files.", json_schema_extra={"type": "integer", "minimum": 1})
]


@router.get("/", operation_id="listFiles", name="upload:files")
async def list_files(
    page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep, ticket: TicketQuery = None
) -> DrfPage[FileRecord]:
    """The files of the upload tickets you may see, oldest first."""
    found = await attachments.list_uploads(session, actor, id_filter("ticket", ticket), page)
    return drf_page(found, urls, row=lambda file: show_file_record(file, urls))


@router.post("/", operation_id="uploadFile", name="upload:files")
async def upload_file(
    request: Request,
    response: Response,
    body: Annotated[FileIn, body_of(FileIn)],
    actor: ActorDep,
    session: SessionDep,
    urls: UrlsDep,
) -> FileOut:
    """Send a file to an upload ticket.

    As documented, the answer is 200, not 201. `Location` is the file's own address.
    """
    storage = service_of(request).files
    uploaded = await attachments.add_upload(session, actor, storage, body.ticket, body.to_command())
    response.headers["Location"] = urls.to("upload:file", file_id=uploaded.id)
    return show_file(uploaded)


@router.get("/{file_id}/", operation_id="getFile", name="upload:file")
async def get_file(file_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> FileRecord:
    """One file's record; the file itself is where `file` says."""
    return show_file_record(await attachments.get_upload(session, actor, file_id), urls)


@router.delete("/{file_id}/", status_code=204, operation_id="deleteFile", name="upload:file")
async def delete_file(request: Request, file_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete a file; its ticket's status steps back."""
    await attachments.remove_upload(session, actor, service_of(request).files, file_id)
