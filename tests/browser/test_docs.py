"""/docs as somebody sees it who comes with a user name and a password, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from live_service import LiveService
from swagger_ui import SwaggerUI

# One pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


@pytest.fixture
def docs(page: Page) -> SwaggerUI:
    return SwaggerUI(page)


def credentials_of(scheme: str, docs: SwaggerUI, service: LiveService) -> tuple[str, ...]:
    """What the dialog asks for, got by means of the page alone."""
    if scheme == "Basic":
        return "admin", service.password
    if scheme == "Token":
        answer = docs.execute("obtainToken", {"username": "admin", "password": service.password})
        return (f"Token {answer.body['token']}",)
    docs.sign_in("Basic", "admin", service.password)
    token = docs.execute("flicketCreateToken").body["token"]
    docs.page.evaluate("localStorage.clear()")
    docs.page.reload()
    return (token,)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer"])
def test_a_person_signs_in_with_each_scheme(docs: SwaggerUI, service: LiveService, scheme: str) -> None:
    docs.sign_in(scheme, *credentials_of(scheme, docs, service))
    answer = docs.execute("getOwnUser")
    assert (answer.status, answer.body["username"]) == (200, "admin")
    assert answer.request.headers["authorization"].startswith(f"{scheme} ")


def test_a_picture_completes_an_upload_ticket(docs: SwaggerUI, service: LiveService, tmp_path: Path) -> None:
    docs.sign_in("Basic", "admin", service.password)
    form = docs.open("createTicket")
    form.locator(".examples-select select").select_option("UploadTicketIn")
    assert json.loads(form.locator("textarea.body-param__text").input_value()) == {"limit": 5, "status": "PENDING"}
    opened = docs.execute("createTicket", {"limit": 1})
    assert (opened.status, opened.body["status"]) == (200, "PENDING")
    ticket = opened.body["url"].split("/")[-2]

    picture = tmp_path / "picture.png"
    picture.write_bytes(PNG)
    sent = docs.execute("uploadFile", file=picture, ticket=ticket)
    assert (sent.status, sent.body) == (200, {"file": "/media/upload/admin/picture.png", "ticket": int(ticket)})
    assert service.media.joinpath("upload", "admin", "picture.png").read_bytes() == PNG

    complete = docs.execute("getTicket", ticket_id=ticket)
    assert (complete.status, complete.body["status"]) == (200, "COMPLETED")


def test_flickets_tickets_are_listed(docs: SwaggerUI, service: LiveService) -> None:
    docs.sign_in("Basic", "admin", service.password)
    # As it stands there: the page's own example is a ticket.
    made = docs.execute("flicketCreateTicket")
    assert made.status == 201
    listed = docs.execute("flicketListTickets")
    assert listed.status == 200
    assert made.body["id"] in [item["id"] for item in listed.body["items"]]


def test_a_support_ticket_is_opened_and_answered_from_the_examples(docs: SwaggerUI, service: LiveService) -> None:
    docs.sign_in("Basic", "admin", service.password)
    opened = docs.execute("createTicket")
    assert (opened.status, opened.body["title"]) == (201, "Printer on fire")
    said = docs.execute(
        "createFollowUp", {"ticket": opened.body["id"], "comment": "Put out.", "public": True, "new_status": 3}
    )
    assert (said.status, said.body["comment"]) == (201, "Put out.")


def test_the_page_says_what_each_api_is_for(docs: SwaggerUI) -> None:
    rows = docs.page.locator(".info table tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["Upload tickets", "django-helpdesk", "Flicket"]
    assert docs.page.locator(".info h2").all_inner_texts() == ["Sign in", "A first ticket", "Pages and errors"]
