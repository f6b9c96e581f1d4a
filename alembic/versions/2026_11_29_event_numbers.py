"""Number the events that were written before anything told of them, so that nobody is told of old ones.

Revision: event_numbers, after 0008. In batches, each a transaction of its own; what an interrupted run has left is
numbered by the next.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BATCH = 10_000
_NUMBER = f"""
    WITH newest AS (SELECT coalesce(max(sequence), 0) AS number FROM events),
         batch AS (SELECT id, row_number() OVER (ORDER BY id) AS place
                   FROM (SELECT id FROM events WHERE sequence IS NULL ORDER BY id LIMIT {_BATCH}) first_ones)
    UPDATE events SET sequence = newest.number + batch.place FROM newest, batch WHERE events.id = batch.id
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        while op.get_bind().exec_driver_sql(_NUMBER).rowcount == _BATCH:
            pass


def downgrade() -> None:
    """Numbers may stay: nothing before this reads them."""
