"""/flicket-api/department_categories/: categories together with their departments."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.params import Id, NumberFilter, QueryPageDep, TextFilter
from helpdesk_api.dialects.flicket.schemas.department_categories import DepartmentCategoryOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.queues import catalogue
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.commands import QueueFilter

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: categories"])


@router.get(
    "/department_category/{category_id}",
    operation_id="flicketGetDepartmentCategory",
    name="flicket:department_category",
)
async def get_department_category(
    category_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> DepartmentCategoryOut:
    """One category with its department, by the category's id."""
    return DepartmentCategoryOut.of(await queues.get_queue(session, actor, category_id), urls)


@router.get(
    "/department_categories/",
    operation_id="flicketListDepartmentCategories",
    name="flicket:department_categories",
)
async def list_department_categories(
    page: QueryPageDep,
    actor: ActorDep,
    session: ReadSessionDep,
    urls: UrlsDep,
    department_category: TextFilter = None,
    department_id: NumberFilter = None,
    department: TextFilter = None,
) -> FlicketPage[DepartmentCategoryOut]:
    """Categories with their departments, by "Department / Category"; `department_category` is any part of that."""
    wanted = QueueFilter(department_id=department_id, department_in_any_case=department, label=department_category)
    found = await catalogue.queues_by_department(session, actor, wanted, page)
    filters = {"department_category": department_category, "department_id": department_id, "department": department}
    pages = query_pages(urls, "flicket:department_categories", filters)
    return flicket_page(found, pages, partial(DepartmentCategoryOut.of, urls=urls))
