"""Starts the embedded server's programs: clean environment, given account, a session of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpdesk_api.db.embedded_account import Account

# Nothing of the service's own environment: its secrets stay with it, and the user's locale has no say in the database.
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def spawn(
    arguments: Sequence[str | Path],
    *,
    account: Account | None = None,
    folder: Path | None = None,
    keep: Iterable[int] = (),
    stdin: int = subprocess.DEVNULL,
    errors: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program in `folder`, as `account` if one is given, with the descriptors `keep` and no others.

    Its error output goes to the descriptor `errors`.

    The folder is entered before the account is taken, so it may be one that the account could not reach by its path.
    A session of its own keeps the terminal's Ctrl-C away: the service stops the server, after its last request.
    """
    return subprocess.Popen(  # noqa: S603 (fixed programs, no shell)
        arguments,
        cwd=folder or "/",
        env=CLEAN_ENVIRONMENT,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
        start_new_session=True,
        pass_fds=tuple(keep),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
