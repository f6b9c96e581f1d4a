"""Raw values to a schema's fields, one by one, so that every wrong one is found."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from helpdesk_api.dialects.drf.fields import REQUIRED, Boolean, Field
from helpdesk_api.dialects.drf.files import NO_FILE, File, Files, WrongItems
from helpdesk_api.dialects.drf.parsers import RawBody
from helpdesk_api.dialects.wire.fields import adapter_of


class FieldReader:
    """Validates raw values field by field against a schema; built once per schema."""

    def __init__(self, schema: type[BaseModel], *, partial: bool = False) -> None:
        self._infos = schema.model_fields
        self._partial = partial
        self._adapters = {name: adapter_of(info) for name, info in self._infos.items()}
        self._fields = {
            name: next((one for one in info.metadata if isinstance(one, Field)), None)
            for name, info in self._infos.items()
        }
        files = {name: one for name, one in self._fields.items() if isinstance(one, File)}
        # What files may be called in a form, and how many there may be.
        self.file_names = frozenset(alias for name, one in files.items() for alias in one.names(name))
        self.max_files = sum(one.most for one in files.values())
        self.requires_a_file = not partial and any(self._infos[name].is_required() for name in files)

    def read(self, raw: RawBody) -> tuple[dict[str, Any], dict[str, object]]:
        """The values that could be read and the messages for those that could not; unknown names are ignored."""
        values: dict[str, Any] = {}
        errors: dict[str, object] = {}
        for name, info in self._infos.items():
            given = self._given(name, info, raw)
            if given is ...:
                if not self._partial and info.is_required():
                    errors[name] = [NO_FILE if isinstance(self._fields[name], File) else REQUIRED]
                continue
            try:
                values[name] = self._adapters[name].validate_python(given)
            except ValidationError as error:
                errors[name] = [one["msg"] for one in error.errors(include_url=False, include_context=False)]
            except WrongItems as error:
                errors[name] = error.messages
        return values, errors

    def _given(self, name: str, info: FieldInfo, raw: RawBody) -> object:
        field = self._fields[name]
        if isinstance(field, Files) and raw.is_form:
            return raw.all_of(field.names(name)) or ...
        if isinstance(field, File) and raw.form.files:
            given: object = next((file for file in raw.form.files if file.field == name), ...)
        else:
            given = raw.values.get(name, ...)
        if not raw.is_form or field is None:
            return given
        if given == "" and (field.null or not info.is_required()):
            return field.empty_form_value()
        if given is ... and isinstance(field, Boolean) and not self._partial:
            return False  # HTML forms leave out a box that is not ticked
        return given
