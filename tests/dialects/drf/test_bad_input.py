"""Bodies, addresses and headers that no well-meaning client sends: a clear refusal in DRF's shape, nothing stored."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.settings import Settings
from uploading import MULTIPART, as_chunks, call, form, left_overs, open_ticket, part, row_counts

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOO_LARGE = "The request body is larger than 1048576 bytes."
SURROGATE = "Surrogate characters are not allowed: U+D800."


def detail(message: str) -> dict[str, str]:
    """DRF's word for what could not be read at all."""
    return {"detail": message}


def whole(message: str) -> dict[str, list[str]]:
    """DRF's word for a body that is no set of fields."""
    return {"non_field_errors": [message]}


MALFORMED: list[tuple[bytes, dict[str, str], int, object]] = [
    (
        b"{bad",
        JSON,
        400,
        detail("JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ),
    (b'{"limit": 5', JSON, 400, None),
    (b'{"limit": 5}}', JSON, 400, detail("JSON parse error - Extra data: line 1 column 13 (char 12)")),
    (b'{"limit": 05}', JSON, 400, None),
    (b"limit=5", JSON, 400, detail("JSON parse error - Expecting value: line 1 column 1 (char 0)")),
    (b" ", JSON, 400, detail("JSON parse error - Expecting value: line 1 column 2 (char 1)")),
    (b"\xef\xbb\xbf{}", JSON, 400, None),
    (b"\x1f\x8b\x08\x00", JSON | {"Content-Encoding": "gzip"}, 400, None),
    (
        b'{"title": "\xff"}',
        JSON,
        400,
        detail("JSON parse error - 'utf-8' codec can't decode byte 0xff in position 11: invalid start byte"),
    ),
    ('{"limit": 5}'.encode("utf-16"), JSON, 400, None),
    (b"[" * 100_000, JSON, 400, detail("JSON parse error - Too deeply nested.")),
    (b"[" * 100_000 + b"]" * 100_000, JSON, 400, detail("JSON parse error - Too deeply nested.")),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON, 400, detail("JSON parse error - Too deeply nested.")),
    *(
        (b'{"limit": %s}' % word, JSON, 400, detail(f"JSON parse error - {said}: '{word.decode()}'"))
        for said in ("Out of range float values are not JSON compliant",)
        for word in (b"NaN", b"Infinity", b"-Infinity")
    ),
    (b'{"limit": %s}' % (b"9" * 5000), JSON, 400, detail("JSON parse error - A number has too many digits.")),
    (b"[1, 2]", JSON, 400, whole("Invalid data. Expected a dictionary, but got list.")),
    (b"[]", JSON, 400, whole("Invalid data. Expected a dictionary, but got list.")),
    (b'"abc"', JSON, 400, whole("Invalid data. Expected a dictionary, but got str.")),
    (b"5", JSON, 400, whole("Invalid data. Expected a dictionary, but got int.")),
    (b"1e999", JSON, 400, whole("Invalid data. Expected a dictionary, but got float.")),
    (b"true", JSON, 400, whole("Invalid data. Expected a dictionary, but got bool.")),
    (b"null", JSON, 400, whole("No data provided")),
    (b'{"limit": 5, "x": "%s"}' % (b"x" * 1024**2), JSON, 413, detail(TOO_LARGE)),
    (b" " * (1024**2 + 1), JSON, 413, detail(TOO_LARGE)),
    (b"limit=5&x=" + b"x" * 1024**2, FORM, 413, detail(TOO_LARGE)),
    (b"&".join(b"f%d=1" % number for number in range(5000)), FORM, 400, None),
    (b"limit=\xff", FORM, 400, None),
    (b"x", {"Content-Type": "text/plain"}, 415, detail('Unsupported media type "text/plain" in request.')),
    (b"{}", {"Content-Type": "application/xml"}, 415, detail('Unsupported media type "application/xml" in request.')),
    (b"{}", {"Content-Type": ""}, 415, detail('Unsupported media type "" in request.')),
    (b"{}", {"Content-Type": "\xff;;;=\x01"}, 415, detail('Unsupported media type "\xff" in request.')),
    (b"x", {"Content-Type": "multipart/mixed; boundary=x"}, 415, None),
    (
        b"x",
        {"Content-Type": "multipart/form-data"},
        400,
        detail("Multipart form parse error - Invalid boundary in multipart: None"),
    ),
    (b"x", {"Content-Type": "multipart/form-data; boundary="}, 400, None),
    (b"x", {"Content-Type": "multipart/form-data; boundary=" + "x" * 300}, 400, None),
    (b"x", MULTIPART, 400, None),
    (b"\0" * 5000, MULTIPART, 400, None),
    (part("limit", "5"), MULTIPART, 400, detail("Multipart form parse error - The body ends before its last boundary")),
    (
        form(part("limit", b"\xff")),
        MULTIPART,
        400,
        detail("Multipart form parse error - The field limit is not valid utf-8"),
    ),
    (form(part("limit", "5", None, "Content-Transfer-Encoding: base64")), MULTIPART, 400, None),
    (form(part("limit", "5", None, "X: " + "y" * 20_000)), MULTIPART, 400, None),
    (form(part("limit", "5", None, *(f"X{number}: y" for number in range(1000)))), MULTIPART, 400, None),
    (form(b"--a-boundary\r\n\r\n5\r\n"), MULTIPART, 400, None),
    (form(b"--a-boundary\r\nContent-Disposition: form-data\r\n\r\n5\r\n"), MULTIPART, 400, None),
    (form(*(part(f"f{number}", "1") for number in range(5000))), MULTIPART, 400, None),
    (form(part("limit", "5"), part("x", b"x" * 1024**2)), MULTIPART, 413, None),
    (form(part("limit", "5"), part("a", PNG, "a.png"), part("b", PNG, "b.png")), MULTIPART, 400, None),
]


@pytest.mark.parametrize(("body", "headers", "status", "said"), MALFORMED, ids=lambda value: str(value)[:30])
async def test_a_body_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient,
    session: Session,
    admin: Account,
    body: bytes,
    headers: dict[str, str],
    status: int,
    said: object,
) -> None:
    ticket = await open_ticket(client, admin, limit=3)
    before = await row_counts(session)
    raw = [(name, value.encode("latin-1")) for name, value in (admin.token | headers).items()]
    for method, path in (("POST", "/api/tickets/"), ("PATCH", f"/api/tickets/{ticket}/")):
        for content in (body, as_chunks(body, 65_536)):  # with and without a Content-Length
            answer = await client.request(method, path, headers=raw, content=content)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
            assert answer.json() == said if said is not None else list(answer.json()) == ["detail"]
            assert await row_counts(session) == before


@pytest.mark.parametrize("headers", [JSON, FORM, MULTIPART, {"Content-Type": "text/plain"}, {}], ids=str)
@pytest.mark.parametrize("path", ["/api-token-auth/", "/api/files/"])
async def test_an_empty_body_lacks_every_required_field(
    client: httpx.AsyncClient, requester: Account, path: str, headers: dict[str, str]
) -> None:
    answer = await client.post(path, headers=requester.token | headers, content=b"")
    required = ["This field is required."]
    lacking = {"username": required, "password": required} if "auth" in path else {"ticket": required}
    assert answer.status_code == 400
    assert answer.json() == lacking | ({} if "auth" in path else {"file": ["No file was submitted."]})


@pytest.mark.parametrize(("levels", "named"), [(100, "limit"), (101, "detail")])
async def test_a_body_has_at_most_100_levels(
    client: httpx.AsyncClient, admin: Account, levels: int, named: str
) -> None:
    inner = levels - 1  # without the body itself
    body = f'{{"limit": {"[" * inner}{"]" * inner}}}'
    answer = await client.post("/api/tickets/", headers=admin.token | JSON, content=body)
    assert (answer.status_code, list(answer.json())) == (400, [named])


@pytest.mark.parametrize("depth", [2, 50, 99, 150, 400, 700, 800, 850, *range(900, 990, 9)])
@pytest.mark.parametrize("nest", [("[", "]"), ('{"a":', "}")])
async def test_a_value_of_any_depth_is_refused(
    client: httpx.AsyncClient, session: Session, admin: Account, nest: tuple[str, str], depth: int
) -> None:
    value = nest[0] * depth + "1" + nest[1] * depth
    body = f'{{"limit": {value}, "status": {value}, "file": {value}}}'
    for path in ("/api/tickets/", "/api/files/", "/api-token-auth/"):
        answer = await client.post(path, headers=admin.token | JSON, content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert (await row_counts(session))["tickets"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"limit": "\ud800"}, {"limit": ["A valid integer is required."]}),
        ({"limit": 1, "status": "\ud800"}, {"status": ['"\ud800" is not a valid choice.']}),
        ({"limit": 1, "status": ["\ud800"]}, None),
        ({"limit": 1, "status": "x" * 500_000}, None),
        ({"limit": 1, "status": "\0"}, None),
        ({"limit": 1, "status": 10**4000}, None),
        ({"limit": 1e300}, {"limit": ["Ensure this value is less than or equal to 10000."]}),
        ({"limit": {}, "status": {}}, None),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_a_value_that_cannot_be_stored_is_refused(
    client: httpx.AsyncClient, session: Session, admin: Account, body: dict[str, Any], said: dict[str, Any] | None
) -> None:
    answer = await client.post("/api/tickets/", headers=admin.token | JSON, content=json.dumps(body))
    assert answer.status_code == 400
    named = answer.json()
    assert set(named) <= set(body)
    if said is not None and "status" not in said:
        assert named == said
    assert (await row_counts(session))["tickets"] == 0


@pytest.mark.parametrize("field", ["username", "password"])
async def test_a_lone_surrogate_is_named(client: httpx.AsyncClient, field: str) -> None:
    body = json.dumps({"username": "a", "password": "b", field: "\ud800"})
    answer = await client.post("/api-token-auth/", headers=JSON, content=body)
    assert (answer.status_code, answer.json()) == (400, {field: [SURROGATE]})


QUERIES = [
    *(b"\xff\xfe", b"page=\xff", b"status=\xed\xa0\x80", b"\0=\0", b"%", b"%zz=%zz", b"&&&=&=", b"page=1;page=2"),
    *(b"&".join([b"a=1"] * 20_000), b"x=" + b"y" * 200_000, b"page_size=%F0%9F%98%80", b"\xf0\x9f\x98\x80=1"),
]
PATHS = [
    *("/" + "x" * 200_000, "/api/" + "x" * 200_000, "/api/tickets/" + "9" * 200_000, "/api/files/\0/", "/api/\ud800"),
    *("/api/files/" + "/" * 50_000, "/api/tickets/\U0001f600/", "/api/tickets/\u0661/", "*", "//"),
    *("/api/files/1\n", "/api/\n", "/api/tickets/1.0/", "/api/tickets/+1/", "/api/tickets/1_0/", "/api/tickets/ 1/"),
]
HOSTS = [
    *("evil.example.com", "", " ", "localhost:80@evil.example.com", "localhost/evil", "localhost:8000/evil", "[::1"),
    *("localhost evil", "localhost:port", "localhost:999999", "[::1]evil", "[::1]:x", "\xff", "localhost\\evil", "["),
    *("localhost,evil", "a" * 100_000, "localhost#", "localhost?x", "user@localhost", "localhost:-1"),
    *("127.0.0.1.evil", "localhost\n", "localhost\tevil"),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query[:20]))
async def test_a_query_of_any_bytes_is_answered(app: FastAPI, admin: Account, query: bytes) -> None:
    for path in ("/api/tickets/", "/api/files/", "/api/"):
        status, body = await call(app, "GET", path, query=query, headers=admin.token)
        assert status in (200, 400, 404)
        assert isinstance(json.loads(body), dict)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path[:20]))
async def test_a_path_of_any_characters_is_not_found(app: FastAPI, admin: Account, path: str) -> None:
    status, body = await call(app, "GET", path, headers=admin.token)
    assert (status, json.loads(body)) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: ascii(host[:30]))
async def test_a_host_nobody_allowed_is_refused(app: FastAPI, admin: Account, host: str) -> None:
    for path in ("/api/", "/api/tickets/"):
        headers = [*admin.token.items(), ("host", host)]
        status, body = await call(app, "GET", path, headers=[(a.encode(), b.encode("latin-1")) for a, b in headers])
        assert (status, list(json.loads(body))) == (400, ["detail"])


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:65535", "localhost.:80"])
async def test_an_allowed_host_is_welcome_with_any_port(app: FastAPI, host: str) -> None:
    status, body = await call(app, "GET", "/api/", headers={"host": host})
    assert (status, json.loads(body)["tickets"]) == (200, f"http://{host}/api/tickets/")


@pytest.mark.parametrize("length", ["\xb2", "-1", "1e3", "9" * 5000, "", "x", "1, 2"])
async def test_a_content_length_that_is_none_is_passed_over(app: FastAPI, admin: Account, length: str) -> None:
    headers = admin.token | JSON | {"Content-Length": length}
    status, _ = await call(app, "POST", "/api/tickets/", headers=headers, chunks=[b'{"limit": 5}'])
    assert status == 200


async def test_a_file_sent_where_none_is_wanted_is_not_written(
    client: httpx.AsyncClient, settings: Settings, admin: Account
) -> None:
    body = form(part("limit", "5"), part("file", PNG, "a.png"))
    answer = await client.post("/api/tickets/", headers=admin.token | MULTIPART, content=body)
    assert (answer.status_code, answer.json()["files"]) == (200, [])
    assert not settings.media_dir.exists() or left_overs(settings) == []
