"""/api/followups/: what is said on support tickets. For staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from helpdesk_api.dialects.django_helpdesk.schemas.followups import (
    FollowUpChangesIn,
    FollowUpIn,
    FollowUpOut,
    show_followup,
)
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.models import FollowUp

router = APIRouter(prefix="/api/followups", route_class=DrfRoute, tags=["Support tickets: follow-ups"])


async def _staff_first(actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_followup(followup_id: Id, actor: StaffDep, session: ReadSessionDep) -> FollowUp:
    """403 and 404 come before the body is looked at."""
    return await followups.get_followup(session, actor, followup_id)


NewFollowUpBody = Annotated[FollowUpIn, body_of(FollowUpIn, after=_staff_first)]
WholeFollowUpBody = Annotated[FollowUpChangesIn, body_of(FollowUpChangesIn, after=_existing_followup)]
ChangesBody = Annotated[FollowUpChangesIn, body_of(FollowUpChangesIn, partial=True, after=_existing_followup)]


@router.get("/", operation_id="listFollowUps", name="drf:followups")
async def list_followups(
    page: PageDep, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep
) -> DrfPage[FollowUpOut]:
    """Everything that was said, oldest first. Staff only."""
    found = await followups.list_followups(session, actor, page)
    return drf_page(found, urls, row=lambda followup: show_followup(followup, urls))


@router.post("/", status_code=201, operation_id="createFollowUp", name="drf:followups")
async def create_followup(
    request: Request, body: NewFollowUpBody, actor: StaffDep, session: SessionDep, urls: UrlsDep
) -> FollowUpOut:
    """Say something on a ticket, with any number of files. Staff only.

    `new_status` moves the ticket in the same breath, and 3 (Resolved) makes the comment its resolution. Plain users see
    neither what is not `public` nor its files.
    """
    storage = service_of(request).files
    return show_followup(await followups.reply(session, actor, storage, body.to_command(), body.files()), urls)


@router.get("/{followup_id}/", operation_id="getFollowUp", name="drf:followup")
async def get_followup(followup_id: Id, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep) -> FollowUpOut:
    """One follow-up. Staff only."""
    return show_followup(await followups.get_followup(session, actor, followup_id), urls)


@router.put(
    "/{followup_id}/",
    operation_id="replaceFollowUp",
    name="drf:followup",
)
async def replace_followup(
    followup_id: Id, body: WholeFollowUpBody, actor: StaffDep, session: SessionDep, urls: UrlsDep
) -> FollowUpOut:
    """Change a follow-up; the ticket must be sent, what else is left out stays. Staff only."""
    return show_followup(await followups.change_followup(session, actor, followup_id, body.to_changes()), urls)


@router.patch(
    "/{followup_id}/",
    operation_id="changeFollowUp",
    name="drf:followup",
)
async def change_followup(
    followup_id: Id, body: ChangesBody, actor: StaffDep, session: SessionDep, urls: UrlsDep
) -> FollowUpOut:
    """Change a follow-up. Staff only."""
    return show_followup(await followups.change_followup(session, actor, followup_id, body.to_changes()), urls)


@router.delete(
    "/{followup_id}/",
    status_code=204,
    operation_id="deleteFollowUp",
    name="drf:followup",
)
async def delete_followup(request: Request, followup_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a follow-up with its files. Staff only."""
    await followups.delete_followup(session, actor, service_of(request).files, followup_id)
