"""Users' pictures over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from clients import client_over
from factories import PNG, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.dialects.flicket.routers.avatars import DEFAULT_PICTURE
from helpdesk_api.settings import Settings

AVATARS = "http://localhost:8000/flicket/static/flicket_avatars"
DEFAULT = f"{AVATARS}/__default_profile.png"
PICTURES = {
    "me.png": (PNG, "image/png"),
    "me.JPG": (b"\xff\xd8\xff\xe0 and so on", "image/jpeg"),
    "me.jpeg": (b"\xff\xd8\xff\xe1 and so on", "image/jpeg"),
    "me.gif": (b"GIF89a and so on", "image/gif"),
    "me.webp": (b"RIFF\x0a\x00\x00\x00WEBP and so on", "image/webp"),
}


async def send(
    client: httpx.AsyncClient, sender: Account, name: str, content: bytes, field: str = "avatar", to: int | None = None
) -> httpx.Response:
    """Give a user, by default the sender, a picture."""
    path = f"/flicket-api/user/{to or sender.id}/avatar"
    return await client.post(path, headers=sender.bearer, files={field: (name, content)})


def stored(settings: Settings) -> list[str]:
    """The pictures in the media folder."""
    return sorted(path.name for path in (settings.media_dir / "avatars").glob("*"))


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_is_kept_under_a_name_that_says_nothing_and_served(
    client: httpx.AsyncClient, settings: Settings, requester: Account, name: str
) -> None:
    content, kind = PICTURES[name]
    answer = await send(client, requester, name, content)
    url = answer.json()["avatar"]
    assert (answer.status_code, answer.json()["username"]) == (200, "requester")
    assert [f"{AVATARS}/{kept}" for kept in stored(settings)] == [url]
    assert url.endswith("." + name.rpartition(".")[2].lower())
    assert "me" not in url.rpartition("/")[2]
    served = await client.get(url, headers=requester.bearer)
    assert (served.status_code, served.content, served.headers["content-type"]) == (200, content, kind)
    assert served.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(f"/flicket-api/user/{requester.id}", headers=requester.bearer)).json() == answer.json()


async def test_the_old_picture_goes_when_another_comes(
    client: httpx.AsyncClient, settings: Settings, requester: Account
) -> None:
    first = (await send(client, requester, "me.png", PNG)).json()["avatar"]
    second = (await send(client, requester, "me.png", PNG, field="file")).json()["avatar"]
    assert [f"{AVATARS}/{kept}" for kept in stored(settings)] == [second]
    assert (await client.get(first, headers=requester.bearer)).status_code == 404


async def test_a_picture_is_for_those_who_may_see_the_user(
    client: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    agent: Account,
    requester: Account,
    stranger: Account,
) -> None:
    url = (await send(client, requester, "me.png", PNG)).json()["avatar"]
    assert (await client.get(url)).status_code == 401
    hidden = await client.get(url, headers=stranger.bearer)
    assert (hidden.status_code, hidden.json()) == (404, {"error": "Not Found"})
    assert (await client.get(url, headers=agent.bearer)).status_code == 200
    async with client_over(settings.model_copy(update={"ticket_visibility": "team"}), database) as team:
        assert (await team.get(url, headers=stranger.bearer)).status_code == 200


async def test_a_picture_that_has_not_changed_is_not_sent_again(client: httpx.AsyncClient, requester: Account) -> None:
    url = (await send(client, requester, "me.png", PNG)).json()["avatar"]
    version = (await client.get(url, headers=requester.bearer)).headers["etag"]
    again = await client.get(url, headers={**requester.bearer, "If-None-Match": version})
    assert (again.status_code, again.content) == (304, b"")


async def test_whoever_has_no_picture_has_ours(client: httpx.AsyncClient, requester: Account) -> None:
    assert (await client.get(f"/flicket-api/user/{requester.id}", headers=requester.bearer)).json()["avatar"] == DEFAULT
    served = await client.get(DEFAULT, headers=requester.bearer)
    assert (served.status_code, served.content) == (200, DEFAULT_PICTURE.read_bytes())
    assert served.headers["content-type"] == "image/png"
    assert (await client.get(DEFAULT)).status_code == 401


@pytest.mark.parametrize("name", ["nothing.png", "..%2F..%2Fetc%2Fpasswd", "%00.png", "a" * 300, "%2e%2e"])
async def test_an_unknown_picture_is_404(client: httpx.AsyncClient, requester: Account, name: str) -> None:
    answer = await client.get(f"{AVATARS}/{name}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("me.png", b"<svg onload='alert(1)'>", "avatar: This is not a PNG, JPEG, GIF or WebP picture."),
        ("me.gif", PNG, "avatar: This is not a PNG, JPEG, GIF or WebP picture."),
        ("me.svg", b"<svg/>", "Unsupported file extension: .svg"),
        ("me", PNG, "Unsupported file extension: none"),
        ("me.png", b"", "The submitted file is empty."),
    ],
)
async def test_what_is_no_picture_is_400_and_leaves_nothing(
    client: httpx.AsyncClient, settings: Settings, requester: Account, name: str, content: bytes, message: str
) -> None:
    answer = await send(client, requester, name, content)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})
    assert stored(settings) == []
    assert (await client.get(f"/flicket-api/user/{requester.id}", headers=requester.bearer)).json()["avatar"] == DEFAULT


async def test_a_form_without_a_picture_is_400(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await send(client, requester, "me.png", PNG, field="picture")
    message = "Must include a file named avatar or file."
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_another_kind_of_body_is_415(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.post(f"/flicket-api/user/{requester.id}/avatar", headers=requester.bearer, json={})
    message = "The body must be multipart/form-data."
    assert (answer.status_code, answer.json()) == (415, {"error": "Unsupported Media Type", "message": message})


async def test_a_picture_that_is_too_large_is_413(
    client: httpx.AsyncClient, settings: Settings, requester: Account
) -> None:
    answer = await send(client, requester, "me.png", PNG + b" " * 5 * 1024**2)
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "Request Entity Too Large", "message": "The file is larger than 5242880 bytes."},
    )
    assert stored(settings) == []


async def test_plain_users_change_no_other_picture_and_agents_no_admins(
    client: httpx.AsyncClient,
    settings: Settings,
    admin: Account,
    agent: Account,
    requester: Account,
    stranger: Account,
) -> None:
    assert (await send(client, requester, "me.png", PNG, to=stranger.id)).status_code == 404
    assert (await send(client, agent, "me.png", PNG, to=admin.id)).status_code == 403
    assert stored(settings) == []
    assert (await send(client, agent, "me.png", PNG, to=stranger.id)).status_code == 200


def test_the_picture_we_brought_is_a_small_png() -> None:
    content = Path(DEFAULT_PICTURE).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) < 1000
