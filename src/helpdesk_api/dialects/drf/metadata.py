"""OPTIONS as DRF answers it: what a path is, and the fields its POST and PUT take, read off the routes' own schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints

from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import is_typeddict

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Field
from helpdesk_api.dialects.drf.names import label_of, main_route, view_name
from helpdesk_api.dialects.drf.parsers import JSON, MEDIA_TYPES
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import ActorDep, asks_for_staff, asks_who
from helpdesk_api.dialects.wire.options import Endpoint, allow_header, allow_only
from helpdesk_api.dialects.wire.refusals import bodies_of
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.actor import Actor

# What DRF calls the types of fields that are only shown.
_SHOWN_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    str: "string",
    datetime: "datetime",
    timedelta: "duration",
}


def describe(routes: Sequence[APIRoute]) -> Endpoint:
    """The endpoint that describes one path, to whoever may use it; which things exist is not looked up."""
    if not isinstance(routes[0], DrfRoute):
        return allow_only(routes)
    view = View(routes)

    async def options(request: Request, actor: ActorDep) -> Response:
        return await view.answer(request, actor)

    async def open_options(request: Request) -> Response:
        return await view.answer(request, None)

    return options if all(asks_who(route.dependant) for route in routes) else open_options


@dataclass(frozen=True, slots=True)
class View:
    """One path with its routes."""

    routes: Sequence[APIRoute]

    async def answer(self, request: Request, actor: Actor | None) -> Response:
        """The description as this caller may see it."""
        described: dict[str, Any] = {
            "name": view_name(self.routes),
            "description": main_route(self.routes).description,
            "renders": [JSON],
            "parses": self._media_types(),
        }
        service = service_of(request)
        session = service.database.read_sessions()
        context = BodyContext(session, service.settings, actor)
        actions = {method: await self._fields(method, context) for method in ("POST", "PUT")}
        if any(actions.values()):
            described["actions"] = {method: fields for method, fields in actions.items() if fields}
        return JSONResponse(described, headers=allow_header(request))

    def _media_types(self) -> list[str]:
        bodies = [body for route in self.routes for body in bodies_of(route.dependant)]
        return list(dict.fromkeys(kind for body in bodies for kind in body.media_types)) or list(MEDIA_TYPES)

    async def _fields(self, method: str, context: BodyContext) -> dict[str, dict[str, Any]]:
        """What an action takes and shows, as far as the caller may do it at all.

        Where a body may have several schemas, the one that fewest may send comes first; what only others ask for is not
        required.
        """
        fields: dict[str, dict[str, Any]] = {}
        for route in self.routes:
            if method in (route.methods or ()) and _may_use(route, context.actor):
                for schema in _schemas(route, context.actor):
                    described = _described(schema, schema.answer or route.response_model)
                    fields = _merged(fields, {**described, **await schema.more_fields(context)})
        return fields


def _merged(fields: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    if not fields:
        return others
    added = {name: {**field, "required": False} for name, field in others.items() if name not in fields}
    return {**fields, **added}


def _may_use(route: APIRoute, actor: Actor | None) -> bool:
    return not asks_for_staff(route.dependant) or (actor is not None and actor.is_staff)


def _schemas(route: APIRoute, actor: Actor | None) -> list[type[DrfBody]]:
    schemas = [schema for body in bodies_of(route.dependant) for schema in body.schemas]
    open_to_actor = [schema for schema in schemas if issubclass(schema, DrfBody) and schema.may_be_sent_by(actor)]
    return sorted(open_to_actor, key=lambda schema: schema.may_be_sent_by(None))


def _described(schema: type[DrfBody], shown: Any) -> dict[str, dict[str, Any]]:
    """The fields of the answer in their order, then those that are only taken."""
    return _shown_fields(shown) | {name: _taken(name, info) for name, info in schema.model_fields.items()}


def _taken(name: str, info: FieldInfo) -> dict[str, Any]:
    field = next((one for one in info.metadata if isinstance(one, Field)), Field())
    return _entry(name, info, field.metadata(), required=info.is_required(), read_only=False)


def _shown_fields(answer: Any) -> dict[str, dict[str, Any]]:
    return {
        name: _entry(name, info, _shown_type(info.annotation), required=False, read_only=True)
        for name, info in _fields_of(answer).items()
    }


def _fields_of(answer: Any) -> Mapping[str, FieldInfo]:
    """The fields of an answer's model or typed dictionary; none of anything else."""
    if is_typeddict(answer):
        hints = get_type_hints(answer, include_extras=True)
        return {name: FieldInfo.from_annotation(hint) for name, hint in hints.items()}
    return answer.model_fields if isinstance(answer, type) and issubclass(answer, BaseModel) else {}


def _entry(name: str, info: FieldInfo, kind: dict[str, Any], *, required: bool, read_only: bool) -> dict[str, Any]:
    entry = {"type": kind["type"], "required": required, "read_only": read_only, "label": info.title or label_of(name)}
    if info.description:
        entry["help_text"] = info.description
    return {**entry, **kind}


def _shown_type(annotation: Any) -> dict[str, Any]:
    """What DRF says of a field that is only shown, from the type of the answer's field."""
    choices = [one for one in get_args(annotation) if one is not type(None)]
    kind = annotation if isinstance(annotation, type) and not choices else choices[0] if len(choices) == 1 else None
    if not isinstance(kind, type):
        return {"type": "field"}
    if _fields_of(kind):
        nested = {"type": "nested object", "required": False, "read_only": True, "children": _shown_fields(kind)}
        return {"type": "field", "child": nested} if annotation is not kind else nested
    if choices and type(None) not in get_args(annotation):
        return {"type": "field"}
    return {"type": next((word for known, word in _SHOWN_TYPES.items() if issubclass(kind, known)), "field")}
