"""What an archive holds, as its `manifest.json` says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from helpdesk_api.archive.errors import ArchiveDamaged

FORMAT = 1
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class TableContent:
    """The columns of a table in their order in the archive (generated ones are not in it), and how many rows."""

    columns: tuple[str, ...]
    rows: Count


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was saved, when and by which version.

    `revision` is the schema's; `sequences` has the next value of each; `problems` names files that the rows speak of
    and that were not there, or not as the rows say, when the backup was taken.
    """

    format: int
    version: str
    revision: str
    taken_at: datetime
    tables: dict[str, TableContent]
    sequences: dict[str, int]
    files: Count
    file_bytes: Count
    problems: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """The manifest as it is stored."""
        return _ADAPTER.dump_json(self, indent=2) + b"\n"

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(table.rows for table in self.tables.values())


_ADAPTER = TypeAdapter(Manifest)


def read_manifest(content: bytes) -> Manifest:
    """Read a stored manifest. Raises `ArchiveDamaged`."""
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        raise ArchiveDamaged(f"its manifest cannot be read: {error.errors()[0]['msg']}") from error
