"""Which account the embedded server runs as when the service runs as root."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from helpdesk_api.db.embedded_errors import EmbeddedPostgresFailed

# PostgreSQL refuses to run as root. `nobody` is shared with other daemons, which could then read and stop the database,
# and making an account changes the system. A bare number needs no account: these lie in the gap that systemd's list of
# user ids calls unused, and below 65536, so that they also exist inside a container with a user namespace.
_UNUSED_IDS = range(60_900, 61_184)


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its group, by number."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The account for the server: None (the service's own) unless the service is root."""
    if os.geteuid() != 0:
        return None
    free = next((number for number in _UNUSED_IDS if not _is_taken(number)), None)
    if free is None:
        raise EmbeddedPostgresFailed("No unused user id is left for the embedded PostgreSQL.")
    return Account(free, free)


def creating_account() -> Account | None:
    """The account for `initdb`, which insists on one that has a name: `nobody`, for the half second it runs.

    Raises `EmbeddedPostgresFailed` when the service is root and the system knows no `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresFailed(
            "As root the embedded PostgreSQL needs the account `nobody` to create its data, and there is none here: "
            "start the service as an ordinary user, or set HELPDESK_DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def give(folder: Path, account: Account | None) -> None:
    """Make `account` the owner of a folder of ours and all in it, unless it is already."""
    if account is None or folder.stat().st_uid == account.uid:
        return
    for path, _folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.chown(os.path.join(path, name), account.uid, account.gid, follow_symlinks=False)
        # The top folder comes last: an interrupted change is taken up again at the next start.
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _is_taken(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        pass
    else:
        return True
    try:
        grp.getgrgid(number)
    except KeyError:
        return False
    return True
