"""`backup` and `restore`: everything there is as one archive, and back."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from helpdesk_api.archive import restore as archive_restore
from helpdesk_api.archive.backup import take_backup
from helpdesk_api.archive.manifest import Manifest
from helpdesk_api.archive.reading import verify
from helpdesk_api.cli.environment import load_settings, run, said_in_a_line, stop
from helpdesk_api.db.engine import Database

# Of what is wrong with files, so much is listed.
_LISTED = 20


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, or - for standard output.", allow_dash=True)],
) -> None:
    """Save database and media folder as one archive, from one moment. Safe while the service runs.

    The archive holds passwords' hashes and every file: whoever can read it can read everything.
    """
    settings = load_settings()

    async def take(database: Database, output: BinaryIO) -> Manifest:
        return await take_backup(database, settings.media_dir, output)

    with said_in_a_line(), _new_file(file) as output:
        manifest = run(settings, partial(take, output=output))
    typer.echo(f"Saved {_content(manifest)}.", err=True)
    for problem in manifest.problems[:_LISTED]:
        typer.echo(f"Not as it should be: {problem}", err=True)
    if manifest.problems:
        typer.echo(f"{len(manifest.problems)} files are damaged or missing: see `helpdesk-api doctor`.", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `backup` made.")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether the archive is whole.")] = False,
) -> None:
    """Restore an archive into an empty database and an empty media folder: all of it or nothing.

    An archive of an older version is migrated.
    """
    settings = load_settings()
    with said_in_a_line():
        manifest = verify(file)
        archive_restore.require_restorable(manifest)
    taken = f"{manifest.taken_at:%Y-%m-%d %H:%M} UTC by helpdesk-api {manifest.version}"
    typer.echo(f"The archive is whole: {_content(manifest)}; taken {taken}.")
    if check:
        return

    async def bring_back(database: Database) -> None:
        await archive_restore.restore(database, settings.media_dir, file, manifest)

    run(settings, bring_back, beside=False)
    typer.echo("Restored.")


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """A file that only its owner can read, and that has its name only once it is complete."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists():
        stop(f"{file} is there already.")
    try:
        # Mode 0600, as mkstemp makes it.
        descriptor, unfinished = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        stop(f"{file} cannot be made: {error.strerror}.")
    try:
        with os.fdopen(descriptor, "wb", buffering=1024 * 1024) as output:
            yield output
            output.flush()
            os.fsync(descriptor)
        os.link(unfinished, file)  # unlike a renaming, it never overwrites
    finally:
        with suppress(FileNotFoundError):
            os.unlink(unfinished)


def _content(manifest: Manifest) -> str:
    return (
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables at schema {manifest.revision},"
        f" {manifest.files:,} files of {manifest.file_bytes:,} bytes"
    )
