"""Swagger UI as a person uses it: sign in, open an operation, fill it in, press Execute, read the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows, and the request it made for that."""

    status: int
    body: Any
    request: Request


class SwaggerUI:
    """/docs in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._tags: dict[str, str] = {}
        with page.expect_response("**/openapi.json") as loaded:
            page.goto("/docs")
        for path in loaded.value.json()["paths"].values():
            self._tags |= {one["operationId"]: one["tags"][0] for one in path.values()}

    def sign_in(self, scheme: str, *values: str) -> None:
        """Fill in one of the schemes of the dialog."""
        self.page.locator(".auth-wrapper > .authorize").click()
        form = self.page.locator(".auth-container", has=self.page.locator("h4 code", has_text=scheme))
        for field, value in zip(form.locator("input").all(), values, strict=True):
            field.fill(value)
        form.get_by_role("button", name="Apply credentials").click()
        self.page.locator(".auth-container", has_text="Authorized").wait_for()
        form.get_by_role("button", name="Close").click()

    def open(self, operation: str) -> Locator:
        """The operation, ready to be filled in."""
        block = self.page.locator(f'[id^="operations-"][id$="-{operation}"]')
        if not block.is_visible():
            self.page.locator(f'.opblock-tag[data-tag="{self._tags[operation]}"]').click()
        if "is-open" not in (block.get_attribute("class") or ""):
            block.locator(".opblock-summary-control").click()
        block.locator(".execute").wait_for()
        return block

    def execute(self, operation: str, body: Any = None, *, file: Path | None = None, **parameters: str) -> Answer:
        """Fill in an operation's body or parameters, execute it, and read what the page shows then."""
        block = self.open(operation)
        for name, value in parameters.items():
            block.locator(f'tr[data-param-name="{name}"], tr:has(> td .parameter__name:text-is("{name}"))').locator(
                "input, textarea"
            ).first.fill(value)
        if file is not None:
            block.locator('input[type="file"]').set_input_files(file)
        if body is not None:
            block.locator("textarea.body-param__text").fill(json.dumps(body))
        with self.page.expect_response(lambda answer: answer.request.resource_type == "fetch") as answered:
            block.locator(".execute").click()
        live = block.locator(".live-responses-table tr.response")
        status = int(live.locator(".response-col_status").first.inner_text().split()[0])
        shown = live.locator(".highlight-code code").first.inner_text()
        return Answer(status, json.loads(shown), answered.value.request)
