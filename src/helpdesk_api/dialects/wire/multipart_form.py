"""What a multipart form is once it has been read, what it may hold, and what can be wrong with it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from helpdesk_api.storage.incoming import IncomingFile

_MIB = 1024 * 1024


class MultipartError(Exception):
    """A body that is not multipart/form-data, or has too many parts. The message is meant for the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Multipart form parse error - {reason}")


class UploadTooLarge(Exception):
    """A file, or everything else in a form together, past its limit. The message is meant for the client."""


@dataclass
class UploadedFile:
    """A file of a form. `filename` is as sent: a path, control characters and anything else may be in it.

    `content_type` is a well-formed media type in lower case, or empty. `incoming` is finished; it is None for a file
    that was refused (`error` says why) or that no field was there for: such a file was not kept.
    """

    field: str
    filename: str
    content_type: str
    incoming: IncomingFile | None = None
    size: int = 0
    error: str | None = None


@dataclass
class MultipartForm:
    """A form in the order it was sent. Its files are the caller's to publish or to discard."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[UploadedFile] = field(default_factory=list)

    async def discard(self) -> None:
        """Remove every file that was not published. Goes through even in a task that is being cancelled."""
        await asyncio.gather(*[file.incoming.discard() for file in self.files if file.incoming is not None])


@dataclass(frozen=True)
class MultipartLimits:
    """Sizes in bytes. `max_field_size` is for all text fields together.

    `refuse` looks at a file's name as sent and gives the message for one that is not wanted. `file_fields`, if set,
    are the only fields whose files are kept.
    """

    max_file_size: int
    max_files: int = 1
    max_fields: int = 1000
    max_field_size: int = _MIB
    max_headers: int = 16
    max_header_size: int = 8192
    file_fields: frozenset[str] | None = None
    refuse: Callable[[str], str | None] = lambda _: None

    @property
    def max_overhead(self) -> int:
        """How much of a body may be something else than files: text fields, headers and boundaries."""
        return self.max_field_size + _MIB

    @property
    def max_body_size(self) -> int:
        """The largest body that can be within the limits."""
        return self.max_files * self.max_file_size + self.max_overhead
