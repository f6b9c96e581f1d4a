"""/api/tickets/ with tickets of both kinds, and with custom fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import CustomField, Queue
from helpdesk_api.settings import Settings
from uploading import open_ticket as open_upload_ticket
from uploading import send_file

Post = Callable[..., Awaitable[dict[str, Any]]]
REQUIRED = ["This field is required."]


async def test_both_kinds_are_listed_each_in_its_own_shape(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post
) -> None:
    support = await open_ticket()
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()
    listed = (await client.get("/api/tickets/", headers=admin.token)).json()
    assert listed == {"count": 2, "next": None, "previous": None, "results": [support, upload]}


async def test_put_on_an_upload_ticket_asks_for_its_limit(client: httpx.AsyncClient, requester: Account) -> None:
    created = (await client.post("/api/tickets/", headers=requester.token, json={"limit": 2})).json()
    refused = await client.put(created["url"], headers=requester.token, json={})
    assert (refused.status_code, refused.json()) == (400, {"limit": REQUIRED})
    put = await client.put(created["url"], headers=requester.token, json={**created, "limit": 3})
    assert (put.status_code, put.json()) == (200, {**created, "limit": 3})


@pytest.mark.parametrize(("kind", "body"), [("support", {"limit": 3}), ("upload", {"queue": 1, "title": "x"})])
async def test_a_kind_that_is_switched_off_is_neither_taken_nor_shown(
    client: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    admin: Account,
    open_ticket: Post,
    kind: str,
    body: dict[str, Any],
) -> None:
    support = (await open_ticket())["id"]
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()["url"].split("/")[-2]
    left, other = (support, upload) if kind == "support" else (upload, support)
    async with client_over(settings.model_copy(update={"ticket_kinds": [kind]}), database) as narrow:
        answers = {
            path: (await narrow.get(f"/api/tickets/{path}/", headers=admin.token)).status_code for path in (left, other)
        }
        listed = (await narrow.get("/api/tickets/", headers=admin.token)).json()
        gone = [
            (await narrow.request(method, f"/api/tickets/{other}/", headers=admin.token)).status_code
            for method in ("PUT", "PATCH", "DELETE")
        ]
        refused = await narrow.post("/api/tickets/", headers=admin.token, json=body)
    assert (answers, listed["count"], gone) == ({left: 200, other: 404}, 1, [404, 404, 404])
    expected = {"limit": REQUIRED} if kind == "upload" else {"queue": REQUIRED, "title": REQUIRED}
    assert (refused.status_code, refused.json()) == (400, expected)


async def test_custom_fields_come_last_and_a_required_one_is_asked_for(
    client: httpx.AsyncClient, session: Session, admin: Account, queue: Queue, open_ticket: Post
) -> None:
    before = await open_ticket()
    session.add_all(
        [
            CustomField(name="colour", label="Colour", data_type="list", list_values=["red", "green"], required=True),
            CustomField(name="weight", label="Weight", data_type="decimal", decimal_places=2, max_length=5),
            CustomField(name="secret", label="Secret", data_type="varchar", staff_only=True),
        ]
    )
    await session.flush()
    unset = (await client.get(f"/api/tickets/{before['id']}/", headers=admin.token)).json()
    assert unset == {**before, "custom_colour": None, "custom_weight": None, "custom_secret": None}
    assert list(unset)[-4:] == ["followup_set", "custom_colour", "custom_weight", "custom_secret"]
    wrong = {"queue": queue.id, "title": "", "custom_weight": "12.345", "custom_nope": 1}
    refused = await client.post("/api/tickets/", headers=admin.token, json=wrong)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "title": ["This field may not be blank."],
            "custom_colour": REQUIRED,
            "custom_weight": ["Ensure that there are no more than 2 decimal places."],
        },
    )
    ticket = await open_ticket(custom_colour="red", custom_weight=1.5, custom_secret="x")
    assert [ticket[f"custom_{name}"] for name in ("colour", "weight", "secret")] == ["red", "1.50", "x"]
    url = f"/api/tickets/{ticket['id']}/"
    patched = await client.patch(url, headers=admin.token, json={"custom_weight": None, "custom_secret": "y"})
    assert patched.json() == {**ticket, "custom_weight": None, "custom_secret": "y"}
    whole = {"queue": queue.id, "title": "x"}
    put = await client.put(url, headers=admin.token, json=whole)
    assert (put.status_code, put.json()) == (400, {"custom_colour": REQUIRED})
    put = await client.put(url, headers=admin.token, data={**whole, "custom_colour": "green", "custom_secret": ""})
    expected = {**patched.json(), "title": "x", "custom_colour": "green", "custom_secret": None}
    assert (put.status_code, put.json()) == (200, expected)
    listed = (await client.get("/api/tickets/", headers=admin.token)).json()["results"]
    assert listed == [unset, put.json()]


async def test_what_belongs_to_a_kind_that_is_switched_off_is_not_served_either(
    client: httpx.AsyncClient, database: Database, settings: Settings, admin: Account, open_ticket: Post, say: Post
) -> None:
    said = await say((await open_ticket())["id"], files=("note.txt",))
    upload = await open_upload_ticket(client, admin)
    sent = await send_file(client, admin, upload)
    file = (await client.get("/api/files/", headers=admin.token)).json()["results"][0]
    media = {"upload": sent.json()["file"], "support": said["followupattachment_set"][0]["file"]}
    served = {
        "upload": ["/api/files/", file["url"], media["upload"]],
        "support": [
            "/api/followups/",
            f"/api/followups/{said['id']}/",
            "/api/followups-attachments/",
            f"/api/followups-attachments/{said['followupattachment_set'][0]['id']}/",
            "/api/user_tickets/",
            media["support"],
        ],
    }
    for kind, other in (("upload", "support"), ("support", "upload")):
        async with client_over(settings.model_copy(update={"ticket_kinds": [kind]}), database) as narrow:
            for path in served[kind]:
                assert (await narrow.get(path, headers=admin.token)).status_code == 200, path
            never = await narrow.get("/api/never/", headers=admin.token)
            for path in served[other]:
                gone = await narrow.get(path, headers=admin.token)
                assert (gone.status_code, path in media.values() or gone.content == never.content) == (404, True), path
            refused = await send_file(narrow, admin, upload)
            links = (await narrow.get("/api/")).json()
            described = (await narrow.get("/openapi.json")).json()["paths"]
        assert refused.status_code == (200 if kind == "upload" else 404)
        assert ("files" in links, "followups" in links, "user_tickets" in links) == (
            kind == "upload",
            kind == "support",
            kind == "support",
        )
        assert ("/api/files/" in described, "/api/followups/" in described) == (kind == "upload", kind == "support")
