"""Changes of an account count at once, with every scheme and in every process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import delete, select

from clients import basic, client_over
from factories import PASSWORD, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Token, User
from helpdesk_api.security import hash_password
from helpdesk_api.settings import Settings

OWN_RECORD = "/api/users/me/"
# A plain bcrypt hash of "correct horse", as Django, Flask and others store it.
FOREIGN_HASH = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"


@pytest.fixture
async def other_process(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A second instance of the service on the same database, with a memory of its own."""
    async with client_over(settings, database) as client:
        yield client


async def statuses(clients: list[httpx.AsyncClient], *headers: dict[str, str]) -> list[int]:
    return [(await client.get(OWN_RECORD, headers=one)).status_code for client in clients for one in headers]


async def test_a_deactivated_user_is_out_at_once_with_every_scheme(
    client: httpx.AsyncClient, other_process: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    both, schemes = [client, other_process], [requester.basic, requester.token, requester.bearer]
    assert await statuses(both, *schemes) == [200] * 6
    requester.user.is_active = False
    await session.flush()
    assert await statuses(both, *schemes) == [401] * 6
    details = [(await client.get(OWN_RECORD, headers=one)).json()["detail"] for one in schemes]
    assert details == ["Invalid username/password.", "User inactive or deleted.", "User inactive or deleted."]
    requester.user.is_active = True
    await session.flush()
    assert await statuses(both, *schemes) == [200] * 6


async def test_a_deactivated_user_cannot_be_told_from_an_unknown_one_without_a_token(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    requester.user.is_active = False
    await session.flush()
    right = await client.get(OWN_RECORD, headers=requester.basic)
    unknown = await client.get(OWN_RECORD, headers=basic("nobody", PASSWORD))
    assert (right.status_code, right.content) == (unknown.status_code, unknown.content)
    refused = await client.post("/api-token-auth/", json={"username": "requester", "password": PASSWORD})
    assert (refused.status_code, refused.json()) == (
        400,
        {"non_field_errors": ["Unable to log in with provided credentials."]},
    )


async def test_a_new_password_counts_at_once(
    client: httpx.AsyncClient, other_process: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    both, new = [client, other_process], basic("requester", "a-new-passphrase")
    assert await statuses(both, requester.basic, new) == [200, 401] * 2
    requester.user.password_hash = hash_password("a-new-passphrase", rounds=4)
    await session.flush()
    assert await statuses(both, requester.basic, new) == [401, 200] * 2


async def test_a_role_counts_at_once(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    async def answers() -> list[int]:
        body = {"username": ""}  # staff get as far as being told what is wrong with it
        return [
            (await client.post("/api/users/", headers=one, json=body)).status_code
            for one in (requester.basic, requester.token)
        ]

    assert await answers() == [403, 403]
    requester.user.is_staff = True
    await session.flush()
    assert await answers() == [400, 400]
    requester.user.is_staff = False
    await session.flush()
    assert await answers() == [403, 403]


async def test_a_revoked_token_is_out_at_once_in_every_process(
    client: httpx.AsyncClient, other_process: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    both = [client, other_process]
    assert await statuses(both, requester.token) == [200, 200]
    await session.execute(delete(Token).where(Token.user_id == requester.id))
    assert await statuses(both, requester.token, requester.bearer) == [401] * 4


async def test_a_deleted_user_is_out_at_once(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    assert await statuses([client], requester.basic, requester.token) == [200, 200]
    await session.execute(delete(User).where(User.id == requester.id))
    assert await statuses([client], requester.basic, requester.token) == [401, 401]


async def test_a_hash_from_elsewhere_signs_in_and_is_replaced_by_one_of_ours(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    requester.user.password_hash = FOREIGN_HASH
    await session.flush()
    assert await statuses([client], basic("requester", "wrong")) == [401]
    assert await session.scalar(select(User.password_hash)) == FOREIGN_HASH
    assert await statuses([client], basic("requester", "correct horse")) == [200]
    upgraded = await session.scalar(select(User.password_hash)) or ""
    assert upgraded.startswith("$bcrypt-sha256$v=2,t=2b,r=4$")
    assert await statuses([client], basic("requester", "correct horse"), basic("requester", "wrong")) == [200, 401]
    assert await session.scalar(select(User.password_hash)) == upgraded


async def test_a_hash_from_elsewhere_is_upgraded_when_it_is_traded_for_a_token(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    requester.user.password_hash = FOREIGN_HASH
    await session.flush()
    pair = {"username": "requester", "password": "correct horse"}
    assert (await client.post("/api-token-auth/", json=pair)).status_code == 200
    assert (await session.scalar(select(User.password_hash)) or "").startswith("$bcrypt-sha256$")


@pytest.mark.parametrize("unusable", ["", "!", "!set-by-nobody", "$2b$04$damaged", "plain text"])
async def test_an_account_without_a_usable_password_signs_in_with_none(
    client: httpx.AsyncClient, session: Session, requester: Account, unusable: str
) -> None:
    requester.user.password_hash = unusable
    await session.flush()
    assert await statuses([client], basic("requester", unusable), basic("requester", "")) == [401, 401]
    assert await statuses([client], requester.token) == [200]
