"""Keep count of the tickets, so that no list has to count them.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# One row per statement and group. Now and then a statement also folds the rows that nobody else is folding right now;
# under MVCC every reader sees either the many rows or the one, so the sum is exact at any time.
COUNT_FUNCTION = """
CREATE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO ticket_counts (kind, queue_id, status, tickets)
        SELECT kind, coalesce(queue_id, 0), coalesce(status, 0), count(*) FROM new_tickets GROUP BY 1, 2, 3;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO ticket_counts (kind, queue_id, status, tickets)
        SELECT kind, coalesce(queue_id, 0), coalesce(status, 0), -count(*) FROM old_tickets GROUP BY 1, 2, 3;
    END IF;
    IF random() < 0.005 THEN
        WITH taken AS (SELECT id FROM ticket_counts FOR UPDATE SKIP LOCKED),
             gone AS (DELETE FROM ticket_counts c USING taken WHERE c.id = taken.id
                      RETURNING c.kind, c.queue_id, c.status, c.tickets)
        INSERT INTO ticket_counts (kind, queue_id, status, tickets)
        SELECT kind, queue_id, status, sum(tickets) FROM gone GROUP BY 1, 2, 3 HAVING sum(tickets) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGERS = {
    "INSERT": "REFERENCING NEW TABLE AS new_tickets",
    "DELETE": "REFERENCING OLD TABLE AS old_tickets",
}


def upgrade() -> None:
    op.create_table(
        "ticket_counts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_counts")),
    )
    op.execute(COUNT_FUNCTION)
    for event, tables in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER count_{event.lower()} AFTER {event} ON tickets {tables}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_tickets()"
        )
    # A trigger with transition tables cannot be limited to columns: most updates of a ticket change neither queue nor
    # status, so updates are counted row by row, and only where one of the two changes.
    op.execute(
        """
        CREATE FUNCTION recount_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO ticket_counts (kind, queue_id, status, tickets)
            VALUES (old.kind, coalesce(old.queue_id, 0), coalesce(old.status, 0), -1),
                   (new.kind, coalesce(new.queue_id, 0), coalesce(new.status, 0), 1);
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER count_update AFTER UPDATE OF kind, queue_id, status ON tickets FOR EACH ROW"
        " WHEN ((old.kind, old.queue_id, old.status) IS DISTINCT FROM (new.kind, new.queue_id, new.status))"
        " EXECUTE FUNCTION recount_ticket()"
    )
    op.execute(
        "INSERT INTO ticket_counts (kind, queue_id, status, tickets)"
        " SELECT kind, coalesce(queue_id, 0), coalesce(status, 0), count(*) FROM tickets GROUP BY 1, 2, 3"
    )


def downgrade() -> None:
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER count_{event} ON tickets")
    op.execute("DROP FUNCTION recount_ticket()")
    op.execute("DROP FUNCTION count_tickets()")
    op.drop_table("ticket_counts")
