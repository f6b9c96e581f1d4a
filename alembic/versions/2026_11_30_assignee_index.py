"""Keep who opened a ticket in the index by assignee, so that what concerns somebody is counted without the tickets.

Revision: assignee_index, after 0010. Tickets that nobody is assigned to are not in it.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME = "ix_tickets_assignee_id"
_INDEX = "tickets (assignee_id, id) INCLUDE ({0}) WHERE assignee_id IS NOT NULL"
_BEFORE = "kind, status, priority, created_at"


def upgrade() -> None:
    _replace(_INDEX.format(f"{_BEFORE}, creator_id"))


def downgrade() -> None:
    _replace(_INDEX.format(_BEFORE))


def _replace(definition: str) -> None:
    """Build beside what is there, then swap: no list is without an index at any time."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}_new")  # what an interrupted run has left
        op.execute(f"CREATE INDEX CONCURRENTLY {_NAME}_new ON {definition}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")
        op.execute(f"ALTER INDEX {_NAME}_new RENAME TO {_NAME}")
