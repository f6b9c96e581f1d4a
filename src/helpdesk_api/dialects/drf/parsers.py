"""DRF's parsers: a JSON, form or multipart body to named values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from helpdesk_api.dialects.wire.bodies import MAX_BODY_SIZE, declared_length, media_type_of, read_body
from helpdesk_api.dialects.wire.multipart import MultipartForm, MultipartLimits, read_multipart
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.storage.names import extension

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MEDIA_TYPES = (JSON, FORM, MULTIPART)
MAX_FIELDS = 1000
MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class RawBody:
    """A body as it came: named values, and the form they came in (whose values are all text), if it was one."""

    values: Mapping[str, Any]
    is_form: bool = False
    form: MultipartForm = field(default_factory=MultipartForm)

    async def discard_files(self) -> None:
        """Remove every file nobody published."""
        await self.form.discard()


async def read_raw(request: Request, file_fields: frozenset[str] = frozenset()) -> RawBody:
    """Read a body of any type DRF takes; only files of `file_fields` are kept.

    Raises `BadRequest` for one that cannot be read (400, 413, 415).
    """
    kind = media_type_of(request)
    if kind == MULTIPART:
        form = await _read_form(request, file_fields)
        return RawBody(dict(form.fields), is_form=True, form=form)
    body = await read_body(request, MAX_BODY_SIZE)
    if kind == FORM:
        return RawBody(_parse_form(body), is_form=True)
    if not body:
        return RawBody({})
    if kind != JSON and not kind.endswith("+json"):
        raise BadRequest(f'Unsupported media type "{kind}" in request.', 415)
    return RawBody(_dictionary(parse_json(body)))


async def _read_form(request: Request, file_fields: frozenset[str]) -> MultipartForm:
    service = service_of(request)
    allowed = service.settings.allowed_extensions

    def refuse(filename: str) -> str | None:
        ending = extension(filename)
        return None if ending in allowed else f"Unsupported file extension: {'.' + ending if ending else 'none'}"

    limits = MultipartLimits(
        max_file_size=service.settings.max_upload_size,
        max_files=MAX_FILES if file_fields else 0,
        max_fields=MAX_FIELDS,
        max_field_size=MAX_BODY_SIZE,
        file_fields=file_fields,
        refuse=refuse,
    )
    named = request.headers.get("content-type", "")
    return await read_multipart(named, request.stream(), service.files, limits, content_length=declared_length(request))


def parse_json(body: bytes) -> Any:
    """JSON in DRF's strict manner: no NaN, no infinity. Raises `BadRequest`."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "Too deeply nested."
        raise BadRequest(f"JSON parse error - {reason}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")


def _dictionary(data: Any) -> dict[str, Any]:
    if data is None:
        raise Invalid(non_field_errors=["No data provided"])
    if not isinstance(data, dict):
        raise Invalid(non_field_errors=[f"Invalid data. Expected a dictionary, but got {type(data).__name__}."])
    return data


def _parse_form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadRequest(f"Form parse error - {error}") from None
