"""The names in an archive: `media/...`, `tables/<table>/<part>.copy.gz`, `manifest.json`, and `SHA256SUMS` at the end.

It is a plain tar file. Unpacked, `sha256sum --check SHA256SUMS` looks through it, and a table is
`cat tables/<table>/* | gunzip`, in the text format of PostgreSQL's COPY.
"""

from __future__ import annotations

import re

BLOCK = 512
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
_FILES = "media/"
_TABLE = re.compile(r"tables/([^/]+)/\d{6,}\.copy\.gz")


def file_member(path: str) -> str:
    """The name of a media file in the archive."""
    return _FILES + path


def file_path(member: str) -> str | None:
    """The path of a media file by its name in the archive; `None` for other members."""
    return member.removeprefix(_FILES) if member.startswith(_FILES) else None


def table_member(table: str, part: int) -> str:
    """The name of a part of a table in the archive."""
    return f"tables/{table}/{part:06}.copy.gz"


def table_of(member: str) -> str | None:
    """The table that a member is a part of; `None` for other members."""
    found = _TABLE.fullmatch(member)
    return found[1] if found else None


def exact_time(nanoseconds: int) -> str:
    """A time as pax headers write it: seconds, with a fraction."""
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09}"


def nanoseconds_of(time: str) -> int:
    """The other way round. Raises ValueError."""
    seconds, _, fraction = time.partition(".")
    return int(seconds) * 10**9 + int(f"{fraction:0<9}"[:9])
