"""Users' pictures: kept under a name that says nothing, and seen by whoever may see the user."""

from __future__ import annotations

import secrets

from helpdesk_api.db.session import Session
from helpdesk_api.domain import stored_files
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.avatar_repository import AvatarRepository
from helpdesk_api.domain.users.errors import AvatarNotFound, UserNotFound
from helpdesk_api.domain.users.pictures import PICTURES
from helpdesk_api.domain.users.repository import UserRepository
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User
from helpdesk_api.storage.files import FileStorage
from helpdesk_api.storage.names import extension
from helpdesk_api.storage.pictures import HEAD, is_picture

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
    ending, old = extension(new.filename), user.avatar
    if not is_picture(PICTURES.get(ending, ""), await new.incoming.head(HEAD)):
        raise Invalid(avatar=[NO_PICTURE])
    await AvatarRepository(session).announce_writer()
    stored = await stored_files.publish(session, storage, new.incoming, FOLDER, f"{secrets.token_hex(8)}.{ending}")
    await users.change_user(session, actor, verifier, user_id, {"avatar": stored.path})
    if old:
        await stored_files.remove(session, storage, [old])
    return user


async def find_avatar(session: Session, actor: Actor, name: str) -> str:
    """Where the picture with this name is stored. Raises `AvatarNotFound`."""
    path = f"{FOLDER}/{name}"
    if not await AvatarRepository(session).has(path, actor):
        raise AvatarNotFound
    return path


async def wait_for_writers(session: Session) -> None:
    """Wait for whoever is writing a picture's path, and keep others from beginning until the unit of work ends."""
    await AvatarRepository(session).wait_for_writers()
