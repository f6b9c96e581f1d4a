"""Requests of Flicket's API page on tickets, posts, subscriptions and uploads, answered as it answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from clients import client_over
from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.models import Attachment, Department, FollowUp, Queue, Ticket, User
from helpdesk_api.settings import Settings

DOCUMENT = json.loads(Path(__file__).with_name("exchanges_tickets.json").read_text())
# The posts of the page's two files, on tickets of their own.
POSTS_WITH_FILES = {276646: ("ccv4ufb6.jpg", "photos-1.jpg"), 276677: ("5w0hdo10.jpg", "")}


async def fill(session: Session) -> Account:
    """Twenty users, one category, ten thousand tickets; the first is the page's, with 25 posts."""
    admin = await make_account(session, "admin", is_staff=True, is_superuser=True)
    session.add_all(User(username=f"user{number}", password_hash="!") for number in range(2, 21))
    await session.execute(text("TRUNCATE departments RESTART IDENTITY CASCADE"))
    session.add(Department(name="Design"))
    await session.flush()
    session.add(Queue(title="Dataset", slug="dataset", department_id=1))
    await session.flush()
    shown = DOCUMENT["get_ticket"]["response"]["body"]
    session.add(
        Ticket(
            kind="support",
            creator_id=12,
            assignee_id=7,
            queue_id=1,
            title=shown["title"],
            description=shown["content"],
            submitter_email="",
            status=4,
            priority=2,
            created_at=parsedate_to_datetime(shown["date_added"]),
        )
    )
    await session.flush()
    await session.execute(
        text(
            "INSERT INTO tickets (kind, creator_id, queue_id, title, description, submitter_email, status, priority)"
            " SELECT 'support', 12, 1, 'Ticket ' || n, '', '', 1, 3 FROM generate_series(2, 10000) AS n"
        )
    )
    await add_posts(session)
    return admin


async def add_posts(session: Session) -> None:
    """The page's post and 24 more on the first ticket, and two with files on the second."""
    shown = DOCUMENT["get_posts"]["response"]["body"]["items"][0]
    said = {"title": "", "public": True, "created_at": parsedate_to_datetime(shown["data_added"])}
    session.add_all(
        FollowUp(ticket_id=1, author_id=15, comment=shown["content"] if number == 1 else "More.", **said)
        for number in range(1, 26)
    )
    session.add_all(
        FollowUp(id=post_id, ticket_id=2, author_id=15, comment="See.", **said) for post_id in POSTS_WITH_FILES
    )
    await session.flush()
    for upload in DOCUMENT["get_uploads"]["response"]["body"]["items"]:
        session.add(
            Attachment(
                ticket_id=2,
                followup_id=upload["post_id"],
                uploader_id=15,
                path=upload["filename"],
                short_name=upload["filename"],
                filename=upload["original_filename"],
                mime_type="image/jpeg",
                size=1,
                sha256=b"\0" * 32,
            )
        )
        await session.flush()


@pytest.fixture
async def admin_of_the_desk(empty_database: Database) -> Account:
    """The first user of the page's help desk."""
    async with unit_of_work(empty_database.sessions) as session:
        return await fill(session)


@pytest.fixture
async def desk(
    admin_of_the_desk: Account, empty_database: Database, settings: Settings
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that help desk."""
    async with client_over(settings, empty_database) as client:
        yield client


async def play(desk: httpx.AsyncClient, name: str, account: Account) -> httpx.Response:
    """Send a request of the page, word for word."""
    request = DOCUMENT[name]["request"]
    headers = {key: value.format(token=account.secret) for key, value in request["headers"].items()}
    url = f"http://{request['host']}{request['path']}"
    return await desk.request(request["method"], url, headers=headers, content=request.get("content"))


def in_the_pages_words(ticket: dict[str, Any]) -> dict[str, Any]:
    """A ticket without the second spelling of the link to whoever started it."""
    links = dict(ticket["links"])
    assert links.pop("started_by") == links["started_ny"]
    return {**ticket, "links": links}


async def test_the_page_is_answered_as_it_answers(desk: httpx.AsyncClient, admin_of_the_desk: Account) -> None:
    answers = {
        name: await play(desk, name, admin_of_the_desk)
        for name in ("get_ticket", "get_tickets", "get_post", "get_posts", "get_upload", "get_uploads")
    }
    for name, answer in answers.items():
        expected, body = DOCUMENT[name]["response"], answer.json()
        if name == "get_ticket":
            body = in_the_pages_words(body)
        if name == "get_tickets":
            body["items"] = [in_the_pages_words(item) for item in body["items"]]
        if name == "get_post":  # the page cuts its content short
            assert body["content"].startswith(expected["body"]["content"].removesuffix("..."))
            body["content"] = expected["body"]["content"]
        if name == "get_posts":  # the page shows one of them
            assert len(body["items"]) == body["_meta"]["total_items"]
            body["items"] = body["items"][:1]
        assert (answer.status_code, body) == (expected["status"], expected["body"]), name


async def test_a_ticket_is_opened_and_followed_as_documented(
    desk: httpx.AsyncClient, admin_of_the_desk: Account
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    opened = await play(desk, "create_ticket", admin_of_the_desk)
    expected = DOCUMENT["create_ticket"]["response"]
    assert before <= parsedate_to_datetime(opened.json()["date_added"]) <= datetime.now(UTC)
    assert (opened.status_code, opened.headers["location"]) == (expected["status"], expected["location"])
    shown = {**expected["body"], "date_added": opened.json()["date_added"]}
    assert in_the_pages_words(opened.json()) == shown
    for name in ("get_subscription", "get_subscriptions"):
        answer, expected = await play(desk, name, admin_of_the_desk), DOCUMENT[name]["response"]
        assert (answer.status_code, answer.json()) == (expected["status"], expected["body"]), name
