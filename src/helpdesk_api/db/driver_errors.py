"""What asyncpg raises when the database is away: one list for whoever talks to it past SQLAlchemy."""

from __future__ import annotations

import asyncpg

# A connection was cut.
CUT = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used between the server's last word and the end of the connection
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
# So it was, or the server is away or refuses.
AWAY = (
    *CUT,
    OSError,
    TimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # The database is closed to everybody, or not there (yet).
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCatalogNameError,
    # It lost against another one; trying again helps.
    asyncpg.TransactionRollbackError,
)
