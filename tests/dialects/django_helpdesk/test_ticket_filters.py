"""What `GET /api/tickets/` filters and sorts by, and what it costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.models import CustomField
from query_count import counted

Post = Callable[..., Awaitable[dict[str, Any]]]
Names = Mapping[str, str]


@pytest.fixture
async def ids(
    client: httpx.AsyncClient, session: Session, admin: Account, agent: Account, open_ticket: Post, say: Post
) -> Names:
    """Four support tickets and an upload ticket that differ in everything; ids of them, queues and users by name."""
    session.add_all(
        [
            CustomField(name="colour", label="Colour", data_type="list", list_values=["red", "green"]),
            CustomField(name="floor", label="Floor", data_type="integer"),
            CustomField(name="secret", label="Secret", data_type="varchar", staff_only=True),
        ]
    )
    billing = await make_queue(session, "Billing", await make_department(session, "Office"))
    opened = {
        "printer": await open_ticket(priority=1, custom_colour="red", custom_floor=2, due_date="2027-01-03"),
        "screen": await open_ticket(
            title="Screen", description="flickers, foo-bar joe@example.com", assigned_to=agent.id, custom_secret="x"
        ),
        "invoice": await open_ticket(
            title="Invoice", queue=billing.id, priority=5, submitter_email="a@example.com", due_date="2027-01-01"
        ),
        "letter": await open_ticket(title="Letter", queue=billing.id, assigned_to=admin.id, custom_colour="green"),
    }
    await client.patch(f"/api/tickets/{opened['screen']['id']}/", headers=admin.token, json={"on_hold": True})
    await say(opened["invoice"]["id"], "Paid in full", new_status=3, public="true")
    await say(opened["letter"]["id"], "Between us: Überweisung", new_status=4)
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()["url"].split("/")[-2]
    found = {name: str(ticket["id"]) for name, ticket in opened.items()} | {"upload": upload}
    return {**found, "support": str(opened["printer"]["queue"]), "billing": str(billing.id)} | {
        account.user.username: str(account.id) for account in (admin, agent)
    }


async def listed(client: httpx.AsyncClient, account: Account, ids: Names, query: str) -> list[str]:
    """The names of the tickets a query lists."""
    answer = await client.get(f"/api/tickets/?{query.format(**ids)}", headers=account.token)
    assert answer.status_code == 200, answer.text
    names = {ids[name]: name for name in ("printer", "screen", "invoice", "letter", "upload")}
    found = [str(row.get("id") or row["url"].split("/")[-2]) for row in answer.json()["results"]]
    return [names[one] for one in found]


ALL = ["printer", "screen", "invoice", "letter", "upload"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("queue=&assigned_to=&priority=&on_hold=&submitter_email=&search=&ordering=&custom_colour=", ALL),
        ("foo=bar", ALL),
        ("status=1", ["printer", "screen"]),
        ("status=3,4", ["invoice", "letter"]),
        ("status=Open,Resolved", ["printer", "screen", "invoice"]),
        ("status=open, 4", ["printer", "screen", "letter"]),
        ("status=1&status=3", ["invoice"]),
        ("status=PENDING,4", ["letter", "upload"]),
        ("kind=support&status=PENDING", []),
        ("queue={billing}", ["invoice", "letter"]),
        ("queue={support},{billing}", ALL[:-1]),
        ("assigned_to={agent}", ["screen"]),
        ("assigned_to={agent},{admin}", ["screen", "letter"]),
        ("priority=1,5", ["printer", "invoice"]),
        ("on_hold=true", ["screen"]),
        ("on_hold=no", ["printer", "invoice", "letter"]),
        ("submitter_email=a@example.com", ["invoice"]),
        ("submitter_email=A@example.com", []),
        ("search=fire", ["printer"]),
        ("search=PRIN fir", ["printer"]),
        ("search=flick", ["screen"]),
        ("search=foo-bar", ["screen"]),
        ("search=joe@example.com", ["screen"]),
        ("search=paid", ["invoice"]),
        ("search=überw", ["letter"]),
        ("search=fire paid", []),
        ("search=fire' | 'paid", []),
        ("search=!!!", []),
        ("custom_colour=red", ["printer"]),
        ("custom_floor=2&custom_colour=red", ["printer"]),
        ("custom_floor=3", []),
        ("custom_secret=x", ["screen"]),
        ("queue={billing}&priority=5&status=3&on_hold=false", ["invoice"]),
        ("ordering=-id", ALL[::-1]),
        ("ordering=created", ALL),
        ("ordering=due_date", ["invoice", "printer", "screen", "letter", "upload"]),
        ("ordering=-due_date", ["printer", "invoice", "screen", "letter", "upload"]),
        ("ordering=priority,-id", ["printer", "letter", "screen", "invoice", "upload"]),
        ("ordering=-status", ["letter", "invoice", "printer", "screen", "upload"]),
        ("ordering=status,-priority", ["screen", "printer", "invoice", "letter", "upload"]),
        ("ordering=" + ",".join(["-id"] * 3000), ALL[::-1]),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_tickets_are_filtered_and_sorted(
    client: httpx.AsyncClient, admin: Account, ids: Names, query: str, expected: list[str]
) -> None:
    assert await listed(client, admin, ids, query) == expected


STATUSES = "Allowed: PENDING, IN PROGRESS, COMPLETED, 1, 2, 3, 4, 5, Open, Reopened, Resolved, Closed, Duplicate."
ORDERS = "Allowed: id, created, due_date, priority, status, -id, -created, -due_date, -priority, -status."
HUGE = 10**30


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        (
            "status=99,Nope&kind=both&priority=0,high&on_hold=maybe&ordering=title,-nope&custom_nope=1&custom_floor=x",
            {
                "status": [f'"99" is not a valid choice. "Nope" is not a valid choice. {STATUSES}'],
                "kind": ['"both" is not a valid choice. Allowed: upload, support.'],
                "priority": [
                    '"0" is not a valid choice. "high" is not a valid choice. Allowed: 1, 2, 3, 4, 5.',
                ],
                "on_hold": ["Must be a valid boolean. Allowed: true, false."],
                "ordering": [f'"title" is not a valid choice. "-nope" is not a valid choice. {ORDERS}'],
                "custom_nope": [
                    "There is no such custom field. Allowed: custom_colour, custom_floor, custom_secret.",
                ],
                "custom_floor": ["A valid integer is required."],
            },
        ),
        (
            "queue=999999,{billing}&assigned_to=999999&start_date=x&end_date=2018-13-01&custom_colour=blue",
            {
                "queue": ['Invalid pk "999999" - object does not exist. Allowed: {support}, {billing}.'],
                "assigned_to": ['Invalid pk "999999" - object does not exist.'],
                "start_date": ["Enter a valid date."],
                "end_date": ["Enter a valid date."],
                "custom_colour": ['"blue" is not a valid choice. Allowed: red, green.'],
            },
        ),
        (
            f"queue=x&assigned_to=1,,2&submitter_email=a%00b&search=a%00b&status=%00&custom_secret=%00&priority={HUGE}",
            {
                "queue": ["A valid integer is required."],
                "assigned_to": ["A valid integer is required."],
                "submitter_email": ["Null characters are not allowed."],
                "search": ["Null characters are not allowed."],
                "status": [f'"\0" is not a valid choice. {STATUSES}'],
                "custom_secret": ["Null characters are not allowed."],
                "priority": [f'"{HUGE}" is not a valid choice. Allowed: 1, 2, 3, 4, 5.'],
            },
        ),
        (
            f"queue={HUGE}&assigned_to=-{HUGE}",
            {
                "queue": [f'Invalid pk "{HUGE}" - object does not exist. Allowed: {{support}}, {{billing}}.'],
                "assigned_to": [f'Invalid pk "-{HUGE}" - object does not exist.'],
            },
        ),
    ],
    ids=["words", "ids", "no text", "huge"],
)
async def test_every_wrong_filter_is_named_at_once_with_what_is_allowed(
    client: httpx.AsyncClient, admin: Account, ids: Names, query: str, errors: dict[str, list[str]]
) -> None:
    answer = await client.get(f"/api/tickets/?{query.format(**ids)}", headers=admin.token)
    expected = {name: [message.format(**ids) for message in messages] for name, messages in errors.items()}
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize(
    "search", ["x" * 3000, "ü" * 3000, "'" * 500, "a b " * 3000, "\\ ' & | ! ( ) : * <->", "%F0%9F%98%80"]
)
async def test_any_text_can_be_searched_for(client: httpx.AsyncClient, admin: Account, search: str) -> None:
    answer = await client.get("/api/tickets/", params={"search": search}, headers=admin.token)
    assert (answer.status_code, answer.json()["count"]) == (200, 0)


async def test_a_plain_user_lists_upload_tickets_and_learns_nothing_of_the_others(
    client: httpx.AsyncClient, requester: Account, ids: Names
) -> None:
    for query in ("", "kind=support", "status=1", "search=fire", "queue={billing}", "custom_colour=red"):
        assert await listed(client, requester, ids, query) == []
    for query, errors in (
        ("assigned_to={agent}", {"assigned_to": [f'Invalid pk "{ids["agent"]}" - object does not exist.']}),
        (
            "custom_secret=x",
            {"custom_secret": ["There is no such custom field. Allowed: custom_colour, custom_floor."]},
        ),
    ):
        answer = await client.get(f"/api/tickets/?{query.format(**ids)}", headers=requester.token)
        assert (answer.status_code, answer.json()) == (400, errors)
    assert (await client.get("/api/tickets/?status=99")).status_code == 401


async def test_pages_keep_the_filters(client: httpx.AsyncClient, admin: Account, ids: Names) -> None:
    path = "/api/tickets/?status=1,3&page_size=1&ordering=-id&foo=bar"
    pages = [(await client.get(path, headers=admin.token)).json()]
    while pages[-1]["next"]:
        pages.append((await client.get(pages[-1]["next"], headers=admin.token)).json())
    assert [str(page["results"][0]["id"]) for page in pages] == [ids[name] for name in ("invoice", "screen", "printer")]
    base = "http://localhost:8000/api/tickets/?foo=bar&ordering=-id"
    assert [(page["count"], page["previous"], page["next"]) for page in pages] == [
        (3, None, f"{base}&page=2&page_size=1&status=1%2C3"),
        (3, f"{base}&page_size=1&status=1%2C3", f"{base}&page=3&page_size=1&status=1%2C3"),
        (3, f"{base}&page=2&page_size=1&status=1%2C3", None),
    ]
    beyond = await client.get(f"{path}&page=4", headers=admin.token)
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize("path", ["tickets", "followups", "followups-attachments", "user_tickets"])
async def test_a_list_costs_the_same_whatever_a_page_holds(
    client: httpx.AsyncClient, connection: AsyncConnection, admin: Account, open_ticket: Post, say: Post, path: str
) -> None:
    costs = []
    for _ in range(3):
        ticket = await open_ticket(assigned_to=admin.id, custom_colour="red")
        for number in range(2):
            await say(ticket["id"], "Hello", (f"{number}.txt", "b.txt"))
        await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})
        async with counted(connection) as statements:
            answer = await client.get(f"/api/{path}/?page_size=100", headers=admin.token)
        assert answer.status_code == 200
        costs.append((answer.json()["count"], len(statements)))
    counts, queries = zip(*costs, strict=True)
    assert counts[0] < counts[1] < counts[2]
    assert len(set(queries)) == 1
