"""What goes wrong, in Flicket's words, whatever was asked."""

from __future__ import annotations

import httpx
import pytest

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

CHALLENGE = 'Bearer realm="Authentication Required"'


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer 0123", "Token 0123", "Basic", "Basic YTpi", "Digest abc"]
)
async def test_whoever_is_not_known_gets_401_with_a_challenge(client: httpx.AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/flicket-api/departments/", "/flicket-api/department/999999", "/flicket-api/user/abc"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
        assert answer.headers["www-authenticate"] == CHALLENGE


@pytest.mark.parametrize("path", ["/flicket-api/", "/flicket-api", "/flicket-api/nothing", "/flicket/", "/flicket/x"])
async def test_an_unknown_path_is_404_for_anybody(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/flicket-api/users/", "GET, HEAD, OPTIONS"),
        ("DELETE", "/flicket-api/departments/", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/flicket-api/department/1", "GET, PUT, DELETE, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_is_not_served_is_405_in_json(
    client: httpx.AsyncClient, agent: Account, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path, headers=agent.bearer)
    assert (answer.status_code, answer.json()) == (405, {"error": "Method Not Allowed"})
    assert answer.headers["allow"] == allowed


async def test_every_scheme_is_taken(client: httpx.AsyncClient, agent: Account) -> None:
    for headers in (agent.basic, agent.token, agent.bearer):
        assert (await client.get("/flicket-api/statuses/", headers=headers)).status_code == 200


async def test_the_slash_at_the_end_is_optional_without_a_redirect(client: httpx.AsyncClient, agent: Account) -> None:
    for path in ("departments", "departments/", "status/1", "status/1/", "priorities/1", "priorities/1/"):
        assert (await client.get(f"/flicket-api/{path}", headers=agent.bearer)).status_code == 200
    for path in ("departments/", "departments"):
        made = await client.post(f"/flicket-api/{path}", headers=agent.bearer, json={"department": path})
        assert made.status_code == 201


async def test_head_is_get_without_its_body(client: httpx.AsyncClient, agent: Account) -> None:
    assert (await client.head("/flicket-api/statuses/", headers=agent.bearer)).status_code == 200


async def test_malformed_json_is_400_in_json(client: httpx.AsyncClient, agent: Account) -> None:
    for body in (b"{bad", b'{"department": NaN}', b"\xff", b"[" * 100_000):
        answer = await client.post("/flicket-api/departments", headers=agent.bearer, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"] == "Bad Request"
        assert answer.json()["message"].startswith("The body is not valid JSON: ")


async def test_a_body_needs_no_content_type_but_no_other_one_is_taken(
    client: httpx.AsyncClient, agent: Account
) -> None:
    # The document's own requests name none.
    made = await client.post("/flicket-api/departments", headers=agent.bearer, content=b'{"department": "A"}')
    assert made.status_code == 201
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b"):
        headers = {**agent.bearer, "Content-Type": kind}
        refused = await client.post("/flicket-api/departments", headers=headers, content=b"department=A")
        message = f"The body must be application/json, not {kind.partition(';')[0]}."
        assert (refused.status_code, refused.json()) == (
            415,
            {"error": "Unsupported Media Type", "message": message},
        )


async def test_a_body_that_is_too_large_is_413(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.post("/flicket-api/departments", headers=agent.bearer, content=b" " * (1024**2 + 1))
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "Request Entity Too Large", "message": "The request body is larger than 1048576 bytes."},
    )


async def test_a_host_that_is_not_allowed_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.get("/flicket-api/statuses/", headers={"Host": "elsewhere.example"})
    message = "This host name is not allowed. See HELPDESK_ALLOWED_HOSTS."
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_links_are_built_from_the_base_url_where_it_is_set(
    settings: Settings, database: Database, agent: Account
) -> None:
    public = settings.model_copy(update={"base_url": "https://help.example.com/desk", "posts_per_page": 2})
    async with client_over(public, database) as client:
        page = (await client.get("/flicket-api/statuses/", headers=agent.bearer)).json()
    statuses = "https://help.example.com/desk/flicket-api/statuses/"
    assert page["_links"] == {
        "next": f"{statuses}?page=2&per_page=2",
        "prev": None,
        "self": f"{statuses}?page=1&per_page=2",
    }
    assert page["items"][0]["links"]["statuses"] == statuses
