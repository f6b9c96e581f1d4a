"""What Flicket's own set-up has, in small."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import delete

from factories import make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department, Queue

SET_UP: Mapping[str, tuple[str, ...]] = {"IT": ("Internet", "Intranet"), "Design": ("ECN", "Dataset"), "Commercial": ()}


@pytest.fixture
async def departments(session: Session) -> Mapping[str, Department]:
    """Three departments by name, and no others."""
    await session.execute(delete(Queue))
    await session.execute(delete(Department))
    return {name: await make_department(session, name) for name in SET_UP}


@pytest.fixture
async def categories(session: Session, departments: Mapping[str, Department]) -> Mapping[str, Queue]:
    """Their categories by name."""
    return {
        title: await make_queue(session, title, departments[name])
        for name, titles in SET_UP.items()
        for title in titles
    }
