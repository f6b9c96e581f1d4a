"""/flicket-api/uploads/ and /flicket_uploads/: files of tickets and of posts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.forms import UploadForm, form_of
from helpdesk_api.dialects.flicket.params import FileName, FirstPageDep, Id, PathPageDep
from helpdesk_api.dialects.flicket.schemas.uploads import UploadIn, UploadOut, UploadsOut
from helpdesk_api.dialects.flicket.upload_targets import UploadTarget, target_of
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.downloads import FILE_ANSWERS, attachment_response
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.models import Attachment
from helpdesk_api.paging import Page

router = APIRouter(route_class=WireRoute, tags=["Flicket: uploads"])

FilesBody = Annotated[UploadForm, form_of(UploadIn, ("file",))]


async def _target(form: FilesBody, actor: ActorDep, session: ReadSessionDep) -> UploadTarget:
    return await target_of(form.values, session, actor)


TargetDep = Annotated[UploadTarget, Depends(_target)]


@router.get(
    "/flicket-api/upload/{upload_id}",
    operation_id="flicketGetUpload",
    name="flicket:upload",
)
async def get_upload(upload_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> UploadOut:
    """One file's record; the file itself is where `image` says."""
    return UploadOut.of(await attachments.get_attachment(session, actor, upload_id), urls)


@router.get("/flicket-api/uploads/", operation_id="flicketListUploads", name="flicket:uploads")
async def list_uploads(
    page: FirstPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[UploadOut]:
    """The files of every ticket you may see, oldest first."""
    return _page(await attachments.list_attachments(session, actor, page), urls)


@router.get(
    "/flicket-api/uploads/{page}/",
    operation_id="flicketPageUploads",
    name="flicket:uploads_page",
)
async def page_uploads(
    page: PathPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[UploadOut]:
    """One page of the files of every ticket you may see."""
    return _page(await attachments.list_attachments(session, actor, page), urls)


def _page(found: Page[Attachment], urls: Urls) -> FlicketPage[UploadOut]:
    return flicket_page(found, path_pages(urls, "flicket:uploads_page"), partial(UploadOut.of, urls=urls))


@router.post(
    "/flicket-api/uploads",
    status_code=201,
    operation_id="flicketCreateUploads",
    name="flicket:create_uploads",
    responses={201: {"description": "The file that was added, or several of them."}, **errors(403, 404)},
)
async def create_uploads(
    request: Request,
    response: Response,
    form: FilesBody,
    target: TargetDep,
    actor: ActorDep,
    session: SessionDep,
    urls: UrlsDep,
) -> UploadOut | UploadsOut:
    """Add files to a ticket (whoever may edit its text) or to a post (its author, or staff).

    One file is answered with its upload, several with `items`, in their order; `Location` is the first one's.
    """
    added = await target.add(session, actor, service_of(request).files, target.id, form.files)
    uploads = [UploadOut.of(one, urls) for one in added]
    response.headers["Location"] = uploads[0].links.self_
    return uploads[0] if len(uploads) == 1 else UploadsOut(items=uploads)


@router.delete(
    "/flicket-api/upload/{upload_id}",
    status_code=204,
    operation_id="flicketDeleteUpload",
    name="flicket:upload",
    responses=errors(403),
)
async def delete_upload(request: Request, upload_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete a file: whoever sent it, or staff."""
    await attachments.remove_attachment(session, actor, service_of(request).files, upload_id)


@router.get(
    "/flicket_uploads/{filename}",
    operation_id="flicketGetUploadedFile",
    name="flicket:uploaded_file",
    response_class=FileResponse,
    responses=FILE_ANSWERS,
)
async def get_uploaded_file(request: Request, filename: FileName, actor: ActorDep, session: ReadSessionDep) -> Response:
    """A ticket's file itself, for those who may see it. Takes `Range` and `If-None-Match`."""
    return await attachment_response(request, await attachments.find_by_short_name(session, actor, filename))
