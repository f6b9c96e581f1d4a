"""A real Chromium, Debian's, in front of a real service; what a page loads, logs and violates is looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from live_service import LiveService, running_service

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *"--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split(),
    *"--disable-component-update --disable-sync".split(),
    # No name is looked up, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
VIOLATIONS = "window.violations"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, help="a folder for a picture of each page at the end of its test")


@pytest.fixture(scope="session")
def service() -> Iterator[LiveService]:
    """One service for all pages."""
    with (
        tempfile.TemporaryDirectory(prefix="hd-") as folder,
        running_service(Path(folder), {"HELPDESK_PASSWORD_ROUNDS": "4"}) as live,
    ):
        yield live


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, service: LiveService) -> Iterator[BrowserContext]:
    """A browser without a memory, at the service."""
    opened = browser.new_context(base_url=service.url, viewport={"width": 1280, "height": 1000})
    opened.set_default_timeout(20_000)
    opened.add_init_script(NOTE_VIOLATIONS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, service: LiveService, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that, by the end, has asked nobody but the service, logged no error and violated nothing."""
    hosts: set[str] = set()
    errors: list[str] = []
    # data: and blob: have no host, and ask nobody.
    context.on("request", lambda sent: hosts.add(urlsplit(sent.url).netloc))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda raised: errors.append(str(raised.error)))
    opened = context.new_page()
    yield opened
    if folder := request.config.getoption("--screenshots"):
        name = request.node.name.replace("/", "")
        opened.screenshot(path=folder / f"{name}.png", full_page=True)
    found: Any = opened.evaluate(VIOLATIONS)
    assert (errors, found) == ([], [])
    assert hosts - {""} == {urlsplit(service.url).netloc}
