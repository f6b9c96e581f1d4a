"""JSON, form or multipart bodies to a schema, as DRF's parsers and serializers do: every wrong field at once."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.drf.parsers import MEDIA_TYPES, RawBody, read_raw
from helpdesk_api.dialects.drf.reader import FieldReader
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.bodies import BodyModel, reads_body
from helpdesk_api.dialects.wire.forms import MULTIPART, upload_place
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.settings import Settings


@dataclass(frozen=True, slots=True)
class BodyContext:
    """What a body's values are checked against."""

    session: Session
    settings: Settings
    actor: Actor | None
    # What `after` gave: as a rule the thing that is to be changed.
    found: object = None
    # Whether nothing is asked for that is left out.
    partial: bool = False


class DrfBody(BaseModel):
    """Base of a request body; fields are annotated with the types of `fields.py`."""

    # The model that shows what this body made, for `OPTIONS`; by default the one its route answers with.
    answer: ClassVar[type[Any] | None] = None

    @classmethod
    def may_be_sent_by(cls, actor: Actor | None) -> bool:
        """Whether `OPTIONS` tells this caller of the body; routes that ask for staff are looked at besides."""
        return True

    @classmethod
    async def more_fields(cls, context: BodyContext) -> Mapping[str, dict[str, Any]]:
        """Fields that only the database knows of, as `OPTIONS` describes them; none by default."""
        return {}

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """What only the database can say of the values that could be read; nothing by default.

        Of a body with wrong fields, only `values` are set.
        """
        return {}

    async def take_more(self, raw: RawBody, context: BodyContext) -> Mapping[str, list[str]]:
        """Take what the schema does not name, and say what is wrong with it; nothing by default."""
        return {}


Choose = Callable[[RawBody, BodyContext], type[DrfBody]]


class _BodyReader:
    """Reads a body into one of the schemas it may have; `choose` tells which."""

    def __init__(
        self, schemas: Sequence[type[DrfBody]], *, partial: bool = False, choose: Choose | None = None
    ) -> None:
        self._readers = {schema: FieldReader(schema, partial=partial) for schema in schemas}
        self._choose = choose or (lambda _raw, _context: schemas[0])
        self._partial = partial
        readers = self._readers.values()
        self.file_fields = frozenset(name for reader in readers for name in reader.file_names)
        self.max_files = max(reader.max_files for reader in readers)
        self.requires_a_file = all(reader.requires_a_file for reader in readers)

    async def read(self, raw: RawBody, request: Request, actor: Actor | None = None, found: object = None) -> DrfBody:
        """The body as its schema. Raises `BadRequest` naming every wrong field."""
        service = service_of(request)
        session = service.database.read_sessions()
        context = BodyContext(session, service.settings, actor, found, self._partial)
        schema = self._choose(raw, context)
        values, errors = self._readers[schema].read(raw)
        body = schema.model_construct(**values)
        more = {**await body.problems(values, context), **await body.take_more(raw, context)}
        if errors or more:
            raise BadRequest("Invalid input.", fields={**more, **errors})
        return body


async def _nothing() -> None:
    return None


def body_of(
    *schemas: type[DrfBody], partial: bool = False, after: Callable[..., Any] = _nothing, choose: Choose | None = None
) -> Any:
    """The dependency that reads a body into a schema; `partial` asks for nothing that is left out.

    The caller is known, and whatever `after` finds (a thing that must exist, a role that is needed) has been found,
    before the body is read. Where a body may have several schemas, `choose` tells which one it has, before any field is
    looked at; it may raise. Name it before the session in a route: files nobody published are discarded last.
    """
    reader = _BodyReader(schemas, partial=partial, choose=choose)

    async def read(request: Request, actor: ActorDep, found: Annotated[object, Depends(after)]) -> DrfBody:
        return await reader.read(await read_raw(request), request, actor, found)

    async def read_with_files(
        request: Request, actor: ActorDep, found: Annotated[object, Depends(after)]
    ) -> AsyncIterator[DrfBody]:
        with upload_place(request, actor):
            raw = await read_raw(request, reader.file_fields, reader.max_files)
        try:
            yield await reader.read(raw, request, actor, found)
        finally:
            await raw.discard_files()

    if not reader.file_fields:
        return reads_body(read, BodyModel(schemas, MEDIA_TYPES, partial))
    types = [MULTIPART] if reader.requires_a_file else MEDIA_TYPES
    return reads_body(read_with_files, BodyModel(schemas, types, partial), scope="function")


def anonymous_body_of(schema: type[DrfBody]) -> Any:
    """As `body_of`, for routes that need no credentials."""
    reader = _BodyReader([schema])

    async def read(request: Request) -> DrfBody:
        return await reader.read(await read_raw(request), request)

    return reads_body(read, BodyModel([schema], MEDIA_TYPES))
