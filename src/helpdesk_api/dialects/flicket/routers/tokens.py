"""/flicket-api/tokens: signing in and out."""

from __future__ import annotations

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.schemas.tokens import TokenOut
from helpdesk_api.dialects.wire.auth import ActorDep, BasicUserDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import SessionDep
from helpdesk_api.domain.tokens import service as tokens

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: tokens"])


@router.post("/tokens", operation_id="flicketCreateToken", name="flicket:tokens")
async def create_token(user: BasicUserDep, session: SessionDep) -> TokenOut:
    """Trade a user name and a password, sent as Basic credentials, for a token. Each call gives another one."""
    return TokenOut(token=await tokens.issue_token(session, user))


@router.delete(
    "/tokens", status_code=204, operation_id="flicketDeleteToken", name="flicket:tokens", responses=errors(409)
)
async def delete_token(actor: ActorDep, session: SessionDep) -> None:
    """End the token this request came with."""
    await tokens.revoke(session, actor)
