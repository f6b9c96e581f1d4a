"""What can go wrong with the database as a whole."""

from __future__ import annotations


class DatabaseUnavailable(Exception):
    """The database cannot be reached or takes no more connections; worth trying again."""


class ConstraintViolated(Exception):
    """A row cannot be written as things are now, because something it refers to has just changed."""


class SchemaMismatch(Exception):
    """The database's schema is not the one this version of the service works with; the message says what to do."""


class SchemaBusy(Exception):
    """A migration gave up waiting for somebody who uses a table; what it had begun is undone."""
