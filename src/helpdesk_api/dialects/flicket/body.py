"""Flicket's JSON bodies to one schema, with one message for everything that is wrong."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from helpdesk_api.dialects.flicket.errors import sentence
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.bodies import BodyModel, media_type_of, parse_json, read_body, reads_body
from helpdesk_api.dialects.wire.fields import adapter_of
from helpdesk_api.dialects.wire.problem import BadRequest

JSON = "application/json"


class FlicketBody(BaseModel):
    """Base of a request body; fields are annotated with the types of `fields.py`, unknown ones are ignored."""

    # What to say when a required field is left out.
    missing: ClassVar[str] = ""


async def _nothing() -> None:
    return None


def body_of(schema: type[FlicketBody], *, partial: bool = False, after: Callable[..., Any] = _nothing) -> Any:
    """The dependency that reads a body into `schema`; `partial` asks for nothing that is left out.

    The caller is known, and whatever `after` finds (a thing that must exist, a role that is needed) has been found,
    before the body is read.
    """
    adapters = {name: adapter_of(info) for name, info in schema.model_fields.items()}
    required = frozenset(name for name, info in schema.model_fields.items() if info.is_required() and not partial)

    async def read(request: Request, _actor: ActorDep, _after: Annotated[object, Depends(after)]) -> FlicketBody:
        given = await _read_object(request, required=bool(required))
        if not required <= given.keys():
            raise BadRequest(schema.missing)
        return schema.model_construct(**_checked(adapters, given))

    return reads_body(read, BodyModel([schema], [JSON], partial or not required))


async def _read_object(request: Request, *, required: bool) -> Mapping[str, Any]:
    """The JSON object of a body. As in Flicket, nothing and null are an empty one.

    Raises `BadRequest` for what cannot be read (400, 413, 415).
    """
    body = await read_body(request)
    if not body:
        return {}
    kind = media_type_of(request)
    if kind != JSON and not kind.endswith("+json"):
        raise BadRequest(f"The body must be {JSON}, not {kind or 'of no type'}.", 415)
    try:
        data = parse_json(body)
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}") from None
    if isinstance(data, dict):
        return data
    if data is None or required:
        return {}
    raise BadRequest("The body must be a JSON object.")


def _checked(adapters: Mapping[str, TypeAdapter[Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, adapter in adapters.items():
        if name not in given:
            continue
        try:
            values[name] = adapter.validate_python(given[name])
        except ValidationError as error:
            wrong += [sentence(name, one["msg"]) for one in error.errors(include_url=False, include_context=False)]
    if wrong:
        raise BadRequest(" ".join(dict.fromkeys(wrong)))
    return values
