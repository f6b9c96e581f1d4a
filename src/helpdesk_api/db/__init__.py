"""PostgreSQL: engine, sessions, pages, migrations and the embedded server."""
