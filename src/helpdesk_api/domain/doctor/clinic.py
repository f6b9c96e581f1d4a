"""What every check works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helpdesk_api.db.engine import Database
from helpdesk_api.domain.doctor.findings import Finding
from helpdesk_api.storage.files import FileStorage


@dataclass(frozen=True, slots=True)
class Clinic:
    """The instance that is looked at; with `read_files` every file is read and held against its checksum."""

    database: Database
    storage: FileStorage
    media: Path
    read_files: bool = False


class Check(Protocol):
    """One thing that may be wrong. Both work while the service runs and writes."""

    name: str

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Everything that is wrong, and stays so: nothing that is merely under way."""

    async def mend(self, clinic: Clinic) -> None:
        """Put right what can be; it is looked for once more afterwards."""
