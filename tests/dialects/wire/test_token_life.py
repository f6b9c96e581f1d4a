"""Tokens: how they are made and kept, and when they end."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from clients import basic, client_over
from factories import PASSWORD, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Token, User
from helpdesk_api.settings import Settings
from query_count import counted

OWN_RECORD = "/api/users/me/"
DAYS = 24 * 3600


async def last_used(session: Session, ago: timedelta) -> datetime:
    """Pretend that every token was last used so long ago."""
    moment = datetime.now(UTC) - ago
    await session.execute(update(Token).values(last_used_at=moment))
    return moment


async def use(settings: Settings, database: Database, account: Account, ttl: int) -> int:
    """The answer's status when the account's token is used in a service with this TTL."""
    async with client_over(settings.model_copy(update={"token_ttl": ttl}), database) as client:
        return (await client.get(OWN_RECORD, headers=account.token)).status_code


async def noted_use(session: Session) -> datetime:
    moment = await session.scalar(select(Token.last_used_at))
    assert moment is not None
    return moment


async def test_a_user_may_have_several_tokens_and_each_works(client: httpx.AsyncClient, requester: Account) -> None:
    pair = {"username": "requester", "password": PASSWORD}
    secrets = [(await client.post("/api-token-auth/", json=pair)).json()["token"] for _ in range(3)]
    assert len({requester.secret, *secrets}) == 4
    for secret in (requester.secret, *secrets):
        assert re.fullmatch("[0-9a-f]{64}", secret)
        answer = await client.get(OWN_RECORD, headers={"Authorization": f"Token {secret}"})
        assert answer.status_code == 200


async def test_only_the_sha_256_of_a_token_is_stored(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    secret = (await client.post("/api-token-auth/", json={"username": "requester", "password": PASSWORD})).json()[
        "token"
    ]
    rows = (await session.execute(text("SELECT to_jsonb(tokens)::text FROM tokens ORDER BY id"))).scalars().all()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    assert digest in rows[-1]
    assert not [row for row in rows if secret in row or requester.secret in row]
    stolen = await client.get(OWN_RECORD, headers={"Authorization": f"Token {digest}"})
    assert (stolen.status_code, stolen.json()) == (401, {"detail": "Invalid token."})


@pytest.mark.parametrize(
    ("ttl", "ago", "status"),
    [
        (30 * DAYS, timedelta(days=29), 200),
        (30 * DAYS, timedelta(days=31), 401),
        (0, timedelta(days=36500), 200),
        (60, timedelta(seconds=50), 200),
        (60, timedelta(seconds=70), 401),
    ],
)
async def test_a_token_ends_after_its_time_without_use(
    settings: Settings,
    database: Database,
    session: Session,
    requester: Account,
    ttl: int,
    ago: timedelta,
    status: int,
) -> None:
    await last_used(session, ago)
    assert await use(settings, database, requester, ttl) == status


async def test_without_being_told_a_token_ends_after_thirty_days_without_use(settings: Settings) -> None:
    assert settings.token_ttl == 30 * DAYS


async def test_a_tokens_end_reads_as_any_wrong_token(
    client: httpx.AsyncClient, session: Session, requester: Account
) -> None:
    await last_used(session, timedelta(days=31))
    ended = await client.get(OWN_RECORD, headers=requester.bearer)
    assert (ended.status_code, ended.json()) == (401, {"detail": "Invalid token."})


@pytest.mark.parametrize("ttl", [0, 30 * DAYS])
async def test_a_use_is_written_down_at_most_once_an_hour(
    settings: Settings, database: Database, session: Session, requester: Account, ttl: int
) -> None:
    recent = await last_used(session, timedelta(minutes=59))
    await use(settings, database, requester, ttl)
    assert await noted_use(session) == recent
    old = await last_used(session, timedelta(minutes=61))
    await use(settings, database, requester, ttl)
    assert await noted_use(session) - old > timedelta(minutes=60)


async def test_a_token_in_use_does_not_end_however_short_its_life(
    settings: Settings, database: Database, session: Session, requester: Account
) -> None:
    for _ in range(3):
        await last_used(session, timedelta(seconds=40))
        assert await use(settings, database, requester, ttl=60) == 200
        assert await noted_use(session) > datetime.now(UTC) - timedelta(seconds=10)


async def test_an_ended_token_is_not_revived_by_being_tried(
    settings: Settings, database: Database, session: Session, requester: Account
) -> None:
    old = await last_used(session, timedelta(days=31))
    assert await use(settings, database, requester, 30 * DAYS) == 401
    assert await noted_use(session) == old


async def test_a_use_that_is_not_due_to_be_written_down_writes_nothing(
    client: httpx.AsyncClient, connection: AsyncConnection, requester: Account
) -> None:
    async with counted(connection) as statements:
        assert (await client.get(OWN_RECORD, headers=requester.token)).status_code == 200
    assert statements
    assert [one for one in statements if not one.lstrip().upper().startswith("SELECT")] == []


@pytest.mark.parametrize("scheme", ["basic", "token"])
async def test_when_a_user_was_last_here_is_written_down_at_most_once_an_hour(
    client: httpx.AsyncClient, session: Session, connection: AsyncConnection, requester: Account, scheme: str
) -> None:
    headers = getattr(requester, scheme)
    await last_used(session, timedelta(hours=2))
    assert (await client.get(OWN_RECORD, headers=headers)).status_code == 200
    await session.refresh(requester.user)
    noted = requester.user.last_login
    assert noted is not None
    assert datetime.now(UTC) - noted < timedelta(minutes=1)
    async with counted(connection) as statements:
        assert (await client.get(OWN_RECORD, headers=headers)).status_code == 200
    assert [one for one in statements if "UPDATE" in one] == []
    await session.execute(update(User).values(last_login=noted - timedelta(hours=2)))
    await last_used(session, timedelta(hours=2))
    assert (await client.get(OWN_RECORD, headers=headers)).status_code == 200
    await session.refresh(requester.user)
    assert requester.user.last_login is not None
    assert requester.user.last_login >= noted


async def test_a_wrong_password_is_no_visit(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    wrong = basic(requester.user.username, "wrong")
    assert (await client.get(OWN_RECORD, headers=wrong)).status_code == 401
    await session.refresh(requester.user)
    assert requester.user.last_login is None
