"""JSON, form or multipart bodies to one schema, as DRF's parsers and serializers do: every wrong field at once."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request

from helpdesk_api.db.session import Session, reading
from helpdesk_api.dialects.drf.parsers import MEDIA_TYPES, MULTIPART, RawBody, read_raw
from helpdesk_api.dialects.drf.reader import FieldReader
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.bodies import BodyModel
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.settings import Settings


@dataclass(frozen=True, slots=True)
class BodyContext:
    """What a body's values are checked against."""

    session: Session
    settings: Settings
    actor: Actor | None


class DrfBody(BaseModel):
    """Base of a request body; fields are annotated with the types of `fields.py`."""

    @classmethod
    async def problems(cls, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """What only the database can say of the values that could be read; nothing by default."""
        return {}


async def _nothing() -> None:
    return None


def body_of(schema: type[DrfBody], *, partial: bool = False, after: Callable[..., Any] = _nothing) -> Any:
    """The dependency that reads a body into `schema`; `partial` asks for nothing that is left out.

    The caller is known, and whatever `after` finds (a thing that must exist, a role that is needed) has been found,
    before the body is read. Name it before the session in a route: files nobody published are discarded last.
    """
    reader = FieldReader(schema, partial=partial)

    async def read(request: Request, actor: ActorDep, _after: Annotated[object, Depends(after)]) -> DrfBody:
        return await _checked(schema, reader, await read_raw(request, reader.file_fields), request, actor)

    async def read_with_files(
        request: Request, actor: ActorDep, _after: Annotated[object, Depends(after)]
    ) -> AsyncIterator[DrfBody]:
        raw = await read_raw(request, reader.file_fields)
        try:
            yield await _checked(schema, reader, raw, request, actor)
        finally:
            await raw.discard_files()

    if not reader.file_fields:
        return _described(read, BodyModel([schema], MEDIA_TYPES, partial))
    types = [MULTIPART] if reader.requires_a_file else MEDIA_TYPES
    return _described(read_with_files, BodyModel([schema], types, partial), scope="function")


def anonymous_body_of(schema: type[DrfBody]) -> Any:
    """As `body_of`, for routes that need no credentials."""
    reader = FieldReader(schema)

    async def read(request: Request) -> DrfBody:
        return await _checked(schema, reader, await read_raw(request), request, None)

    return _described(read, BodyModel([schema], MEDIA_TYPES))


def _described(read: Callable[..., Any], model: BodyModel, scope: Any = None) -> Any:
    read.body_model = model  # type: ignore[attr-defined]  # the OpenAPI document finds it here
    return Depends(read, scope=scope)


async def _checked(
    schema: type[DrfBody], reader: FieldReader, raw: RawBody, request: Request, actor: Actor | None
) -> DrfBody:
    service = service_of(request)
    values, errors = reader.read(raw)
    async with reading(service.database.read_sessions) as session:
        more = await schema.problems(values, BodyContext(session, service.settings, actor))
    if errors or more:
        raise Invalid({**more, **errors})
    return schema.model_construct(**values)
