"""What a caller hands in about files."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_api.storage.incoming import IncomingFile


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that has arrived, under the name and type its sender gave it."""

    incoming: IncomingFile
    filename: str
    mime_type: str
