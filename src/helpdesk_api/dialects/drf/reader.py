"""Raw values to a schema's fields, one by one, so that every wrong one is found."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from helpdesk_api.dialects.drf.fields import REQUIRED, Boolean, Field
from helpdesk_api.dialects.drf.files import NO_FILE, File
from helpdesk_api.dialects.drf.parsers import RawBody


class FieldReader:
    """Validates raw values field by field against a schema; built once per schema."""

    def __init__(self, schema: type[BaseModel], *, partial: bool = False) -> None:
        self._infos = schema.model_fields
        self._partial = partial
        self._adapters = {name: _adapter(info) for name, info in self._infos.items()}
        self._fields = {
            name: next((one for one in info.metadata if isinstance(one, Field)), None)
            for name, info in self._infos.items()
        }
        self.file_fields = frozenset(name for name, one in self._fields.items() if isinstance(one, File))
        self.requires_a_file = not partial and any(self._infos[name].is_required() for name in self.file_fields)

    def read(self, raw: RawBody) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """The values that could be read and the messages for those that could not; unknown names are ignored."""
        values: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for name, info in self._infos.items():
            given = self._given(name, info, raw)
            if given is ...:
                if not self._partial and info.is_required():
                    errors[name] = [NO_FILE if name in self.file_fields else REQUIRED]
                continue
            try:
                values[name] = self._adapters[name].validate_python(given)
            except ValidationError as error:
                errors[name] = [one["msg"] for one in error.errors(include_url=False, include_context=False)]
        return values, errors

    def _given(self, name: str, info: FieldInfo, raw: RawBody) -> object:
        field = self._fields[name]
        if isinstance(field, File) and raw.form.files:
            given: object = next((file for file in raw.form.files if file.field == name), ...)
        else:
            given = raw.values.get(name, ...)
        if not raw.is_form or field is None:
            return given
        if given == "" and not info.is_required():
            return field.empty_form_value()
        if given is ... and isinstance(field, Boolean) and not self._partial:
            return False  # HTML forms leave out a box that is not ticked
        return given


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    annotated: Any = Annotated[(info.annotation, *info.metadata)]
    return TypeAdapter(annotated)
