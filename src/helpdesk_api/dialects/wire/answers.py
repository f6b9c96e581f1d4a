"""Answers that go to JSON as they are: rows of plain values, which nothing has to check or copy once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import orjson
from starlette.responses import Response

Content = TypeVar("Content")


class Json(Response, Generic[Content]):
    """An answer of this type, written by orjson; `WireRoute` documents the type.

    FastAPI would validate the content against the type before it writes it, which for a list costs as much as the
    queries do; here mypy has checked it, and `tests/dialects/wire/test_answers.py` holds what is sent to the document.
    """

    media_type = "application/json"

    def __init__(self, content: Content, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(orjson.dumps(content, option=orjson.OPT_UTC_Z), status, headers)
