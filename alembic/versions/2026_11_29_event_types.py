"""Index the numbered events by type, for whoever reads only some of them.

Revision: event_types, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_events_type")  # what an interrupted run has left
        op.create_index(
            "ix_events_type",
            "events",
            ["type", "sequence"],
            postgresql_concurrently=True,
            postgresql_where=sa.text("sequence IS NOT NULL"),
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_events_type", "events", postgresql_concurrently=True)
