"""DRF's file field: a file that came in a multipart form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk_api.dialects.drf.fields import Field, wrong
from helpdesk_api.dialects.wire.multipart import UploadedFile

NO_FILE = "No file was submitted."
NOT_A_FILE = "The submitted data was not a file. Check the encoding type on the form."
EMPTY_FILE = "The submitted file is empty."
NO_NAME = "No filename could be determined."


@dataclass(frozen=True, kw_only=True)
class File(Field):
    """One uploaded file, not empty, of an extension that is allowed."""

    def parse(self, value: Any) -> UploadedFile:
        """The file. Raises the error of `wrong`."""
        if not isinstance(value, UploadedFile):
            raise wrong(NOT_A_FILE)
        if not value.filename:
            raise wrong(NO_NAME)
        if value.error is not None:
            raise wrong(value.error)
        if value.incoming is None or not value.size:
            raise wrong(EMPTY_FILE)
        return value

    def json_schema(self) -> dict[str, Any]:
        """Binary content."""
        return {"type": "string", "format": "binary"}
