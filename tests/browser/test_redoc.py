"""/redoc: the document to read."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_it_renders_every_operation_under_its_chapter(page: Page) -> None:
    with page.expect_response("**/openapi.json") as loaded:
        page.goto("/redoc")
    document = loaded.value.json()
    expect(page.locator("h1").first).to_contain_text(document["info"]["title"])
    menu = page.locator(".menu-content")
    for chapter in document["x-tagGroups"]:
        expect(menu.get_by_text(chapter["name"], exact=True).first).to_be_visible()
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    expect(page.locator('[id*="/operation/"][data-section-id]')).to_have_count(len(operations))


def test_its_search_finds_an_operation(page: Page) -> None:
    page.goto("/redoc")
    page.locator('input[placeholder="Search..."]').fill("Send a file")
    expect(page.locator('[role="menuitem"]', has_text="Send a file to an upload ticket").first).to_be_visible()
