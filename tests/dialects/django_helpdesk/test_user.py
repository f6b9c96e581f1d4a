"""/api/users/{id}/ and /api/users/me/: reading, changing and deleting accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from clients import basic, client_over
from factories import PASSWORD, Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department, Event, Queue, Subscription, Ticket, Token, User
from helpdesk_api.settings import Settings

FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "No User matches the given query."}
OWN_ACCOUNT = {"detail": "Admins cannot delete, deactivate or demote themselves."}
IN_USE = {"detail": "This user still has tickets, replies, files or queues. Deactivate the account instead."}


@pytest.fixture
async def other_agent(session: Session) -> Account:
    return await make_account(session, "other-agent", is_staff=True)


@pytest.fixture
async def team(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The service where everybody reads everything."""
    async with client_over(settings.model_copy(update={"ticket_visibility": "team"}), database) as client:
        yield client


def path_of(account: Account) -> str:
    return f"/api/users/{account.id}/"


def record_of(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "is_active": user.is_active,
        "date_joined": user.date_joined.isoformat().replace("+00:00", "Z"),
    }


async def test_everybody_reads_their_own_record(client: httpx.AsyncClient, requester: Account) -> None:
    for path in ("/api/users/me/", "/api/users/me", path_of(requester)):
        answer = await client.get(path, headers=requester.token)
        assert (answer.status_code, answer.json()) == (200, record_of(requester.user))


async def test_staff_read_anybodys_record_and_plain_users_only_their_own(
    client: httpx.AsyncClient, agent: Account, requester: Account
) -> None:
    assert (await client.get(path_of(requester), headers=agent.token)).json() == record_of(requester.user)
    hidden = await client.get(path_of(agent), headers=requester.token)
    unknown = await client.get("/api/users/999999999/", headers=requester.token)
    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json()) == (404, NOT_FOUND)


async def test_in_a_team_everybody_reads_every_record_but_changes_only_their_own(
    team: httpx.AsyncClient, requester: Account, stranger: Account
) -> None:
    assert (await team.get(path_of(stranger), headers=requester.token)).json() == record_of(stranger.user)
    refused = await team.patch(path_of(stranger), headers=requester.token, json={"first_name": "Mallory"})
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)


@pytest.mark.parametrize("user_id", ["0", "9223372036854775807", "9223372036854775808", "9" * 30, "-1", "x", "1.5"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_ids_that_nobody_has_are_not_found(
    client: httpx.AsyncClient, admin: Account, method: str, user_id: str
) -> None:
    answer = await client.request(method, f"/api/users/{user_id}/", headers=admin.token)
    assert answer.status_code == 404
    assert answer.json() in (NOT_FOUND, {"detail": "Not found."})


async def test_users_change_their_own_names(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    changes = {"first_name": "Joe", "last_name": "Blogs"}
    changed = await client.patch(path_of(requester), headers=requester.token, json=changes)
    assert (changed.status_code, changed.json()) == (200, {**record_of(requester.user), **changes})
    event = await session.scalar(select(Event).where(Event.type == "user.updated"))
    assert event is not None
    assert (event.actor_id, event.recipient_id) == (requester.id, requester.id)
    assert event.changes == {"first_name": {"from": "", "to": "Joe"}, "last_name": {"from": "", "to": "Blogs"}}


@pytest.mark.parametrize("way", ["json", "form", "multipart"])
async def test_what_is_left_out_stays(client: httpx.AsyncClient, admin: Account, requester: Account, way: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "json": {"json": {"last_name": "Blogs"}},
        "form": {"data": {"last_name": "Blogs"}},
        "multipart": {"files": {"last_name": (None, "Blogs")}},
    }
    changed = await client.patch(path_of(requester), headers=admin.token, **bodies[way])
    assert (changed.status_code, changed.json()) == (200, {**record_of(requester.user), "last_name": "Blogs"})


async def test_an_empty_change_changes_nothing(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    changed = await client.patch(path_of(requester), headers=requester.token, json={})
    assert (changed.status_code, changed.json()) == (200, record_of(requester.user))
    assert await session.scalar(select(func.count()).select_from(Event)) == 0


async def test_an_e_mail_address_is_changed_by_staff_alone(
    client: httpx.AsyncClient, agent: Account, requester: Account
) -> None:
    change = {"email": "agent@example.com"}
    refused = await client.patch(path_of(requester), headers=requester.token, json=change)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    for account in (requester, agent):
        changed = await client.patch(path_of(account), headers=agent.token, json=change)
        assert (changed.status_code, changed.json()["email"]) == (200, "agent@example.com")


@pytest.mark.parametrize("change", [{"first_name": "X"}, {"password": "a-new-passphrase"}, {"email": "x@example.com"}])
async def test_staff_do_not_touch_the_accounts_of_other_staff_and_of_admins(
    client: httpx.AsyncClient, agent: Account, other_agent: Account, admin: Account, change: dict[str, str]
) -> None:
    for account in (other_agent, admin):
        refused = await client.patch(path_of(account), headers=agent.token, json=change)
        assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
        assert (await client.patch(path_of(account), headers=admin.token, json=change)).status_code == 200


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "is_active"])
@pytest.mark.parametrize("value", [True, False])
async def test_roles_are_for_admins_even_to_say_what_they_are(
    client: httpx.AsyncClient,
    session: Session,
    admin: Account,
    agent: Account,
    requester: Account,
    field: str,
    value: bool,
) -> None:
    for account, headers in ((requester, requester.token), (requester, agent.token), (agent, agent.token)):
        refused = await client.patch(path_of(account), headers=headers, json={field: value})
        assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    changed = await client.patch(path_of(requester), headers=admin.token, json={field: value})
    assert (changed.status_code, changed.json()) == (200, {**record_of(requester.user), field: value})


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}])
async def test_admins_do_not_lock_themselves_out(
    client: httpx.AsyncClient, admin: Account, change: dict[str, bool]
) -> None:
    refused = await client.patch(path_of(admin), headers=admin.token, json=change)
    assert (refused.status_code, refused.json()) == (409, OWN_ACCOUNT)
    assert (await client.get("/api/users/me/", headers=admin.token)).json() == record_of(admin.user)


async def test_a_new_password_ends_every_token_but_the_one_it_came_with(
    client: httpx.AsyncClient, session: Session, requester: Account, stranger: Account
) -> None:
    pair = {"username": "requester", "password": PASSWORD}
    other = {"Authorization": f"Token {(await client.post('/api-token-auth/', json=pair)).json()['token']}"}
    changed = await client.patch(path_of(requester), headers=requester.token, json={"password": "a-new-passphrase"})
    assert changed.status_code == 200
    headers = (requester.token, other, requester.basic, basic("requester", "a-new-passphrase"), stranger.token)
    statuses = [(await client.get("/api/users/me/", headers=one)).status_code for one in headers]
    assert statuses == [200, 401, 401, 200, 200]
    # What the password was and is, is nobody's business.
    assert await session.scalar(select(Event.changes).where(Event.type == "user.updated")) == {"password": "changed"}


async def test_a_password_set_by_an_admin_ends_all_of_the_users_tokens(
    client: httpx.AsyncClient, session: Session, admin: Account, requester: Account
) -> None:
    change = {"password": "a-new-passphrase"}
    assert (await client.patch(path_of(requester), headers=admin.basic, json=change)).status_code == 200
    assert (await session.scalars(select(Token.user_id))).all() == [admin.id]


async def test_a_weak_new_password_is_refused_with_every_other_wrong_field(
    client: httpx.AsyncClient, requester: Account
) -> None:
    body = {"password": "requester", "first_name": "x" * 151}
    refused = await client.patch(path_of(requester), headers=requester.token, json=body)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "password": ["The password is too similar to the username."],
            "first_name": ["Ensure this field has no more than 150 characters."],
        },
    )
    assert (await client.get("/api/users/me/", headers=requester.basic)).status_code == 200


async def test_an_unknown_account_is_not_found_before_the_body_is_looked_at(
    client: httpx.AsyncClient, admin: Account
) -> None:
    headers = {**admin.token, "Content-Type": "application/json"}
    answer = await client.patch("/api/users/999999999/", headers=headers, content=b"{broken")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


async def test_only_admins_delete_accounts(
    client: httpx.AsyncClient, session: Session, admin: Account, agent: Account, requester: Account, stranger: Account
) -> None:
    for account, headers, status in (
        (stranger, requester.token, 404),
        (requester, requester.token, 403),
        (requester, agent.token, 403),
        (requester, admin.token, 204),
        (requester, admin.token, 404),
    ):
        assert (await client.delete(path_of(account), headers=headers)).status_code == status
    assert set((await session.scalars(select(User.username))).all()) == {"admin", "agent", "stranger"}
    assert (await client.get("/api/users/me/", headers=requester.token)).status_code == 401


async def test_admins_do_not_delete_themselves(client: httpx.AsyncClient, admin: Account) -> None:
    refused = await client.delete(path_of(admin), headers=admin.token)
    assert (refused.status_code, refused.json()) == (409, OWN_ACCOUNT)


@pytest.mark.parametrize("owns", ["an upload ticket", "an assigned ticket", "a queue"])
async def test_a_user_who_owns_something_is_not_deleted(
    client: httpx.AsyncClient, session: Session, admin: Account, requester: Account, owns: str
) -> None:
    queue = await session.scalar(select(Queue).limit(1))
    if queue is None:
        department = Department(name="Tests")
        session.add(department)
        await session.flush()
        queue = Queue(department_id=department.id, title="Tests", slug="tests")
        session.add(queue)
        await session.flush()
    if owns == "a queue":
        queue.default_assignee_id = requester.id
    elif owns == "an upload ticket":
        session.add(Ticket(kind="upload", creator_id=requester.id, file_limit=1))
    else:
        values = {"title": "T", "description": "D", "submitter_email": "", "status": 1, "priority": 3}
        session.add(Ticket(kind="support", creator_id=admin.id, assignee_id=requester.id, queue_id=queue.id, **values))
    await session.flush()
    refused = await client.delete(path_of(requester), headers=admin.token)
    assert (refused.status_code, refused.json()) == (409, IN_USE)
    assert (await client.get("/api/users/me/", headers=requester.token)).status_code == 200


async def test_a_user_who_only_follows_a_ticket_is_deleted_with_the_subscription(
    client: httpx.AsyncClient, session: Session, admin: Account, requester: Account
) -> None:
    ticket = Ticket(kind="upload", creator_id=admin.id, file_limit=1)
    session.add(ticket)
    await session.flush()
    session.add(Subscription(ticket_id=ticket.id, user_id=requester.id))
    await session.flush()
    assert (await client.delete(path_of(requester), headers=admin.token)).status_code == 204
    assert await session.scalar(select(func.count()).select_from(Subscription)) == 0


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_one_account_is_read_changed_or_deleted_and_nothing_else(
    client: httpx.AsyncClient, admin: Account, method: str
) -> None:
    refused = await client.request(method, path_of(admin), headers=admin.token)
    assert (refused.status_code, refused.json()) == (405, {"detail": f'Method "{method}" not allowed.'})
    assert refused.headers["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_ones_own_account_is_changed_at_its_own_address(
    client: httpx.AsyncClient, requester: Account, method: str
) -> None:
    refused = await client.request(method, "/api/users/me/", headers=requester.token)
    assert (refused.status_code, refused.json()) == (405, {"detail": f'Method "{method}" not allowed.'})
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
