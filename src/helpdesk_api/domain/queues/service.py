"""Queues: made, changed, deleted. Staff write; everybody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from slugify import slugify

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Conflict, Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.parsing.errors import REQUIRED, missing
from helpdesk_api.domain.policy import require_staff
from helpdesk_api.domain.queues.commands import NewQueue, QueueChanges
from helpdesk_api.domain.queues.errors import SLUG_TAKEN, TAKEN, TITLE_TAKEN, QueueInUse, QueueNotFound
from helpdesk_api.domain.queues.repository import DepartmentRepository, QueueRepository
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Queue
from helpdesk_api.paging import Page, PageRequest

LONGEST_SLUG = 50
# How often a derived slug is looked for anew when others take the free one first.
_TRIES = 20


async def find_queue(session: Session, queue_id: int) -> Queue | None:
    """A queue with its department, active or not."""
    return await QueueRepository(session).get(queue_id)


async def list_queues(session: Session, _actor: Actor, request: PageRequest) -> Page[Queue]:
    """A page of queues in ascending id. Raises `PageOutOfRange`."""
    return await QueueRepository(session).page(request)


async def queue_ids(session: Session) -> list[int]:
    """The ids of all queues, active or not."""
    return await QueueRepository(session).list_ids()


async def get_queue(session: Session, _actor: Actor, queue_id: int) -> Queue:
    """One queue. Raises `QueueNotFound`."""
    queue = await find_queue(session, queue_id)
    if queue is None:
        raise QueueNotFound
    return queue


async def problems_of_queue(
    session: Session, given: Mapping[str, Any], existing: Queue | None = None
) -> dict[str, list[str]]:
    """What is wrong with the values of a new queue, or of an existing one's changes, by field.

    The fields are those of `NewQueue`, but `department` and `default_assignee` go without `_id`.
    """
    queues, own_id = QueueRepository(session), existing.id if existing else None
    problems: dict[str, list[str]] = {}
    department_id = await _department_id(session, given, existing)
    if department_id is None:
        problems["department"] = [REQUIRED]
    elif await DepartmentRepository(session).get(department_id) is None:
        problems["department"] = [missing(department_id)]
    else:
        title = given.get("title", existing.title if existing else None)
        if title is not None and await queues.is_title_taken(title, department_id, own_id):
            problems["title"] = [TITLE_TAKEN]
    if given.get("slug") is not None and await queues.is_slug_taken(given["slug"], own_id):
        problems["slug"] = [SLUG_TAKEN]
    return problems | await _problems_of_assignee(session, given, existing)


async def _department_id(session: Session, given: Mapping[str, Any], existing: Queue | None) -> int | None:
    department_id: int | None = given.get("department_id", existing.department_id if existing else None)
    return await DepartmentRepository(session).first_id() if department_id is None else department_id


async def _problems_of_assignee(
    session: Session, given: Mapping[str, Any], existing: Queue | None
) -> dict[str, list[str]]:
    """An assignee who was deactivated meanwhile may stay, but is not taken anew."""
    assignee_id = given.get("default_assignee_id")
    if assignee_id is None or (existing is not None and assignee_id == existing.default_assignee_id):
        return {}
    return {} if await users.is_active(session, assignee_id) else {"default_assignee": [missing(assignee_id)]}


async def create_queue(session: Session, actor: Actor, new: NewQueue) -> Queue:
    """Make a queue. Staff only. Raises `Forbidden`, and `Invalid` as `problems_of_queue` says."""
    require_staff(actor)
    values = asdict(new)
    if problems := await problems_of_queue(session, values):
        raise Invalid(problems)
    values["department_id"] = await _department_id(session, values, None)
    queue = await _store(session, values)
    await events.record(session, actor, "queue.created", changes={"id": queue.id, "title": queue.title})
    return await get_queue(session, actor, queue.id)


async def _store(session: Session, values: Mapping[str, Any]) -> Queue:
    for _ in range(_TRIES):
        queue = Queue(**{**values, "slug": values["slug"] or await _free_slug(session, values["title"])})
        objection = await QueueRepository(session).add(queue)
        if objection is None:
            return queue
        if values["slug"] is not None or objection != "uq_queues_slug":
            raise _refusal(objection)
    raise Conflict("Too many queues of this title are being made at once. Please try again.")


async def _free_slug(session: Session, title: str) -> str:
    """The title as a slug, with a number where it is taken."""
    base = slugify(title, max_length=LONGEST_SLUG, word_boundary=True) or "queue"
    # Numbers shorten a long slug, so that all that could collide begin with this.
    taken = await QueueRepository(session).slugs_like(base[: LONGEST_SLUG - 10])
    number, slug = 1, base
    while slug in taken:
        number += 1
        ending = f"-{number}"
        slug = base[: LONGEST_SLUG - len(ending)].rstrip("-") + ending
    return slug


def _refusal(constraint: str | None) -> Invalid | Conflict:
    return Invalid(TAKEN[constraint]) if constraint in TAKEN else Conflict()


async def change_queue(session: Session, actor: Actor, queue_id: int, changes: QueueChanges) -> Queue:
    """Change a queue; a new title leaves the slug alone. Staff only.

    Raises `QueueNotFound`, `Forbidden`, and `Invalid` as `problems_of_queue` says.
    """
    require_staff(actor)
    queues = QueueRepository(session)
    queue = await queues.get(queue_id, lock=True)
    if queue is None:
        raise QueueNotFound
    differing = {name: value for name, value in changes.items() if getattr(queue, name) != value}
    if problems := await problems_of_queue(session, differing, queue):
        raise Invalid(problems)
    changed = {name: {"from": getattr(queue, name), "to": value} for name, value in differing.items()}
    if objection := await queues.change(queue, differing):
        raise _refusal(objection)
    if changed:
        await events.record(session, actor, "queue.updated", changes={"id": queue_id, **changed})
    return await get_queue(session, actor, queue_id)


async def delete_queue(session: Session, actor: Actor, queue_id: int) -> None:
    """Delete a queue without tickets. Staff only. Raises `QueueNotFound`, `Forbidden`, `QueueInUse`."""
    require_staff(actor)
    queues = QueueRepository(session)
    queue = await queues.get(queue_id, lock=True)
    if queue is None:
        raise QueueNotFound
    if not await queues.remove(queue_id):
        raise QueueInUse
    await events.record(session, actor, "queue.deleted", changes={"id": queue_id, "title": queue.title})
