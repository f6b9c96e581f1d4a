"""DRF's file fields: files that came in a multipart form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic_core import PydanticCustomError

from helpdesk_api.dialects.drf.fields import Chars, Field
from helpdesk_api.dialects.wire.fields import wrong
from helpdesk_api.dialects.wire.forms import MAX_FILES
from helpdesk_api.dialects.wire.multipart import UploadedFile
from helpdesk_api.dialects.wire.part_headers import media_type
from helpdesk_api.domain.attachments.commands import NewFile

NO_FILE = "No file was submitted."
NOT_A_FILE = "The submitted data was not a file. Check the encoding type on the form."
EMPTY_FILE = "The submitted file is empty."
NO_NAME = "No filename could be determined."
BAD_MEDIA_TYPE = "Enter a valid media type, such as image/png."
# What is known of a file whose sender says nothing.
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class File(Field):
    """One uploaded file, not empty, of an extension that is allowed."""

    # How many files a form may hold for this field.
    most: ClassVar[int] = 1

    def names(self, name: str) -> list[str]:
        """What a file of the field `name` may be called in a form."""
        return [name]

    def parse(self, value: Any) -> Any:
        """The file, as `UploadedFile`. Raises the error of `wrong`."""
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

    def metadata(self) -> dict[str, Any]:
        """A file."""
        return {"type": "file upload"}


@dataclass(frozen=True, kw_only=True)
class MediaType(Chars):
    """The type of a file's content, such as `image/png`; parameters are dropped."""

    def parse(self, value: Any) -> str:
        """The media type in lower case. Raises the error of `wrong`."""
        text = super().parse(value)
        kind = media_type(text)
        if text and not kind:
            raise wrong(BAD_MEDIA_TYPE)
        return kind


class WrongItems(Exception):
    """Some files of a list cannot be taken; `messages` are by their position."""

    def __init__(self, messages: dict[str, list[str]]) -> None:
        super().__init__(messages)
        self.messages = messages


@dataclass(frozen=True, kw_only=True)
class Files(File):
    """Any number of uploaded files: `name` given again and again, or `name[0]`, `name[1]` and so on."""

    most: ClassVar[int] = MAX_FILES

    def names(self, name: str) -> list[str]:
        """What a file of the field `name` may be called in a form."""
        return [name, *(f"{name}[{position}]" for position in range(self.most))]

    def parse(self, value: Any) -> Any:
        """The files, as a list of `UploadedFile`. Raises the error of `wrong`, and `WrongItems`."""
        if not isinstance(value, list):
            raise wrong(f'Expected a list of items but got type "{type(value).__name__}".')
        found, errors = [], {}
        for position, item in enumerate(value):
            try:
                found.append(super().parse(item))
            except PydanticCustomError as error:
                errors[str(position)] = [error.message()]
        if errors:
            raise WrongItems(errors)
        return found

    def json_schema(self) -> dict[str, Any]:
        """Binary contents."""
        return {"type": "array", "items": super().json_schema()}

    def metadata(self) -> dict[str, Any]:
        """A list of files."""
        return {"type": "list", "child": {**super().metadata(), "required": True, "read_only": False}}


def new_file(file: UploadedFile, *, filename: str = "", mime_type: str = "") -> NewFile:
    """A file to keep, of one that a file field has let through; its own name and type unless others are given."""
    assert file.incoming is not None  # noqa: S101  (the field refuses such a one)
    return NewFile(file.incoming, filename or file.filename, mime_type or file.content_type or UNKNOWN_TYPE)
