"""What can go wrong in the file storage beyond an ordinary OSError."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFull(OSError):
    """The disk, a quota or the largest file the system allows leaves no room for an upload."""


class FileRefused(Exception):
    """What a file holds keeps it out: it was discarded. The message is meant for whoever sent it."""


class TooLargeToScan(FileRefused):
    """The virus scanner takes no file of this size, and what it has not seen is not kept."""


class ScannerUnavailable(Exception):
    """The virus scanner gave no verdict; trying again may help. The message is for the log."""


@contextmanager
def reporting_a_full_disk() -> Iterator[None]:
    """Raise the errors that mean "no room" as StorageFull, all others as they are."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(error.errno, error.strerror) from error
        raise
