"""/api/followups-attachments/: files of follow-ups, for staff. To replace one, delete it and send another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from helpdesk_api.dialects.django_helpdesk.schemas.attachments import AttachmentIn, AttachmentOut, show_attachment
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.followups import files

router = APIRouter(prefix="/api/followups-attachments", route_class=DrfRoute, tags=["Support tickets: attachments"])


async def _staff_first(actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


NewAttachmentBody = Annotated[AttachmentIn, body_of(AttachmentIn, after=_staff_first)]


@router.get("/", operation_id="listFollowUpAttachments", name="drf:attachments")
async def list_attachments(
    page: PageDep, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep
) -> DrfPage[AttachmentOut]:
    """The files of all follow-ups, by file name. Staff only."""
    found = await attachments.list_attachments(session, actor, page, by_name=True)
    return drf_page(found, urls, row=lambda attachment: show_attachment(attachment, urls))


@router.post(
    "/",
    status_code=201,
    operation_id="createFollowUpAttachment",
    name="drf:attachments",
)
async def create_attachment(
    request: Request, body: NewAttachmentBody, actor: StaffDep, session: SessionDep, urls: UrlsDep
) -> AttachmentOut:
    """Hang one more file on a follow-up. Staff only."""
    storage = service_of(request).files
    found = await files.add_to_followup(session, actor, storage, body.followup, body.to_command())
    return show_attachment(found, urls)


@router.get("/{attachment_id}/", operation_id="getFollowUpAttachment", name="drf:attachment")
async def get_attachment(attachment_id: Id, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep) -> AttachmentOut:
    """One file's record; the file itself is where `file` says. Staff only."""
    return show_attachment(await attachments.get_attachment(session, actor, attachment_id), urls)


@router.delete(
    "/{attachment_id}/",
    status_code=204,
    operation_id="deleteFollowUpAttachment",
    name="drf:attachment",
)
async def delete_attachment(request: Request, attachment_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a file. Staff only."""
    await attachments.remove_attachment(session, actor, service_of(request).files, attachment_id)
