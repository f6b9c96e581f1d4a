"""Users over HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from clients import client_over
from factories import PASSWORD, Account, make_account
from flicket_desk import get, items, open_ticket, reply
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from query_count import counted

API = "http://localhost:8000/flicket-api"
Categories = Mapping[str, Queue]
AVATARS = "http://localhost:8000/flicket/static/flicket_avatars"


def shape(account: Account, name: str, **others: object) -> dict[str, object]:
    """A user as documented."""
    user = account.user
    return {
        "avatar": f"{AVATARS}/__default_profile.png",
        "email": user.email,
        "id": user.id,
        "job_title": "unknown",
        "links": {"self": f"{API}/user/{user.id}", "users": f"{API}/users/"},
        "name": name,
        "total_posts": 0,
        "username": user.username,
        **others,
    }


async def test_a_user_is_shown_as_documented(client: httpx.AsyncClient, session: Session, agent: Account) -> None:
    carol = await make_account(
        session,
        "carol",
        email="carol@example.com",
        first_name="Carol",
        last_name="van Dam",
        job_title="Designer",
        total_posts=12505,
    )
    answer = await client.get(f"/flicket-api/user/{carol.id}", headers=agent.bearer)
    expected = shape(carol, "Carol van Dam", job_title="Designer", total_posts=12505)
    assert (answer.status_code, answer.json()) == (200, expected)


async def test_whoever_has_no_name_and_no_job_is_shown_by_user_name_as_unknown(
    client: httpx.AsyncClient, requester: Account
) -> None:
    answer = await client.get(f"/flicket-api/user/{requester.id}", headers=requester.bearer)
    assert answer.json() == shape(requester, "requester")


async def test_plain_users_see_only_themselves(
    client: httpx.AsyncClient, requester: Account, stranger: Account
) -> None:
    hidden = await client.get(f"/flicket-api/user/{stranger.id}", headers=requester.bearer)
    assert (hidden.status_code, hidden.json()) == (404, {"error": "Not Found"})
    listed = (await client.get("/flicket-api/users/", headers=requester.bearer)).json()
    assert (listed["items"], listed["_meta"]["total_items"]) == ([shape(requester, "requester")], 1)


async def test_in_a_team_everybody_sees_everybody(
    settings: Settings, database: Database, requester: Account, stranger: Account
) -> None:
    async with client_over(settings.model_copy(update={"ticket_visibility": "team"}), database) as client:
        seen = await client.get(f"/flicket-api/user/{stranger.id}", headers=requester.bearer)
        listed = await client.get("/flicket-api/users/", headers=requester.bearer)
    assert (seen.status_code, seen.json()) == (200, shape(stranger, "stranger"))
    assert listed.json()["items"] == [shape(requester, "requester"), shape(stranger, "stranger")]


async def test_users_are_listed_in_ascending_id(
    client: httpx.AsyncClient, agent: Account, requester: Account, stranger: Account
) -> None:
    answer = await client.get("/flicket-api/users/?per_page=2&page=1", headers=agent.bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "_links": {
                "next": f"{API}/users/?page=2&per_page=2",
                "prev": None,
                "self": f"{API}/users/?page=1&per_page=2",
            },
            "_meta": {"page": 1, "per_page": 2, "total_items": 3, "total_pages": 2},
            "items": [shape(agent, "agent"), shape(requester, "requester")],
        },
    )


async def test_users_are_found_by_a_part_of_their_name_in_any_case(
    client: httpx.AsyncClient, session: Session, agent: Account, requester: Account
) -> None:
    carol = await make_account(session, "c100", first_name="Carol", last_name="van Dam")
    answer = await client.get("/flicket-api/users/", params={"name": "OL VAN"}, headers=agent.bearer)
    assert answer.json()["items"] == [shape(carol, "Carol van Dam")]
    assert answer.json()["_links"]["self"] == f"{API}/users/?page=1&per_page=50&name=OL+VAN"
    # Named, she is not looked for by her user name; the others have nothing else.
    for name, found in {"c100": [], "EQUEST": ["requester"], "%": [], "a_o": []}.items():
        answer = await client.get("/flicket-api/users/", params={"name": name}, headers=agent.bearer)
        assert [item["username"] for item in answer.json()["items"]] == found


async def test_listing_users_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, session: Session, connection: AsyncConnection, agent: Account
) -> None:
    async with counted(connection) as for_one:
        await client.get("/flicket-api/users/", headers=agent.bearer)
    for number in range(10):
        await make_account(session, f"user{number}")
    async with counted(connection) as for_many:
        await client.get("/flicket-api/users/", headers=agent.bearer)
    assert for_many == for_one


async def test_users_change_their_own_name_job_and_password(client: httpx.AsyncClient, requester: Account) -> None:
    own = f"/flicket-api/user/{requester.id}"
    body = {"name": "  Ray van Dam ", "job_title": "Designer", "password": "another-battery-9", "id": 7}
    changed = await client.put(own, headers=requester.bearer, json=body)
    assert (changed.status_code, changed.json()) == (200, shape(requester, "Ray van Dam", job_title="Designer"))
    in_the_other_dialect = (await client.get("/api/users/me/", headers=requester.bearer)).json()
    assert (in_the_other_dialect["first_name"], in_the_other_dialect["last_name"]) == ("Ray", "van Dam")
    assert (await client.get(own, headers=requester.basic)).status_code == 401
    assert (await client.get(own, headers=requester.bearer)).status_code == 200


async def test_what_is_left_out_of_a_user_stays(client: httpx.AsyncClient, session: Session, agent: Account) -> None:
    carol = await make_account(session, "carol", first_name="Carol", job_title="Designer")
    own = f"/flicket-api/user/{carol.id}"
    unchanged = await client.put(own, headers=carol.bearer)
    assert (unchanged.status_code, unchanged.json()) == (200, shape(carol, "Carol", job_title="Designer"))
    for nothing in (None, "", "unknown"):
        await client.put(own, headers=carol.bearer, json={"job_title": "Designer"})
        changed = await client.put(own, headers=carol.bearer, json={"job_title": nothing})
        assert changed.json() == shape(carol, "Carol")
    assert (await client.get(own, headers=carol.basic)).status_code == 200


async def test_only_staff_change_an_email_address(
    client: httpx.AsyncClient, agent: Account, requester: Account
) -> None:
    own = f"/flicket-api/user/{requester.id}"
    body = {"email": "new@example.com"}
    refused = await client.put(own, headers=requester.bearer, json=body)
    message = "You do not have permission to perform this action."
    assert (refused.status_code, refused.json()) == (403, {"error": "Forbidden", "message": message})
    changed = await client.put(own, headers=agent.bearer, json=body)
    assert (changed.status_code, changed.json()["email"]) == (200, "new@example.com")


async def test_another_users_account_is_not_there_for_a_plain_user(
    client: httpx.AsyncClient, requester: Account, stranger: Account
) -> None:
    answer = await client.put(f"/flicket-api/user/{stranger.id}", headers=requester.bearer, content=b"{bad")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": 5}, "name must be a text."),
        ({"name": None}, "name must not be null."),
        ({"name": "a" * 151}, "name must not have a part longer than 150 characters."),
        ({"name": "a\0b"}, "name: Null characters are not allowed."),
        ({"job_title": "j" * 65}, "job_title must not be longer than 64 characters."),
        ({"email": "nobody"}, "email is not an e-mail address."),
        ({"password": ""}, "password must not be blank."),
        ({"password": "abc"}, "This password is too short. It must contain at least 8 characters."),
        (
            {"name": 5, "job_title": [], "email": "nobody"},
            "name must be a text. job_title must be a text. email is not an e-mail address.",
        ),
    ],
)
async def test_values_that_cannot_be_taken_are_400(
    client: httpx.AsyncClient, agent: Account, body: object, message: str
) -> None:
    answer = await client.put(f"/flicket-api/user/{agent.id}", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert answer.json()["message"].startswith(message)


async def test_a_new_password_counts_at_once(client: httpx.AsyncClient, requester: Account) -> None:
    own = f"/flicket-api/user/{requester.id}"
    weak = await client.put(own, headers=requester.basic, json={"password": PASSWORD[:5]})
    assert weak.status_code == 400
    assert (await client.get(own, headers=requester.basic)).status_code == 200
    assert (await client.put(own, headers=requester.basic, json={"password": "another-battery-9"})).status_code == 200
    assert (await client.get(own, headers=requester.basic)).status_code == 401
    # It came with the password, so every token has ended.
    assert (await client.get(own, headers=requester.bearer)).status_code == 401


ROLES = ("is_staff", "is_superuser", "is_active")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [True, False])
async def test_only_an_admin_sends_roles_even_those_a_user_has_anyway(
    client: httpx.AsyncClient, agent: Account, requester: Account, admin: Account, role: str, value: bool
) -> None:
    url, body = f"/flicket-api/user/{requester.id}", {"name": "Joe", role: value}
    for account in (requester, agent):
        refused = await client.put(url, headers=account.bearer, json=body)
        assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    assert (await client.put(url, headers=admin.bearer, json=body)).status_code == 200
    shown = (await client.get(f"/api/users/{requester.id}/", headers=admin.token)).json()
    assert (shown["first_name"], shown[role]) == ("Joe", value)


async def test_a_role_that_is_neither_true_nor_false_is_400(
    client: httpx.AsyncClient, admin: Account, requester: Account
) -> None:
    answer = await client.put(f"/flicket-api/user/{requester.id}", headers=admin.bearer, json={"is_staff": "yes"})
    assert (answer.status_code, answer.json()["message"]) == (400, "is_staff must be true or false.")


async def test_an_admin_cannot_lock_themselves_out(client: httpx.AsyncClient, admin: Account) -> None:
    answer = await client.put(f"/flicket-api/user/{admin.id}", headers=admin.bearer, json={"is_active": False})
    assert answer.status_code == 409


async def test_private_replies_count_for_staff_and_their_author_alone(
    settings: Settings, database: Database, session: Session, categories: Categories, agent: Account, requester: Account
) -> None:
    team = settings.model_copy(update={"ticket_visibility": "team"})
    async with client_over(team, database) as client:
        ticket = await open_ticket(client, requester, categories["ECN"])
        await reply(client, agent, ticket)
        said = {"ticket": ticket["id"], "comment": "Between us.", "public": False}
        assert (await client.post("/api/followups/", headers=agent.token, json=said)).status_code == 201
        shown = {}
        for account in (agent, requester):
            one = await get(client, account, f"user/{agent.id}")
            listed = await items(client, account, "users/")
            counts = [item["total_posts"] for item in listed if item["id"] == agent.id]
            shown[account.user.username] = (one["total_posts"], counts)
        agent.user.is_staff = False
        await session.flush()
        assert (await get(client, agent, f"user/{agent.id}"))["total_posts"] == 2
    assert shown == {"agent": (2, [2]), "requester": (1, [1])}
