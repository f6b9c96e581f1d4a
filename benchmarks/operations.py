"""What is measured: each operation with its request, and what the issue of speed asks of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import rows
from databases import Filled
from http_client import ask
from servers import Server
from wrk import Request

Requests = Callable[[Server, Filled], list[Request]]
# How many users create tickets in turn: were it one, both sides would wait for the row that counts what it wrote.
CREATORS = 16
LISTS = 0.5
CREATIONS = 0.4


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of request.

    `ratio` is the least share of the limit's rate it should reach; without one, the limit runs only if `beside_limit`.
    `p99` is the most milliseconds that 99 of 100 may take, on 16 connections. `flat` asks for as good a rate on the
    largest database as on the smallest, and `only_largest` leaves the smaller ones out.
    """

    name: str
    requests: Requests
    ratio: float | None = None
    p99: float | None = None
    flat: bool = False
    only_largest: bool = False
    quick: bool = False
    connections: tuple[int, ...] = (16, 64)
    beside_limit: bool = False

    @property
    def has_limit(self) -> bool:
        """Whether the limit serves it too."""
        return self.ratio is not None or self.beside_limit


def _get(path: str, scheme: str = "Token") -> Requests:
    return lambda _server, data: [Request("GET", path, f"{scheme} {data.tokens[0]}")]


def _basic(_server: Server, data: Filled) -> list[Request]:
    return [Request("GET", "/api/users/me/", data.basic)]


def _create(path: str, scheme: str, body: dict[str, object], users: int = CREATORS) -> Requests:
    content = json.dumps(body).encode()
    return lambda _server, data: [
        Request("POST", path, f"{scheme} {token}", (content, b"")) for token in data.tokens[:users]
    ]


def _drf_page(place: float, query: str = "kind=support") -> Requests:
    def requests(server: Server, data: Filled) -> list[Request]:
        token = f"Token {data.tokens[0]}"
        total = ask(server.port, "GET", f"/api/tickets/?{query}", token).json["count"]
        page = _page(place, -(-total // 25))
        return [Request("GET", f"/api/tickets/?{query}&page={page}", token)]

    return requests


def _flicket_page(place: float) -> Requests:
    def requests(server: Server, data: Filled) -> list[Request]:
        token = f"Bearer {data.tokens[0]}"
        pages = ask(server.port, "GET", "/flicket-api/tickets/", token).json["_meta"]["total_pages"]
        return [Request("GET", f"/flicket-api/tickets/{_page(place, pages)}/", token)]

    return requests


def _page(place: float, pages: int) -> int:
    return max(1, min(pages, round(pages * place)))


DRF_TICKET: dict[str, object] = {
    "queue": 1,
    "title": "Printer on fire",
    "description": "The printer on the second floor is on fire.",
    "submitter_email": "user2@example.com",
    "priority": 1,
}
FLICKET_TICKET: dict[str, object] = {
    "title": "Printer on fire",
    "content": "The printer on the second floor is on fire.",
    "category_id": 1,
    "ticket_priority_id": 2,
}

LIST_DRF = Operation(
    "list of 25 support tickets (DRF)", _get("/api/tickets/?kind=support"), LISTS, flat=True, quick=True
)
LIST_FLICKET = Operation(
    "list of 50 tickets (Flicket)", _get("/flicket-api/tickets/", "Bearer"), LISTS, flat=True, quick=True
)
LIST_UPLOADS = Operation("list of 25 upload tickets", _get("/api/tickets/?kind=upload"), LISTS, flat=True, quick=True)
ONE = Operation("one support ticket (DRF)", _get("/api/tickets/11/"), LISTS, quick=True)
TOKEN = Operation("token check (GET /api/users/me/)", _get("/api/users/me/"), LISTS, quick=True)
BASIC = Operation("Basic auth (GET /api/users/me/)", _basic, quick=True)
CREATE_DRF = Operation("create a ticket (DRF)", _create("/api/tickets/", "Token", DRF_TICKET), CREATIONS, quick=True)
CREATE_FLICKET = Operation(
    "create a ticket (Flicket)", _create("/flicket-api/tickets", "Bearer", FLICKET_TICKET), CREATIONS, quick=True
)
CREATE_ALONE = Operation(
    "create a ticket (DRF), all by one user",
    _create("/api/tickets/", "Token", DRF_TICKET, users=1),
    beside_limit=True,
    connections=(16,),
)


def _filter(what: str, query: str, share: str) -> Operation:
    name = f"filter {what} ({share})"
    path = _get(f"/api/tickets/?kind=support&{query}")
    return Operation(name, path, p99=50, only_largest=True, connections=(1, 16))


FILTERS = (
    _filter("queue", "queue=3", "5 %"),
    _filter("status", "status=1", "18 %"),
    _filter("statuses", "status=1,3", "36 %"),
    _filter("assigned_to", "assigned_to=2", "0.3 %"),
    _filter("submitter_email", "submitter_email=user2@example.com", "1 %"),
    _filter("search", "search=needle", "0.1 %"),
    _filter("custom field", f"custom_{rows.FIELD}=red", "0.1 %"),
    _filter("custom field, no match", f"custom_{rows.FIELD}=blue", "none"),
)
PAGES = (
    Operation("last page (DRF)", _drf_page(1), flat=True),
    Operation("page in the middle (DRF)", _drf_page(0.5)),
    Operation("last page (Flicket)", _flicket_page(1), flat=True),
    Operation("page in the middle (Flicket)", _flicket_page(0.5)),
)
READS: Sequence[Operation] = (
    LIST_DRF,
    LIST_FLICKET,
    LIST_UPLOADS,
    ONE,
    TOKEN,
    BASIC,
    *PAGES,
    *FILTERS,
)
# Last, since they change what the others read.
WRITES: Sequence[Operation] = (CREATE_DRF, CREATE_FLICKET, CREATE_ALONE)
