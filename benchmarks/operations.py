"""What is measured: each operation with its request, and what the issue of speed asks of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

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


def _drf_page(place: float, query: str, plain: int | None = None, path: str = "/api/tickets/") -> Requests:
    def requests(server: Server, data: Filled) -> list[Request]:
        token = f"Token {_token(data, plain)}"
        total = ask(server.port, "GET", f"{path}?{query}", token).json["count"]
        page = _page(place, -(-total // 25))
        return [Request("GET", f"{path}?{query}&page={page}", token)]

    return requests


def _flicket_page(place: float, plain: int | None = None) -> Requests:
    def requests(server: Server, data: Filled) -> list[Request]:
        token = f"Bearer {_token(data, plain)}"
        pages = ask(server.port, "GET", "/flicket-api/tickets/", token).json["_meta"]["total_pages"]
        return [Request("GET", f"/flicket-api/tickets/{_page(place, pages)}/", token)]

    return requests


def _token(data: Filled, plain: int | None) -> str:
    return data.tokens[0] if plain is None else data.plain[plain]


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


def _filter(path: str, scheme: str, what: str, query: str, share: str, *, quick: bool = False) -> Operation:
    get = _get(f"{path}?{query}", scheme)
    return Operation(f"filter {what} ({share})", get, p99=50, only_largest=True, connections=(1, 16), quick=quick)


_drf_filter = partial(_filter, "/api/tickets/", "Token")
_flicket_filter = partial(_filter, "/flicket-api/tickets/", "Bearer")
# Every filter that is documented, where it matches few tickets; statuses and queues whatever they match.
FILTERS = (
    _drf_filter("queue", "kind=support&queue=3", "5 %", quick=True),
    _drf_filter("queues", "queue=3,4,5", "15 %"),
    _drf_filter("queue, last page", "queue=3&page=last", "5 %"),
    _drf_filter("status", "kind=support&status=1", "17 %", quick=True),
    _drf_filter("statuses", "kind=support&status=1,3", "34 %"),
    _drf_filter("statuses, last page", "status=1,3&page=last", "34 %"),
    _drf_filter("status and queue", "status=1&queue=3", "0.7 %"),
    _drf_filter("status of upload tickets", "status=IN%20PROGRESS", "10 %"),
    _drf_filter("statuses of both kinds", "status=COMPLETED,Open", "17 %"),
    _drf_filter("assigned_to", "kind=support&assigned_to=2", "0.3 %"),
    _drf_filter("submitter_email", "kind=support&submitter_email=user2@example.com", "1 %"),
    _drf_filter("submitter_email, sorted", "submitter_email=user2@example.com&ordering=-priority,created", "1 %"),
    _drf_filter("submitter_email and priority", "submitter_email=user2@example.com&priority=1", "0.3 %"),
    _drf_filter("search", "kind=support&search=needle", "0.1 %", quick=True),
    _drf_filter("search, two words", "search=needle%20print", "0.02 %"),
    _drf_filter("search, no match", "search=nonesuch", "none"),
    _drf_filter("one day", "start_date=2024-06-01&end_date=2024-06-01", "0.1 %"),
    _drf_filter("one week", "kind=support&start_date=2024-06-01&end_date=2024-06-07", "0.9 %"),
    _drf_filter("on_hold", "on_hold=true", "none"),
    _drf_filter("custom field", f"kind=support&custom_{rows.FIELD}=red", "0.1 %"),
    _drf_filter("custom field, no match", f"kind=support&custom_{rows.FIELD}=blue", "none"),
    _drf_filter("ordering by creation, newest first", "kind=support&ordering=-created", "all"),
    _drf_filter("ordering by priority", "kind=support&ordering=priority", "all"),
    _flicket_filter("status (Flicket)", "status=Open", "24 %"),
    _flicket_filter("status Closed (Flicket)", "status=Closed", "54 %"),
    _flicket_filter("department (Flicket)", "department=General", "90 %"),
    _flicket_filter("category (Flicket)", "category=Queue%203", "5 %"),
    _flicket_filter("category and status (Flicket)", "category=Queue%203&status=Open", "1 %"),
    _flicket_filter("user_id (Flicket)", "user_id=2", "1 %"),
    _flicket_filter("assigned_id (Flicket)", "assigned_id=2", "0.3 %"),
    _flicket_filter("assigned_id, sorted (Flicket)", "assigned_id=2&sort=last_updated_desc", "0.3 %"),
    _flicket_filter("content (Flicket)", "content=needle", "0.1 %"),
)
_of_user = partial(Operation, flat=True, connections=(16,))
_SUPPORT = "kind=support"
_UPLOAD = "kind=upload"
# The same pages of what grows a hundredfold with the help desk, for staff and for two plain users.
PAGES = (
    Operation("page in the middle (DRF)", _drf_page(0.5, _SUPPORT), flat=True, quick=True),
    Operation("last page (DRF)", _drf_page(1, _SUPPORT), flat=True),
    Operation("page in the middle of upload tickets", _drf_page(0.5, _UPLOAD), flat=True),
    Operation("last page of upload tickets", _drf_page(1, _UPLOAD), flat=True),
    Operation("page in the middle (Flicket)", _flicket_page(0.5), flat=True, quick=True),
    Operation("last page (Flicket)", _flicket_page(1), flat=True),
    _of_user("a user's first page of upload tickets", _drf_page(0, _UPLOAD, 1)),
    _of_user("a user's page in the middle of upload tickets", _drf_page(0.5, _UPLOAD, 1)),
    _of_user("a user's last page of upload tickets", _drf_page(1, _UPLOAD, 1)),
    _of_user("a user's first page (Flicket)", _flicket_page(0, 0), quick=True),
    _of_user("a user's page in the middle (Flicket)", _flicket_page(0.5, 0)),
    _of_user("a user's last page (Flicket)", _flicket_page(1, 0)),
    _of_user("a user's own tickets (DRF)", _drf_page(0, "", 0, "/api/user_tickets/")),
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
