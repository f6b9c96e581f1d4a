"""Host names: which are answered, and what links are made of them."""

from __future__ import annotations

import httpx
import pytest

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

REFUSED = {"detail": "This host name is not allowed. See HELPDESK_ALLOWED_HOSTS."}


async def answer_to(
    settings: Settings, database: Database, host: str | bytes | None, *, path: str = "/api/", peer: str = "127.0.0.1"
) -> httpx.Response:
    """The answer to a request with this Host header, or with none."""
    async with client_over(settings, database, peer=peer) as client:
        raw = host.encode() if isinstance(host, str) else host
        request = client.build_request("GET", path, headers=[(b"Host", raw)] if raw is not None else [])
        if raw is None:
            del request.headers["Host"]
        return await client.send(request)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]", "[::1]:8000", "LocalHost:80"])
async def test_the_loopback_names_are_answered_and_used_in_links(
    settings: Settings, database: Database, host: str
) -> None:
    answer = await answer_to(settings, database, host)
    assert (answer.status_code, answer.json()["tickets"]) == (200, f"http://{host}/api/tickets/")


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "evillocalhost",
        # Names that are allowed only up to some character
        "localhost:pw@evil.example",
        "localhost@evil.example",
        "localhost:8000@evil.example",
        "[::1]@evil.example",
        "[::1].evil.example",
        "localhost/evil",
        "localhost:8000/evil",
        "localhost:8000/evil?",
        "localhost:evil",
        "localhost:",
        "localhost:80:80",
        "localhost evil.example",
        "localhost,evil.example",
        "localhost\\evil",
        "localhost#",
        "localhost?",
        "[::1",
        "[::1]]",
        "[localhost]",
        "::1",
        b"localhost\xff",
    ],
)
@pytest.mark.parametrize("rules", [[], ["*"]], ids=["default", "any host"])
async def test_a_forged_or_malformed_host_is_refused_and_never_repeated(
    settings: Settings, database: Database, host: str | bytes | None, rules: list[str]
) -> None:
    well_formed = host in ("evil.example", "localhost.evil.example", "evil.example:8000", "evillocalhost")
    answer = await answer_to(settings.model_copy(update={"allowed_hosts": rules}), database, host)
    if rules == ["*"] and well_formed:
        assert answer.json()["tickets"] == f"http://{host!s}/api/tickets/"
    else:
        assert (answer.status_code, answer.json()) == (400, REFUSED)


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/api/tickets/", "/media/x.png", "/nowhere"])
async def test_no_route_but_the_health_checks_answers_to_a_forged_host(
    settings: Settings, database: Database, path: str
) -> None:
    assert (await answer_to(settings, database, "evil.example", path=path)).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/healthz/", "/readyz/"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", None])
async def test_health_checks_are_answered_whatever_the_host(
    settings: Settings, database: Database, path: str, host: str | None
) -> None:
    assert (await answer_to(settings, database, host, path=path)).status_code == 200


@pytest.mark.parametrize(
    ("rule", "host", "status"),
    [
        ("desk.example.com", "desk.example.com", 200),
        ("desk.example.com", "DESK.example.com.:443", 200),
        ("Desk.Example.com", "desk.example.com", 200),
        ("desk.example.com", "www.desk.example.com", 400),
        ("desk.example.com", "localhost", 400),
        (".example.com", "example.com", 200),
        (".example.com", "a.b.example.com:8443", 200),
        (".example.com", "badexample.com", 400),
        (".example.com", "example.com.evil.org", 400),
        ("[2001:db8::1]", "[2001:DB8::1]:8000", 200),
        ("2001:db8::1", "[2001:db8::1]:8000", 200),
        ("[2001:db8::1]", "[2001:db8::2]", 400),
    ],
)
async def test_the_hosts_that_are_set_replace_the_loopback_names(
    settings: Settings, database: Database, rule: str, host: str, status: int
) -> None:
    only = settings.model_copy(update={"allowed_hosts": [rule]})
    assert (await answer_to(only, database, host)).status_code == status


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://desk.example.com", "desk.example.com"),
        ("https://desk.example.com:8443/help", "desk.example.com:8443"),
        ("http://[2001:db8::1]:8000", "[2001:db8::1]:8000"),
    ],
)
async def test_the_base_urls_own_host_is_always_answered(
    settings: Settings, database: Database, base_url: str, host: str
) -> None:
    for hosts in ([], ["other.example"]):
        changed = settings.model_copy(update={"base_url": base_url, "allowed_hosts": hosts})
        assert (await answer_to(changed, database, host)).status_code == 200


async def test_links_are_made_of_the_base_url_where_it_is_set(
    settings: Settings, database: Database, requester: Account
) -> None:
    base = Settings(_env_file=None, data_dir=settings.data_dir, base_url="https://desk.example.com/help/")
    async with client_over(base, database) as client:
        root = await client.get("/api/")
        created = await client.post("/api/tickets/", headers=requester.token, json={"limit": 1})
        await client.post("/api/tickets/", headers=requester.token, json={"limit": 1})
        page = await client.get("/api/tickets/", params={"page_size": 1}, headers=requester.token)
    assert root.json()["tickets"] == "https://desk.example.com/help/api/tickets/"
    assert created.json()["url"].startswith("https://desk.example.com/help/api/tickets/")
    assert page.json()["next"] == "https://desk.example.com/help/api/tickets/?page=2&page_size=1"


@pytest.mark.parametrize(
    ("trusted", "peer", "link"),
    [
        ([], "127.0.0.1", "http://localhost:8000"),
        (["10.0.0.0/8"], "192.0.2.1", "http://localhost:8000"),
        (["10.0.0.0/8"], "10.1.2.3", "https://localhost:8000"),
        (["10.1.2.3"], "10.1.2.3", "https://localhost:8000"),
        (["*"], "192.0.2.1", "https://localhost:8000"),
    ],
)
async def test_only_a_trusted_proxy_says_that_the_client_came_by_https(
    settings: Settings, database: Database, trusted: list[str], peer: str, link: str
) -> None:
    behind = settings.model_copy(update={"trusted_proxies": trusted})
    async with client_over(behind, database, peer=peer) as client:
        answer = await client.get("/api/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"})
    assert answer.json()["tickets"] == f"{link}/api/tickets/"


async def test_a_proxy_cannot_be_made_to_send_a_scheme_that_is_none(settings: Settings, database: Database) -> None:
    behind = settings.model_copy(update={"trusted_proxies": ["*"]})
    async with client_over(behind, database) as client:
        answer = await client.get("/api/", headers={"X-Forwarded-Proto": "javascript"})
    assert answer.json()["tickets"] == "http://localhost:8000/api/tickets/"


FORGED = {
    "Forwarded": 'for=192.0.2.60;proto=https;host="evil.example"',
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Ssl": "on",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "X-Script-Name": "/evil",
}


@pytest.mark.parametrize("trusted", [[], ["10.0.0.0/8"], ["*"]], ids=["nobody", "others", "everybody"])
async def test_no_other_header_moves_a_link_whoever_sends_it(
    settings: Settings, database: Database, requester: Account, trusted: list[str]
) -> None:
    behind = settings.model_copy(update={"trusted_proxies": trusted})
    async with client_over(behind, database) as client:
        for _ in range(2):
            created = await client.post("/api/tickets/", headers={**requester.token, **FORGED}, json={"limit": 1})
        answers = [
            await client.get(path, headers={**requester.token, **FORGED})
            for path in ("/", "/docs", "/api/", "/api/tickets/?page_size=1", "/flicket-api/tickets?per_page=1")
        ]
    assert [answer.status_code for answer in (created, *answers)] == [200, 307, 200, 200, 200, 200]
    assert answers[3].json()["next"] == "http://localhost:8000/api/tickets/?page=2&page_size=1"
    assert not [answer.url for answer in answers if "evil" in answer.text + str(answer.headers)]
