"""`export-users` and `import-users`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from passlib.hash import bcrypt
from sqlalchemy import select

from clients import basic, client_over
from commands import run_command
from factories import PASSWORD, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Event, User
from helpdesk_api.settings import Settings

# As Flicket hashes: bcrypt.hashpw(password, bcrypt.gensalt()).
FLICKET_HASH = bcrypt.using(rounds=4, ident="2b").hash("old-flicket-password")
BAD_SHAPE = "This is not an object with username, name, email and password, each of them a text."


def entry(username: str, **others: object) -> dict[str, object]:
    """A user as Flicket exports them."""
    return {
        "username": username,
        "name": "Joe Blogs",
        "email": f"{username}@email.com",
        "password": FLICKET_HASH,
        **others,
    }


def written(folder: Path, content: object) -> str:
    """A file with this content as JSON."""
    file = folder / "users.json"
    file.write_text(json.dumps(content))
    return str(file)


async def usernames(database: Database) -> list[str]:
    """Who there is."""
    async with database.read_sessions() as session:
        return list(await session.scalars(select(User.username).order_by(User.id)))


async def test_users_of_a_real_flicket_sign_in_with_their_old_passwords(
    empty_database: Database, settings: Settings, tmp_path: Path
) -> None:
    users = [
        entry("jblogs"),
        entry("Afton_Solomon", name="Afton", extra="ignored"),
        entry("no name", name=None, email=None),
    ]
    result = await run_command(empty_database, "import-users", written(tmp_path, users))
    assert (result.exit_code, result.stdout) == (
        0,
        "1 jblogs: imported.\n2 Afton_Solomon: imported.\n3 no name: imported.\nImported: 3, refused: 0\n",
    )
    async with client_over(settings, empty_database) as client:
        answers = [
            await client.get("/flicket-api/users/", headers=basic(username, "old-flicket-password"))
            for username in ("jblogs", "Afton_Solomon", "no name")
        ]
        wrong = await client.get("/flicket-api/users/", headers=basic("jblogs", "another"))
    assert [answer.json()["items"][0]["name"] for answer in answers] == ["Joe Blogs", "Afton", "no name"]
    assert wrong.status_code == 401
    async with empty_database.read_sessions() as session:
        joe = (await session.scalars(select(User).where(User.username == "jblogs"))).one()
        events = list(await session.scalars(select(Event.type)))
    assert (joe.first_name, joe.last_name, joe.email) == ("Joe", "Blogs", "jblogs@email.com")
    assert (joe.is_staff, joe.is_superuser, joe.is_active) == (False, False, True)
    # Signing in has replaced the old hash.
    assert joe.password_hash.startswith("$bcrypt-sha256$")
    assert events == ["user.created"] * 3


async def test_what_cannot_be_imported_is_reported_and_passed_over(empty_database: Database, tmp_path: Path) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        await make_account(session, "here", email="Here@Email.com")
    users = [
        entry("good"),
        entry("here", email="elsewhere@email.com"),
        entry("good"),
        entry("other", email="HERE@email.com"),
        entry("same", email="GOOD@email.com"),
        "nobody",
        {"username": "half"},
        entry("number", password=5),
        entry("plain", password="secret"),
        entry("a:b"),
        entry(""),
        entry("  "),
        entry("u" * 151),
        entry("null", name="a\0b"),
        entry("long", name="n" * 151, email="e" * 255),
        entry("last", email=""),
    ]
    result = await run_command(empty_database, "import-users", written(tmp_path, users))
    taken = "A user with that username already exists."
    same_address = "Another account has this e-mail address, which decides whose tickets one may read."
    blank = "A user name is not blank, and has neither colons nor control characters."
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "1 good: imported.",
        f"2 here: refused. {taken}",
        f"3 good: refused. {taken} {same_address}",
        f"4 other: refused. {same_address}",
        f"5 same: refused. {same_address}",
        f"6 (no user name): refused. {BAD_SHAPE}",
        f"7 (no user name): refused. {BAD_SHAPE}",
        f"8 (no user name): refused. {BAD_SHAPE}",
        "9 plain: refused. This password is not hashed with bcrypt.",
        f"10 a:b: refused. {blank}",
        f"11 (no user name): refused. {blank}",
        f"12   : refused. {blank}",
        f"13 {'u' * 151}: refused. username: Longer than 150 characters.",
        "14 null: refused. first_name: Null characters are not allowed.",
        "15 long: refused. first_name: Longer than 150 characters. email: Longer than 254 characters.",
        "16 last: imported.",
        "Imported: 2, refused: 14",
    ]
    assert await usernames(empty_database) == ["here", "good", "last"]


async def test_all_or_nothing_imports_nothing_when_one_is_refused(empty_database: Database, tmp_path: Path) -> None:
    users = [entry("good"), entry("bad", password="")]
    result = await run_command(empty_database, "import-users", "--atomic", written(tmp_path, users))
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "1 good: good, but not imported.",
            "2 bad: refused. This password is not hashed with bcrypt.",
            "Imported: 0, refused: 1",
        ],
    )
    assert await usernames(empty_database) == []
    again = await run_command(empty_database, "import-users", "--atomic", written(tmp_path, users[:1]))
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Imported: 1, refused: 0")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{'username': 'jblogs'}", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"username": "jblogs"}', "does not hold a JSON list"),
        (None, "cannot be read: No such file or directory."),
    ],
)
async def test_a_file_that_is_no_export_imports_nothing(
    empty_database: Database, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "users.json"
    if content is not None:
        file.write_bytes(content)
    result = await run_command(empty_database, "import-users", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


async def test_an_export_holds_every_active_account_and_imports_elsewhere(
    empty_database: Database, settings: Settings, tmp_path: Path
) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        ours = await make_account(session, "ours", first_name="Öz", last_name="van Dam", email="o@example.com")
        theirs = await make_account(session, "flicket", is_staff=True)
        theirs.user.password_hash = FLICKET_HASH
        await make_account(session, "gone", is_active=False)
    file = tmp_path / "users.json"
    result = await run_command(empty_database, "export-users", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "Accounts exported: 2",
        "Deactivated accounts left out: 1",
        "Passwords that helpdesk-api reads but Flicket does not: 1 (it reads plain bcrypt only)",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == [
        {"username": "flicket", "name": "flicket", "email": "", "password": FLICKET_HASH},
        {"username": "ours", "name": "Öz van Dam", "email": "o@example.com", "password": ours.user.password_hash},
    ]
    async with unit_of_work(empty_database.sessions) as session:
        for user in await session.scalars(select(User)):
            await session.delete(user)
    back = await run_command(empty_database, "import-users", "--atomic", str(file))
    assert back.exit_code == 0
    async with client_over(settings, empty_database) as client:
        for username, password in (("ours", PASSWORD), ("flicket", "old-flicket-password")):
            answer = await client.post("/flicket-api/tokens", headers=basic(username, password))
            assert answer.status_code == 200


async def test_an_export_goes_to_standard_output_and_overwrites_nothing(
    empty_database: Database, tmp_path: Path
) -> None:
    shown = await run_command(empty_database, "export-users")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "[]\n", "Accounts exported: 0\n")
    file = tmp_path / "users.json"
    file.write_text("mine")
    refused = await run_command(empty_database, "export-users", str(file))
    assert (refused.exit_code, refused.stderr) == (1, f"helpdesk-api: {file} cannot be made: File exists.\n")
    assert file.read_text() == "mine"
