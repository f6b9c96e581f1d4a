"""`export-users` and `import-users`: accounts as JSON, from here to another installation or from a Flicket to here."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, require_schema, run, stop
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.users.transfer import (
    AccountRecord,
    ImportRefused,
    Outcome,
    export_accounts,
    import_accounts,
)

FLICKET_HASHES = ("$2a$", "$2b$", "$2y$")


def export_users(
    file: Annotated[Path | None, typer.Argument(help="A new file to write; standard output when left out.")] = None,
) -> None:
    """Write every active account as JSON: user name, name, e-mail address and hashed password.

    Roles and deactivated accounts do not travel. Flicket reads plain bcrypt only; other passwords are counted.
    """
    records, left_out = run(load_settings(), _export)
    content = json.dumps([asdict(record) for record in records], indent=2, ensure_ascii=False) + "\n"
    if file is None:
        typer.echo(content, nl=False)
    else:
        _write_new(file, content)
    _report_export(records, left_out)


async def _export(database: Database) -> tuple[list[AccountRecord], int]:
    await require_schema(database)
    session = database.read_sessions()
    return await export_accounts(session)


def _write_new(file: Path, content: str) -> None:
    """Write a file only its owner can read: it holds password hashes."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        stop(f"{file} cannot be made: {error.strerror}.")
    with open(descriptor, "w", encoding="utf-8") as output:
        output.write(content)


def _report_export(records: Sequence[AccountRecord], left_out: int) -> None:
    typer.echo(f"Accounts exported: {len(records)}", err=True)
    if left_out:
        typer.echo(f"Deactivated accounts left out: {left_out}", err=True)
    unreadable = sum(not record.password.startswith(FLICKET_HASHES) for record in records)
    if unreadable:
        typer.echo(
            f"Passwords that helpdesk-api reads but Flicket does not: {unreadable} (it reads plain bcrypt only)",
            err=True,
        )


def import_users(
    file: Annotated[Path, typer.Argument(help="A JSON list of objects with username, name, email and password.")],
    atomic: Annotated[bool, typer.Option("--atomic", help="Import all of them or none.")] = False,
) -> None:
    """Make accounts of an export, of this program or of Flicket; the old passwords go on working.

    Each entry is checked and reported; those that cannot be taken are passed over, and the command ends with 1.
    """
    entries = _read(file)

    async def take(database: Database) -> Sequence[Outcome]:
        await require_schema(database)
        try:
            async with unit_of_work(database.sessions) as session:
                return await import_accounts(session, entries, atomic=atomic)
        except ImportRefused as refusal:
            return refusal.outcomes

    outcomes = run(load_settings(), take)
    refused = sum(bool(outcome.problems) for outcome in outcomes)
    imported = 0 if atomic and refused else len(outcomes) - refused
    for outcome in outcomes:
        typer.echo(_line(outcome, imported=bool(imported)))
    typer.echo(f"Imported: {imported}, refused: {refused}")
    if refused:
        raise typer.Exit(1)


def _read(file: Path) -> list[object]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}.")
    except (ValueError, RecursionError) as error:
        stop(f"{file} is not JSON: {error}.")
    if not isinstance(entries, list):
        stop(f"{file} does not hold a JSON list.")
    return entries


def _line(outcome: Outcome, *, imported: bool) -> str:
    name = outcome.username.encode(errors="replace").decode() or "(no user name)"
    if outcome.problems:
        return f"{outcome.number} {name}: refused. {' '.join(outcome.problems)}"
    return f"{outcome.number} {name}: {'imported' if imported else 'good, but not imported'}."
