"""Backups: database and media folder as one archive, taken while the service runs, and brought back from it."""
