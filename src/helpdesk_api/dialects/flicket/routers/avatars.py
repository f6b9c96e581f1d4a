"""/flicket/static/flicket_avatars/: users' pictures, at the address Flicket's documents show."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from helpdesk_api.dialects.flicket.params import FileName
from helpdesk_api.dialects.flicket.schemas.users import DEFAULT_AVATAR
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.downloads import FILE_ANSWERS, Download, file_response, stored_response
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.domain.users import avatars
from helpdesk_api.domain.users.pictures import PICTURES

router = APIRouter(route_class=WireRoute, tags=["Flicket: users"])

# The picture of whoever has none.
DEFAULT_PICTURE = Path(__file__).parent.parent / "default_profile.png"


@router.get(
    "/flicket/static/flicket_avatars/{filename}",
    operation_id="flicketGetAvatar",
    name="flicket:avatar",
    response_class=FileResponse,
    responses=FILE_ANSWERS,
)
async def get_avatar(request: Request, filename: FileName, actor: ActorDep, session: ReadSessionDep) -> Response:
    """A user's picture, for those who may see the user. Takes `Range` and `If-None-Match`."""
    if filename == DEFAULT_AVATAR:
        return file_response(request, str(DEFAULT_PICTURE), Download(DEFAULT_AVATAR, "image/png", "1"))
    path = await avatars.find_avatar(session, actor, filename)
    # A picture never changes under its name, so the name serves as its version.
    return await stored_response(request, path, Download(filename, PICTURES[filename.rpartition(".")[2]], filename))
