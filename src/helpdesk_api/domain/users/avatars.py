"""Users' pictures: kept under a name that says nothing, and seen by whoever may see the user."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

from helpdesk_api.db.session import Session
from helpdesk_api.domain import stored_files
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.avatar_repository import AvatarRepository
from helpdesk_api.domain.users.errors import AvatarNotFound, UserNotFound
from helpdesk_api.domain.users.pictures import HEAD, is_picture
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User
from helpdesk_api.storage.files import FileStorage
from helpdesk_api.storage.names import extension

FOLDER = "avatars"
# Five mebibytes.
LARGEST = 5 * 1024**2
NO_PICTURE = "This is not a PNG, JPEG, GIF or WebP picture."


async def set_avatar(
    session: Session, actor: Actor, verifier: PasswordVerifier, storage: FileStorage, user_id: int, new: NewFile
) -> User:
    """Give a user another picture; the old one goes. Whoever may change the account may do so.

    Raises `UserNotFound`, `Forbidden`, and `Invalid` for what is no picture.
    """
    user = await UserRepository(session).get_for_update(user_id, actor)
    if user is None:
        raise UserNotFound
    await AvatarRepository(session).announce_writer()
    ending, old = extension(new.filename), user.avatar
    stored = await stored_files.publish(session, storage, new.incoming, FOLDER, f"{secrets.token_hex(8)}.{ending}")
    if not is_picture(ending, await _head(storage, stored.path)):
        raise Invalid(avatar=[NO_PICTURE])
    await users.change_user(session, actor, verifier, user_id, {"avatar": stored.path})
    if old:
        await stored_files.remove(session, storage, [old])
    return user


async def _head(storage: FileStorage, path: str) -> bytes:
    def read() -> bytes:
        location = storage.locate(path)
        return _first_bytes(location) if location is not None else b""

    return await asyncio.to_thread(read)


def _first_bytes(location: Path) -> bytes:
    with location.open("rb") as file:
        return file.read(HEAD)


async def find_avatar(session: Session, actor: Actor, name: str) -> str:
    """Where the picture with this name is stored. Raises `AvatarNotFound`."""
    path = f"{FOLDER}/{name}"
    if not await AvatarRepository(session).has(path, actor):
        raise AvatarNotFound
    return path


async def known_paths(session: Session, paths: Sequence[str]) -> set[str]:
    """Those of the paths that are somebody's picture, once every commit that may be under way has ended."""
    avatars = AvatarRepository(session)
    await avatars.wait_for_writers()
    return await avatars.known_paths(paths)
