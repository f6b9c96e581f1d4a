"""/flicket-api/categories/: where tickets go; the core's queues."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.params import Id, NumberFilter, QueryPageDep, TextFilter
from helpdesk_api.dialects.flicket.schemas.categories import CategoryChangesIn, CategoryIn, CategoryOut
from helpdesk_api.dialects.wire.auth import ActorDep, StaffDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.queues import catalogue
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.commands import QueueFilter

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: categories"])


async def _staff_first(_actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_category(category_id: Id, actor: StaffDep, session: ReadSessionDep) -> None:
    """403 and 404 come before the body is looked at."""
    await queues.get_queue(session, actor, category_id)


NewCategoryBody = Annotated[CategoryIn, body_of(CategoryIn, after=_staff_first)]
ChangesBody = Annotated[CategoryChangesIn, body_of(CategoryChangesIn, partial=True, after=_existing_category)]


@router.get("/category/{category_id}", operation_id="flicketGetCategory", name="flicket:category")
async def get_category(category_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> CategoryOut:
    """One category."""
    return CategoryOut.of(await queues.get_queue(session, actor, category_id), urls)


@router.get("/categories/", operation_id="flicketListCategories", name="flicket:categories")
async def list_categories(
    page: QueryPageDep,
    actor: ActorDep,
    session: ReadSessionDep,
    urls: UrlsDep,
    department_id: NumberFilter = None,
    department: TextFilter = None,
) -> FlicketPage[CategoryOut]:
    """The categories by name, of one department where it is named."""
    wanted = QueueFilter(department_id=department_id, department=department)
    found = await catalogue.queues_by_title(session, actor, wanted, page)
    filters = {"department_id": department_id, "department": department}
    return flicket_page(found, query_pages(urls, "flicket:categories", filters), partial(CategoryOut.of, urls=urls))


@router.post(
    "/categories",
    status_code=201,
    operation_id="flicketCreateCategory",
    name="flicket:create_category",
)
async def create_category(
    response: Response, body: NewCategoryBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> CategoryOut:
    """Make a category in a department. Staff only."""
    category = CategoryOut.of(await queues.create_queue(session, actor, body.to_command()), urls)
    response.headers["Location"] = category.links.self_
    return category


@router.put(
    "/category/{category_id}",
    operation_id="flicketChangeCategory",
    name="flicket:category",
)
async def change_category(
    category_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> CategoryOut:
    """Change a category's name or department; what is left out stays. Staff only."""
    return CategoryOut.of(await queues.change_queue(session, actor, category_id, body.to_changes()), urls)


@router.delete(
    "/category/{category_id}",
    status_code=204,
    operation_id="flicketDeleteCategory",
    name="flicket:category",
    responses=errors(409),
)
async def delete_category(category_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a category without tickets. Staff only."""
    await queues.delete_queue(session, actor, category_id)
