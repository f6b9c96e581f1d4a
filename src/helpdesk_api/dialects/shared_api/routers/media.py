"""GET /media/...: stored files, for those who may see what they belong to."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.downloads import FILE_ANSWERS, attachment_response
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.attachments import service as attachments

router = APIRouter(route_class=WireRoute, tags=["Stored files"])


@router.get(
    "/media/{path:path}",
    operation_id="getMedia",
    name="media",
    response_class=FileResponse,
    responses=FILE_ANSWERS,
)
async def get_media(request: Request, path: str, actor: ActorDep, session: ReadSessionDep) -> Response:
    """A stored file, for those who may see its ticket.

    Takes `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since`.
    """
    found = await attachments.find_media(session, actor, path, service_of(request).settings.ticket_kinds)
    return await attachment_response(request, found)
