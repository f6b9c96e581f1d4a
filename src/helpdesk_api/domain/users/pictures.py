"""Which files are pictures, by how they begin."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The longest beginning that has to be read.
HEAD = 12
_BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
# File endings to media types.
PICTURES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}


def is_picture(ending: str, head: bytes) -> bool:
    """Whether a file with this ending (without dot) and this beginning is the picture it says it is."""
    kind = PICTURES.get(ending)
    return kind is not None and _BEGINNINGS[kind].match(head) is not None
