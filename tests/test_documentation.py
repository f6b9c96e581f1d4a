"""/docs and /redoc: pages that load nothing from another machine."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import httpx
import pytest

from clients import client_over
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings


class Links(HTMLParser):
    """Everything a page loads by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "spec-url") and tag != "a"]


def inline_scripts(page: str) -> list[str]:
    """What stands between script tags."""
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ("/docs", ["/docs-assets/swagger-ui.css", "/docs-assets/favicon.png", "/docs-assets/swagger-ui-bundle.js"]),
        ("/redoc", ["/docs-assets/favicon.png", "/openapi.json", "/docs-assets/redoc.standalone.js"]),
    ],
)
async def test_a_page_loads_only_what_the_service_has(client: httpx.AsyncClient, page: str, links: list[str]) -> None:
    answer = await client.get(page)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert Links(answer.text).found == links
    assert re.findall(r"https?://|[\"']//", answer.text) == []
    for link in links:
        loaded = await client.get(link)
        assert loaded.status_code == 200
        assert len(loaded.content) > 1000


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_a_browser_is_told_to_load_nothing_from_elsewhere(client: httpx.AsyncClient, page: str) -> None:
    policy = (await client.get(page)).headers["Content-Security-Policy"]
    directives = {words[0]: words[1:] for words in map(str.split, policy.split(";"))}
    assert (directives["default-src"], directives["connect-src"]) == (["'none'"], ["'self'"])
    assert {source for words in directives.values() for source in words if not source.startswith("'sha256-")} == {
        "'self'",
        "'none'",
        "'unsafe-inline'",
        "data:",
        "blob:",
    }
    assert [name for name, words in directives.items() if "'unsafe-inline'" in words] == ["style-src"]


@pytest.mark.parametrize(("page", "count"), [("/docs", 1), ("/redoc", 0)])
async def test_only_the_pages_own_script_may_stand_in_it(client: httpx.AsyncClient, page: str, count: int) -> None:
    answer = await client.get(page)
    scripts = [f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in inline_scripts(answer.text)]
    assert len(scripts) == count
    allowed = " ".join(["script-src 'self'", *scripts])
    assert f"{allowed};" in answer.headers["Content-Security-Policy"]


async def test_swagger_ui_reads_the_document_and_shows_it_to_no_public_validator(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert "url: '/openapi.json'" in page
    assert '"validatorUrl": null' in page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_root_leads_to_the_docs(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/redoc/", "/openapi.json"])
async def test_every_page_answers_head_too(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 200


async def test_below_a_path_of_a_proxy_every_link_has_that_path(settings: Settings, database: Database) -> None:
    below = settings.model_copy(update={"base_url": "https://desk.example.com/help"})
    async with client_over(below, database) as client:
        assert (await client.get("/")).headers["Location"] == "/help/docs"
        for page in ("/docs", "/redoc"):
            answer = await client.get(page)
            assert {link.split("/")[1] for link in Links(answer.text).found} == {"help"}
            assert "/help/openapi.json" in answer.text
            assert "connect-src 'self' https://desk.example.com" in answer.headers["Content-Security-Policy"]


async def test_the_title_is_the_installations_own(settings: Settings, database: Database) -> None:
    named = settings.model_copy(update={"application_title": "Desk & <Co>"})
    async with client_over(named, database) as client:
        assert "<title>Desk &amp; &lt;Co&gt;" in (await client.get("/docs")).text
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Desk & <Co>"
