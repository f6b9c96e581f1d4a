"""/api/custom-fields/: what a team asks of its support tickets besides the usual."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from helpdesk_api.dialects.django_helpdesk.schemas.custom_fields import (
    CustomFieldChangesIn,
    CustomFieldIn,
    CustomFieldOut,
)
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import ActorDep, StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.models import CustomField

router = APIRouter(prefix="/api/custom-fields", route_class=DrfRoute, tags=["Custom fields"])


async def _staff_first(actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_field(field_id: Id, actor: StaffDep, session: ReadSessionDep) -> CustomField:
    """403 and 404 come before the body is looked at."""
    return await custom_fields.get_field(session, actor, field_id)


NewFieldBody = Annotated[CustomFieldIn, body_of(CustomFieldIn, after=_staff_first)]
WholeFieldBody = Annotated[CustomFieldIn, body_of(CustomFieldIn, after=_existing_field)]
ChangesBody = Annotated[CustomFieldChangesIn, body_of(CustomFieldChangesIn, partial=True, after=_existing_field)]


@router.get("/", operation_id="listCustomFields", name="drf:custom_fields")
async def list_custom_fields(
    page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> DrfPage[CustomFieldOut]:
    """The fields you may see, in the order tickets show them."""
    return drf_page(await custom_fields.list_fields(session, actor, page), urls, row=CustomFieldOut.of)


@router.post(
    "/",
    status_code=201,
    operation_id="createCustomField",
    name="drf:custom_fields",
)
async def create_custom_field(body: NewFieldBody, actor: ActorDep, session: SessionDep) -> CustomFieldOut:
    """Define a field; tickets there are already show null. Staff only."""
    return CustomFieldOut.of(await custom_fields.define_field(session, actor, body.to_command()))


@router.get("/{field_id}/", operation_id="getCustomField", name="drf:custom_field")
async def get_custom_field(field_id: Id, actor: ActorDep, session: ReadSessionDep) -> CustomFieldOut:
    """One field."""
    return CustomFieldOut.of(await custom_fields.get_field(session, actor, field_id))


@router.put(
    "/{field_id}/",
    operation_id="replaceCustomField",
    name="drf:custom_field",
)
async def replace_custom_field(
    field_id: Id, body: WholeFieldBody, actor: ActorDep, session: SessionDep
) -> CustomFieldOut:
    """Change a field; name, label and type must be sent, what else is left out stays. Staff only."""
    return CustomFieldOut.of(await custom_fields.change_field(session, actor, field_id, body.to_changes()))


@router.patch(
    "/{field_id}/",
    operation_id="changeCustomField",
    name="drf:custom_field",
)
async def change_custom_field(field_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep) -> CustomFieldOut:
    """Change a field. What would orphan values of tickets is refused, saying how many. Staff only."""
    return CustomFieldOut.of(await custom_fields.change_field(session, actor, field_id, body.to_changes()))


@router.delete(
    "/{field_id}/",
    status_code=204,
    operation_id="deleteCustomField",
    name="drf:custom_field",
)
async def delete_custom_field(field_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a field; tickets no longer show their values. Staff only."""
    await custom_fields.drop_field(session, actor, field_id)
