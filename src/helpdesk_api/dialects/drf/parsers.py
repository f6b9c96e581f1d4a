"""DRF's parsers: a JSON, form or multipart body to named values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from helpdesk_api.dialects.wire import bodies
from helpdesk_api.dialects.wire.bodies import media_type_of, read_body
from helpdesk_api.dialects.wire.forms import MAX_FIELDS, MAX_FILES, MULTIPART, read_form
from helpdesk_api.dialects.wire.multipart import MultipartForm
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.domain.errors import Invalid

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MEDIA_TYPES = (JSON, FORM, MULTIPART)


@dataclass(frozen=True, slots=True)
class RawBody:
    """A body as it came: named values, and the form they came in (whose values are all text), if it was one."""

    values: Mapping[str, Any]
    is_form: bool = False
    form: MultipartForm = field(default_factory=MultipartForm)

    def all_of(self, names: Collection[str]) -> list[object]:
        """Everything a form holds under these names: text that is not empty, then files, each in their order."""
        texts = [value for name, value in self.form.fields if name in names and value]
        return [*texts, *(file for file in self.form.files if file.field in names)]

    async def discard_files(self) -> None:
        """Remove every file nobody published."""
        await self.form.discard()


async def read_raw(request: Request, file_fields: frozenset[str] = frozenset(), max_files: int = MAX_FILES) -> RawBody:
    """Read a body of any type DRF takes; only files of `file_fields` are kept.

    Raises `BadRequest` for one that cannot be read (400, 413, 415).
    """
    kind = media_type_of(request)
    if kind == MULTIPART:
        form = await read_form(request, file_fields, max_files=max_files)
        return RawBody(dict(form.fields), is_form=True, form=form)
    body = await read_body(request)
    if kind == FORM:
        return RawBody(_parse_form(body), is_form=True)
    if not body:
        return RawBody({})
    if kind != JSON and not kind.endswith("+json"):
        raise BadRequest(f'Unsupported media type "{kind}" in request.', 415)
    return RawBody(_dictionary(parse_json(body)))


def parse_json(body: bytes) -> Any:
    """JSON in DRF's strict manner: no NaN, no infinity. Raises `BadRequest`."""
    try:
        return bodies.parse_json(body)
    except ValueError as error:
        raise BadRequest(f"JSON parse error - {error}") from None


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
