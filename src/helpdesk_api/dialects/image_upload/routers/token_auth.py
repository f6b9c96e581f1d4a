"""POST /api-token-auth/: a token for a user name and a password."""

from __future__ import annotations

from typing import Annotated, ClassVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from helpdesk_api.dialects.drf.body import DrfBody, anonymous_body_of
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.fields import Chars
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.passwords import user_of_password
from helpdesk_api.dialects.wire.session import SessionDep
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.tokens.errors import InvalidPassword

router = APIRouter(route_class=DrfRoute, tags=["Upload tickets: sign in"])


class Credentials(DrfBody):
    """A user name and its password."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"username": "admin", "password": "the admin's password"}}
    )

    username: Annotated[str, Chars()]
    password: Annotated[str, Chars(trim=False)]


class TokenOut(BaseModel):
    """A token to send as `Authorization: Token ...` or `Bearer ...`."""

    token: str = Field(examples=["xxxxxxx-12345-aaaa-bbbb-9876-xxxx"])


@router.post("/api-token-auth/", operation_id="obtainToken", name="upload:token_auth", responses=errors(429))
@router.post("/api/api-token-auth/", include_in_schema=False, name="upload:token_auth_alias")
async def obtain_token(
    request: Request, body: Annotated[Credentials, anonymous_body_of(Credentials)], session: SessionDep
) -> TokenOut:
    """Trade a user name and a password for a token."""
    try:
        user = await user_of_password(request, body.username, body.password)
    except InvalidPassword:
        # DRF's token view answers 400 here, not 401.
        raise Invalid(non_field_errors=["Unable to log in with provided credentials."]) from None
    return TokenOut(token=await tokens.issue_token(session, user))
