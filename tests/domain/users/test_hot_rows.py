"""Accounts that are read past the ORM are what the ORM reads."""

from __future__ import annotations

from dataclasses import asdict, replace

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.users.hot_rows import UserRow
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.models import User

row_columns = set(User.__table__.c.keys())


async def test_an_account_is_what_the_orm_reads(session: Session, agent: Account, requester: Account) -> None:
    users = UserRepository(session)
    for account in (agent, requester):
        model = await session.get_one(User, account.id, populate_existing=True)
        whole = {column: getattr(model, column) for column in sorted(row_columns)}
        for row in (await users.get(account.id, agent.actor), await users.get_by_username(account.user.username)):
            assert isinstance(row, UserRow)
            assert asdict(row) == whole


async def test_an_account_is_hidden_from_those_who_may_not_see_it(
    session: Session, agent: Account, requester: Account
) -> None:
    users = UserRepository(session)
    assert await users.get(agent.id, requester.actor) is None
    assert await users.get(requester.id, requester.actor) is not None
    assert await users.get(agent.id, replace(requester.actor, reads_every_ticket=True)) is not None
    assert await users.get(agent.id + requester.id, agent.actor) is None
    assert await users.get_by_username("nobody") is None
