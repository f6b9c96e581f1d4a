"""Queries on accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import sees_user, visible_users
from helpdesk_api.domain.users import hot_rows
from helpdesk_api.domain.users.names import FULL_NAME
from helpdesk_api.models import User
from helpdesk_api.paging import Page, PageRequest

# Any number nobody else uses.
_FIRST_ADMIN_LOCK = 4_701_113_808


class UserRepository:
    """Accounts, each read from what the actor may see."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, user_id: int, actor: Actor) -> User | None:
        """One account the actor may see."""
        return await hot_rows.by_id(self._session, user_id) if sees_user(actor, user_id) else None

    async def page(self, actor: Actor, name: str | None, request: PageRequest) -> Page[User]:
        """A page of accounts the actor may see, in ascending id; with `name` anywhere in what they are called."""
        query = select(User).where(visible_users(actor)).order_by(User.id)
        if name:
            query = query.where(FULL_NAME.icontains(name, autoescape=True))
        return await fetch_page(self._session, query, request)

    async def get_for_update(self, user_id: int, actor: Actor, *, key_share: bool = False) -> User | None:
        """One account the actor may see, locked until the unit of work ends.

        With `key_share`, rows that refer to it may come meanwhile; for changes of neither its name nor its picture,
        which are unique.
        """
        query = select(User).where(User.id == user_id, visible_users(actor)).with_for_update(key_share=key_share)
        return await self._session.scalar(query)

    async def get_by_username(self, username: str) -> User | None:
        """The account behind a user name; for signing in only."""
        return await hot_rows.by_username(self._session, username)

    async def is_username_taken(self, username: str) -> bool:
        """Whether some account has this user name already."""
        return bool(await self._session.scalar(select(exists().where(User.username == username))))

    async def is_active(self, user_id: int) -> bool:
        """Whether there is an active account with this id."""
        return bool(await self._session.scalar(select(exists().where(User.id == user_id, User.is_active))))

    async def visible_ids(self, actor: Actor, user_ids: Collection[int]) -> set[int]:
        """Those of the ids that belong to an account the actor may see."""
        query = select(User.id).where(User.id.in_(user_ids), visible_users(actor))
        return set(await self._session.scalars(query))

    async def list_active(self, user_ids: Collection[int]) -> list[User]:
        """Those of the users who are active, by user name."""
        query = select(User).where(User.id.in_(user_ids), User.is_active).order_by(User.username)
        return list(await self._session.scalars(query))

    async def count(self, user_id: int, *, posts: int = 0, assigned: int = 0) -> None:
        """Add to a user's counters."""
        values = {"total_posts": User.total_posts + posts, "total_assigned": User.total_assigned + assigned}
        await self._session.execute(update(User).where(User.id == user_id).values(values))

    async def take_turns(self) -> None:
        """Wait for whoever else is making the first admin; held until the unit of work ends."""
        await self._session.execute(select(func.pg_advisory_xact_lock(_FIRST_ADMIN_LOCK)))

    async def has_admin(self) -> bool:
        """Whether there is an active admin at all."""
        return bool(await self._session.scalar(select(exists().where(User.is_superuser, User.is_active))))

    async def add(self, user: User) -> bool:
        """Store a new account; false when the user name was taken meanwhile."""
        try:
            async with self._session.begin_nested():
                self._session.add(user)
        except IntegrityError:
            return False
        await self._session.refresh(user)
        return True

    async def remove(self, user: User) -> bool:
        """Delete an account with its tokens and subscriptions; false when something still names it."""
        try:
            async with self._session.begin_nested():
                await self._session.execute(delete(User).where(User.id == user.id))
        except IntegrityError:
            return False
        return True

    async def note_sign_in(self, user_id: int, at: datetime) -> None:
        """Write down when a user signed in, at some time within the hour."""
        await self._session.execute(update(User).where(User.id == user_id).values(last_login=at))

    async def set_password_hash(self, user_id: int, old_hash: str, new_hash: str) -> None:
        """Replace a hash that was verified just now, unless it has changed since."""
        unchanged = (User.id == user_id, User.password_hash == old_hash)
        await self._session.execute(update(User).where(*unchanged).values(password_hash=new_hash))
