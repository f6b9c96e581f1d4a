"""What people wrote, as HTML that is safe to show: Markdown rendered, then everything dangerous taken out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import nh3
from fastapi import Query
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from pydantic import BeforeValidator, Field

from helpdesk_api.dialects.wire.enumerations import ENUMERATION

# Rendering takes up to 10 µs a character; longer texts are shown as they are.
LONGEST = 100_000
SCHEMES = frozenset(("http", "https", "mailto"))
# HTML in the text is shown, not used.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _given(value: Any) -> Any:
    return value or None


# `?render=html`
RenderQuery = Annotated[
    Literal["html"] | None,
    BeforeValidator(_given),
    Query(
        description="`html` adds `content_html`: the content's Markdown as sanitised HTML.",
        json_schema_extra={ENUMERATION: "Rendering"},
    ),
]
ContentHtml = Annotated[
    str, Field(description="The content's Markdown as sanitised HTML.", examples=["<p>this is my content</p>\n"])
]


async def rendered(text: str) -> str:
    """As `to_html`, without keeping others waiting."""
    return await asyncio.to_thread(to_html, text)


def to_html(text: str) -> str:
    """Markdown (CommonMark with tables and strikethrough) as sanitised HTML."""
    html = _MARKDOWN.render(text) if len(text) <= LONGEST else f"<pre>{escapeHtml(text)}</pre>"
    return nh3.clean(html, url_schemes=set(SCHEMES), link_rel="nofollow noopener noreferrer")
