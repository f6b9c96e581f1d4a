"""What can go wrong with the database as a whole."""

from __future__ import annotations


class DatabaseUnavailable(Exception):
    """The database cannot be reached or takes no more connections; worth trying again."""
