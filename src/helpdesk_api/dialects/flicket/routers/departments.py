"""/flicket-api/departments/: groups of categories."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.params import Id, QueryPageDep
from helpdesk_api.dialects.flicket.schemas.departments import DepartmentIn, DepartmentOut
from helpdesk_api.dialects.wire.auth import ActorDep, StaffDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.queues import departments

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: departments"])


async def _staff_first(_actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_department(department_id: Id, actor: StaffDep, session: ReadSessionDep) -> None:
    """403 and 404 come before the body is looked at."""
    await departments.get_department(session, actor, department_id)


NewDepartmentBody = Annotated[DepartmentIn, body_of(DepartmentIn, after=_staff_first)]
DepartmentBody = Annotated[DepartmentIn, body_of(DepartmentIn, after=_existing_department)]


@router.get(
    "/department/{department_id}",
    operation_id="flicketGetDepartment",
    name="flicket:department",
)
async def get_department(department_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> DepartmentOut:
    """One department."""
    return DepartmentOut.of(await departments.get_department(session, actor, department_id), urls)


@router.get("/departments/", operation_id="flicketListDepartments", name="flicket:departments")
async def list_departments(
    page: QueryPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[DepartmentOut]:
    """The departments by name."""
    found = await departments.list_departments(session, actor, page)
    return flicket_page(found, query_pages(urls, "flicket:departments"), partial(DepartmentOut.of, urls=urls))


@router.post(
    "/departments",
    status_code=201,
    operation_id="flicketCreateDepartment",
    name="flicket:create_department",
)
async def create_department(
    response: Response, body: NewDepartmentBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> DepartmentOut:
    """Make a department. Staff only."""
    department = DepartmentOut.of(await departments.create_department(session, actor, body.department), urls)
    response.headers["Location"] = department.links.self_
    return department


@router.put(
    "/department/{department_id}",
    operation_id="flicketRenameDepartment",
    name="flicket:department",
)
async def rename_department(
    department_id: Id, body: DepartmentBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> DepartmentOut:
    """Give a department another name. Staff only."""
    return DepartmentOut.of(await departments.rename_department(session, actor, department_id, body.department), urls)


@router.delete(
    "/department/{department_id}",
    status_code=204,
    operation_id="flicketDeleteDepartment",
    name="flicket:department",
    responses=errors(409),
)
async def delete_department(department_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a department without categories. Staff only."""
    await departments.delete_department(session, actor, department_id)
