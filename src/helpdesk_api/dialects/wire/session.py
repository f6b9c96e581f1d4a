"""A request's sessions: one transaction for a write, plain reads for the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.dialects.wire.state import service_of


async def _request_session(request: Request) -> AsyncIterator[Session]:
    async with unit_of_work(service_of(request).database.sessions) as session:
        yield session


async def _one_step_session(request: Request) -> AsyncIterator[Session]:
    async with unit_of_work(service_of(request).database.one_step_sessions) as session:
        yield session


async def _request_reader(request: Request) -> Session:
    return service_of(request).database.read_sessions()


# The function scope ends, and commits, before the response is sent: a failed commit is never answered with success.
SessionDep = Annotated[Session, Depends(_request_session, scope="function")]
# For routes that may do all they do in one statement, and nothing after it.
OneStepSessionDep = Annotated[Session, Depends(_one_step_session, scope="function")]
ReadSessionDep = Annotated[Session, Depends(_request_reader)]
