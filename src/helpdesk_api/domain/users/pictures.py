"""Which pictures a user may have."""

from __future__ import annotations

from collections.abc import Mapping

# File endings to media types.
PICTURES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
