"""The embedded server's files: made whole or not at all, checked, and cleared of what a killed server left."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from helpdesk_api.db.embedded_account import Account, creating_account, give
from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed
from helpdesk_api.db.embedded_log import ServerLog
from helpdesk_api.db.embedded_process import spawn
from helpdesk_api.db.embedded_programs import MAJOR

SOCKET = ".s.PGSQL.5432"
_UNFINISHED = "new-"


def open_home(data_dir: Path) -> Path:
    """The folder `postgres/` in the data folder, made if missing, for the service alone.

    Raises `EmbeddedPostgresFailed` when it belongs to another user or others may write to it.
    """
    home = data_dir / "postgres"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    found = home.stat()
    if found.st_uid != os.geteuid():
        raise EmbeddedPostgresFailed(
            f"{home} belongs to user {found.st_uid} and the service runs as user {os.geteuid()}: start it as that user."
        )
    if found.st_mode & 0o022:
        raise EmbeddedPostgresFailed(f"Other users can write to {home}: run `chmod go-w` on it.")
    return home


def path_for_server(data: Path, account: Account | None) -> str:
    """How the server, which is started inside `data`, names that folder.

    As root, folders above it may be closed to the server's account. A program's own working folder is not reached
    through them, so Linux's name for that needs no right on any of them, and none of them has to be opened.
    """
    return "/proc/self/cwd" if account is not None and sys.platform == "linux" else str(data)


def ensure_cluster(home: Path, programs: Path, account: Account | None, lock: int, log: ServerLog) -> Path:
    """The data folder of the server, created if missing. The caller holds the server lock.

    Raises `EmbeddedPostgresFailed` for data of another PostgreSQL version and `DataFolderInUse` for a server that
    somebody started there by hand.
    """
    data = home / "data"
    for unfinished in home.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished)
    if not data.exists():
        _create(home, programs, lock, log).rename(data)
        _flush_folder(home)
        _flush_folder(home.parent)
    _check_version(data)
    if running_postmaster(data) is not None:
        raise DataFolderInUse(f"Another PostgreSQL server is running on the data folder {data}.")
    _clear(data)
    give(data, account)
    return data


def running_postmaster(data: Path) -> int | None:
    """The process id of a server alive in `data`, as far as the system can tell (Linux only)."""
    number = _first_line(data / "postmaster.pid")
    if not number.isdigit():
        return None
    process = Path("/proc", number)
    try:
        # The file's word alone is not enough: the number may since belong to anyone.
        is_ours = (process / "cwd").samefile(data) and process.stat().st_uid == data.stat().st_uid
    except OSError:
        return None
    return int(number) if is_ours else None


def _create(home: Path, programs: Path, lock: int, log: ServerLog) -> Path:
    """Make a cluster beside its final place: one that was interrupted is never taken for a good one."""
    account = creating_account()
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=home))
    give(unfinished, account)
    options = [
        f"--pgdata={path_for_server(unfinished, account)}",
        "--username=postgres",
        "--encoding=UTF8",
        # Sorts and folds case alike on every system, whatever locales are installed.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        # Who can reach the socket is decided by the folder it is in, which is closed to others.
        "--auth-local=trust",
        "--auth-host=reject",
        "--no-instructions",
    ]
    process = spawn(
        [programs / "initdb", *options], account=account, folder=unfinished, keep=[lock], errors=log.descriptor
    )
    if process.wait() != 0:
        raise EmbeddedPostgresFailed(f"PostgreSQL could not create its data in {home}. {log.ending()}")
    return unfinished


def _check_version(data: Path) -> None:
    version = _first_line(data / "PG_VERSION")
    if version != str(MAJOR):
        written_by = f"by PostgreSQL {version}" if version.isdigit() else "by no PostgreSQL known here"
        raise EmbeddedPostgresFailed(
            f"The data in {data} was written {written_by} and the embedded server is PostgreSQL {MAJOR}: "
            "dump it with the old version and load it into a new data folder."
        )


def _clear(data: Path) -> None:
    """Remove what a killed server left: nobody lives here, and its process id may by now be someone else's."""
    for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
        (data / name).unlink(missing_ok=True)


def _first_line(path: Path) -> str:
    # As root we read a folder of an unprivileged account: follow no link out of it, wait on no pipe.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, 32).decode("ascii", "replace").partition("\n")[0].strip() if is_file else ""
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
