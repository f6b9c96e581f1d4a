"""GET /api/, and what every route under it has in common: slashes, suffixes, HEAD, wrong methods and paths."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from factories import PNG, Account
from helpdesk_api.settings import Settings
from uploading import open_ticket, send_file

BASE = "http://localhost:8000"
NOT_SIGNED_IN = {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize("path", ["/api/", "/api", "/api.json", "/api/?foo=bar"])
async def test_the_root_says_where_everything_is_to_anybody(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    links = answer.json()
    assert (links["tickets"], links["files"]) == (f"{BASE}/api/tickets/", f"{BASE}/api/files/")
    assert all(link.startswith(f"{BASE}/api/") for link in links.values())


async def test_every_link_of_the_root_leads_to_a_route(client: httpx.AsyncClient, admin: Account) -> None:
    for link in (await client.get("/api/")).json().values():
        assert (await client.get(link, headers=admin.token)).status_code in (200, 405), link


async def test_links_begin_with_the_base_url_where_one_is_set(
    client: httpx.AsyncClient, settings: Settings, requester: Account
) -> None:
    settings.base_url = "https://help.example.com/desk"
    assert (await client.get("/api/")).json()["files"] == "https://help.example.com/desk/api/files/"
    ticket = await open_ticket(client, requester)
    shown = await client.get(f"/api/tickets/{ticket}/", headers=requester.token)
    assert shown.json()["url"] == f"https://help.example.com/desk/api/tickets/{ticket}/"


@pytest.mark.parametrize("ending", ["/", "", ".json", ".json/"])
async def test_the_trailing_slash_is_optional_on_every_route_and_method(
    client: httpx.AsyncClient, requester: Account, ending: str
) -> None:
    headers = requester.token
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, requester, ticket)
    file = sent.headers["location"].removesuffix("/")
    form: dict[str, Any] = {"data": {"ticket": ticket}, "files": {"file": ("a.png", PNG)}}
    steps: list[tuple[str, str, dict[str, Any], int]] = [
        ("GET", "/api", {}, 200),
        ("GET", "/api/tickets", {}, 200),
        ("GET", "/api/files", {}, 200),
        ("POST", "/api/tickets", {"json": {"limit": 1}}, 200),
        ("POST", "/api/files", form, 200),
        ("GET", file, {}, 200),
        ("HEAD", file, {}, 200),
        ("GET", f"/api/tickets/{ticket}", {}, 200),
        ("HEAD", f"/api/tickets/{ticket}", {}, 200),
        ("PATCH", f"/api/tickets/{ticket}", {"json": {"limit": 9}}, 200),
        ("DELETE", file, {}, 204),
        ("DELETE", f"/api/tickets/{ticket}", {}, 204),
    ]
    for method, path, options, status in steps:
        answer = await client.request(method, path + ending, headers=headers, **options)
        assert answer.status_code == status, (method, path + ending, answer.text)


async def test_links_name_the_one_spelling_with_a_slash(client: httpx.AsyncClient, requester: Account) -> None:
    ticket = await open_ticket(client, requester)
    shown = await client.get(f"/api/tickets/{ticket}.json", headers=requester.token)
    assert shown.json()["url"] == f"{BASE}/api/tickets/{ticket}/"


@pytest.mark.parametrize("path", ["/api/", "/api/tickets/", "/api/tickets/{ticket}/", "/api/files/", "{file}"])
async def test_head_answers_as_get_without_a_body(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    ticket = await open_ticket(client, requester)
    sent = await send_file(client, requester, ticket)
    url = path.format(ticket=ticket, file=sent.headers["location"])
    get = await client.get(url, headers=requester.token)
    head = await client.head(url, headers=requester.token)
    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api", "GET, HEAD, OPTIONS"),
        ("PUT", "/api/tickets/", "GET, POST, HEAD, OPTIONS"),
        ("PATCH", "/api/tickets", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/api/tickets/", "GET, POST, HEAD, OPTIONS"),
        ("PUT", "/api/files/", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/api/files/1/", "GET, DELETE, HEAD, OPTIONS"),
        ("PATCH", "/api/files/1", "GET, DELETE, HEAD, OPTIONS"),
        ("PUT", "/api/files/1.json", "GET, DELETE, HEAD, OPTIONS"),
        ("POST", "/media/upload/admin/a.png", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/tickets/", "GET, POST, HEAD, OPTIONS"),
    ],
)
async def test_a_method_nobody_serves_is_named_with_those_that_are(
    client: httpx.AsyncClient, admin: Account, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path, headers=admin.token)
    assert (answer.status_code, answer.json()) == (405, {"detail": f'Method "{method}" not allowed.'})
    assert answer.headers["allow"] == allowed


NOWHERE = """
    /api/nothing/ /api/tickets/1/files/ /api//tickets/ /api/files/1/2 /apis/ /API/ /nothing /api/%00 /api/%0A
    /api/tickets.xml /api/tickets/1.xml /api/files/1.json.json /api/tickets/1%0A /api/tickets/1//
"""


@pytest.mark.parametrize("path", NOWHERE.split())
async def test_a_path_nobody_serves_is_not_found(client: httpx.AsyncClient, admin: Account, path: str) -> None:
    answer = await client.get(path, headers=admin.token)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/tickets/"),
        ("POST", "/api/tickets/"),
        ("GET", "/api/tickets/1/"),
        ("PATCH", "/api/tickets/1/"),
        ("DELETE", "/api/tickets/1/"),
        ("GET", "/api/files/"),
        ("POST", "/api/files/"),
        ("GET", "/api/files/1/"),
        ("DELETE", "/api/files/1/"),
        ("GET", "/media/upload/admin/a.png"),
    ],
)
async def test_everything_but_the_root_and_the_sign_in_wants_credentials(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    # Asked before the body is looked at, and before anything is said of what exists.
    answer = await client.request(method, path, content=b"{bad")
    assert (answer.status_code, answer.json()) == (401, NOT_SIGNED_IN)
    assert answer.headers["www-authenticate"] == 'Basic realm="api"'


@pytest.mark.parametrize("scheme", ["token", "bearer", "basic"])
async def test_every_scheme_opens_every_route(client: httpx.AsyncClient, requester: Account, scheme: str) -> None:
    headers = getattr(requester, scheme)
    created = await client.post("/api/tickets/", headers=headers, json={"limit": 1})
    ticket = created.json()["url"]
    form: dict[str, Any] = {"data": {"ticket": ticket.split("/")[-2]}, "files": {"file": ("a.png", PNG)}}
    sent = await client.post("/api/files/", headers=headers, **form)
    media = await client.get(sent.json()["file"], headers=headers)
    gone = await client.delete(sent.headers["location"], headers=headers)
    assert [answer.status_code for answer in (created, sent, media, gone)] == [200, 200, 200, 204]
