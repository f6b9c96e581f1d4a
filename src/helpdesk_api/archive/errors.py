"""What can go wrong with backups; each message is for people."""

from __future__ import annotations


class ArchiveError(Exception):
    """A backup that cannot be taken or brought back."""


class ArchiveDamaged(ArchiveError):
    """The file is no archive of ours, or not the one that was written."""


class NotEmpty(ArchiveError):
    """There is something already where an archive was to be restored."""


class ArchiveTooNew(ArchiveError):
    """The archive is from a newer version of the service."""
