"""Users' pictures: they come, change and go with what the database says of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from factories import PNG, Account, make_account
from helpdesk_api.cli.serve import _prepare as prepare
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.users import avatars
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import User
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[LocalFiles]:
    """Files in a folder of the test's own."""
    files = LocalFiles(tmp_path)
    yield files
    await files.close()


@pytest.fixture
def verifier() -> PasswordVerifier:
    """Nothing is hashed here."""
    return PasswordVerifier(rounds=4)


async def picture(storage: LocalFiles) -> NewFile:
    """A picture that has arrived."""
    incoming = storage.receive()
    await incoming.write(PNG)
    await incoming.finish()
    return NewFile(incoming, "me.png", "image/png")


def stored(folder: Path) -> list[str]:
    """Where pictures are stored."""
    return sorted(str(path.relative_to(folder)) for path in folder.glob("avatars/*"))


async def make_ann(database: Database) -> Account:
    """A user."""
    async with unit_of_work(database.sessions) as session:
        return await make_account(session, "ann")


async def give_picture(database: Database, ann: Account, verifier: PasswordVerifier, storage: LocalFiles) -> str:
    """Give her a picture; where it is."""
    new = await picture(storage)
    async with unit_of_work(database.sessions) as session:
        user = await avatars.set_avatar(session, ann.actor, verifier, storage, ann.id, new)
    assert user.avatar is not None
    return user.avatar


async def test_two_pictures_at_once_leave_the_one_the_account_names(
    empty_database: Database, verifier: PasswordVerifier, storage: LocalFiles, tmp_path: Path
) -> None:
    ann = await make_ann(empty_database)
    await asyncio.gather(*[give_picture(empty_database, ann, verifier, storage) for _ in range(5)])
    async with empty_database.read_sessions() as session:
        kept = await session.get(User, ann.id)
    assert kept is not None
    assert stored(tmp_path) == [kept.avatar]


async def test_a_picture_goes_when_its_unit_of_work_comes_to_nothing(
    empty_database: Database, verifier: PasswordVerifier, storage: LocalFiles, tmp_path: Path
) -> None:
    ann = await make_ann(empty_database)
    old = await give_picture(empty_database, ann, verifier, storage)
    new = await picture(storage)

    async def fail_afterwards() -> None:
        async with unit_of_work(empty_database.sessions) as session:
            await avatars.set_avatar(session, ann.actor, verifier, storage, ann.id, new)
            assert len(stored(tmp_path)) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_afterwards()
    assert stored(tmp_path) == [old]


async def test_a_picture_goes_with_its_account(
    empty_database: Database, verifier: PasswordVerifier, storage: LocalFiles, tmp_path: Path
) -> None:
    ann = await make_ann(empty_database)
    await give_picture(empty_database, ann, verifier, storage)
    async with unit_of_work(empty_database.sessions) as session:
        await users.delete_user(session, users.COMMAND_LINE, storage, ann.id)
    assert stored(tmp_path) == []


async def test_the_sweep_knows_pictures_and_waits_for_one_that_is_being_written(
    empty_database: Database, verifier: PasswordVerifier, storage: LocalFiles
) -> None:
    ann = await make_ann(empty_database)
    new = await picture(storage)
    async with unit_of_work(empty_database.sessions) as session:
        user = await avatars.set_avatar(session, ann.actor, verifier, storage, ann.id, new)
        path = user.avatar or ""
        looking = asyncio.create_task(known(empty_database, [path, "avatars/nobody.png"]))
        await asyncio.sleep(0.2)
        assert not looking.done()
    assert await looking == {path}


async def known(database: Database, paths: list[str]) -> set[str]:
    """What the sweep is told of these paths."""
    async with unit_of_work(database.sessions) as session:
        return await attachments.known_paths(session, paths)


async def test_the_sweep_at_the_start_leaves_a_picture_whose_process_died_before_it_was_settled(
    empty_database: Database, verifier: PasswordVerifier, settings: Settings
) -> None:
    ann = await make_ann(empty_database)
    dying = LocalFiles(settings.media_dir)
    async with unit_of_work(empty_database.sessions) as session:
        user = await avatars.set_avatar(session, ann.actor, verifier, dying, ann.id, await picture(dying))
        session.info.clear()  # the process dies as soon as it has committed
    await dying.close()
    await prepare(settings, empty_database.engine.url.render_as_string(hide_password=False))
    assert stored(settings.media_dir) == [user.avatar]
