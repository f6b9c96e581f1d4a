"""Markdown as HTML that is safe to show."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from factories import Account
from flicket_desk import get, open_ticket, reply
from helpdesk_api.dialects.flicket.markdown import LONGEST, to_html
from helpdesk_api.models import Queue

Categories = Mapping[str, Queue]


async def test_a_ticket_and_a_post_are_rendered_when_asked(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"], content="*Please* help.")
    said = await reply(client, requester, ticket, "`ls -l`")
    assert await get(client, requester, f"ticket/{ticket['id']}?render=html") == {
        **ticket,
        "content_html": "<p><em>Please</em> help.</p>\n",
    }
    assert await get(client, requester, f"post/{said['id']}?render=html") == {
        **said,
        "content_html": "<p><code>ls -l</code></p>\n",
    }
    assert await get(client, requester, f"ticket/{ticket['id']}?render=") == ticket


async def test_only_html_can_be_asked_for(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    answer = await client.get(f"/flicket-api/ticket/{ticket['id']}?render=pdf", headers=requester.bearer)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert "html" in answer.json()["message"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("plain", "<p>plain</p>\n"),
        ("# Title\n\n* one\n* two", "<h1>Title</h1>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        ("~~gone~~", "<p><s>gone</s></p>\n"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>\n"),
        (
            "[link](https://example.com)",
            '<p><a href="https://example.com" rel="nofollow noopener noreferrer">link</a></p>\n',
        ),
        ("a | b\n--|--\n1 | 2", "<td>2</td>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt&colon;alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>\n"),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", "<p>![x](data:image/svg+xml;base64,PHN2Zz4=)</p>\n"),
        ("[x](vbscript:x)", "<p>[x](vbscript:x)</p>\n"),
        ("<a href='//evil' onclick='x'>y</a>", "&lt;a href="),
        ('[x](https://example.com"onmouseover=alert(1))', "%22onmouseover=alert(1)"),
    ],
)
def test_markdown_becomes_html_and_nothing_dangerous_does(text: str, html: str) -> None:
    rendered = to_html(text)
    assert html == rendered or (html and html in rendered)
    for danger in ("<script", "<img", "<a href='", 'href="javascript', 'src="data'):
        assert danger not in rendered


def test_a_text_too_long_to_render_is_shown_as_it_is() -> None:
    assert to_html("<b>" + "*" * LONGEST) == f"<pre>&lt;b&gt;{'*' * LONGEST}</pre>"


@pytest.mark.parametrize("piece", ["[", "![[", "_a*", "`a", "|a", "<a", "&", "> ", "- ", "[a](b"])
def test_nothing_takes_long_to_render(piece: str) -> None:
    to_html(piece * (LONGEST // len(piece) // 10))
