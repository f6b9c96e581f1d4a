"""Keep count of tickets by stage too, and by blocks of ids.

Revision: list_counts, after list_indexes. Writers wait while what is there is counted: seconds at a million tickets.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The rule of `stages.stage_of`; for an upload ticket how far it is: 1 pending, 2 in progress, 3 completed.
STAGE = """
CREATE FUNCTION ticket_stage(
    kind text, status smallint, on_hold boolean, assignee_id bigint, file_count bigint, file_limit bigint
) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN kind = 'upload'
                 THEN CASE WHEN file_count = 0 THEN 1 WHEN file_count < file_limit THEN 2 ELSE 3 END
                 WHEN status IN (3, 4, 5) THEN 2
                 WHEN on_hold THEN 4
                 WHEN assignee_id IS NULL THEN 1
                 ELSE 3 END)::smallint
$$
"""
# {0} is the ticket: a table's alias, `old` or `new`.
_KEY = (
    "{0}.kind, coalesce({0}.queue_id, 0), coalesce({0}.status, 0),"
    " ticket_stage({0}.kind, {0}.status, {0}.on_hold, {0}.assignee_id, {0}.file_count, {0}.file_limit)"
)
_COUNT = "INSERT INTO ticket_counts (kind, queue_id, status, stage, tickets)"
# A block has 1024 ids: `listing.BLOCK_BITS`.
_COUNT_BLOCK = "INSERT INTO ticket_blocks (kind, block, tickets)"

# One row per statement and group. Now and then a statement also folds the rows that nobody else is folding right now;
# under MVCC every reader sees either the many rows or the one, so the sum is exact at any time.
COUNT_TICKETS = f"""
CREATE OR REPLACE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {_COUNT} SELECT {_KEY.format("n")}, count(*) FROM new_tickets n GROUP BY 1, 2, 3, 4;
        {_COUNT_BLOCK} SELECT kind, id >> 10, count(*) FROM new_tickets GROUP BY 1, 2;
    ELSE
        {_COUNT} SELECT {_KEY.format("o")}, -count(*) FROM old_tickets o GROUP BY 1, 2, 3, 4;
        {_COUNT_BLOCK} SELECT kind, id >> 10, -count(*) FROM old_tickets GROUP BY 1, 2;
    END IF;
    IF random() < 0.005 THEN
        PERFORM fold_ticket_counts();
    END IF;
    RETURN NULL;
END
$$
"""
FOLD = f"""
CREATE FUNCTION fold_ticket_counts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH taken AS (SELECT id FROM ticket_counts FOR UPDATE SKIP LOCKED),
         gone AS (DELETE FROM ticket_counts c USING taken WHERE c.id = taken.id
                  RETURNING c.kind, c.queue_id, c.status, c.stage, c.tickets)
    {_COUNT} SELECT kind, queue_id, status, stage, sum(tickets) FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(tickets) <> 0;
    -- Most blocks are old and have one row already.
    WITH many AS (SELECT kind, block FROM ticket_blocks GROUP BY 1, 2 HAVING count(*) > 1),
         taken AS (SELECT b.id FROM ticket_blocks b JOIN many USING (kind, block) FOR UPDATE OF b SKIP LOCKED),
         gone AS (DELETE FROM ticket_blocks b USING taken WHERE b.id = taken.id RETURNING b.kind, b.block, b.tickets)
    {_COUNT_BLOCK} SELECT kind, block, sum(tickets) FROM gone GROUP BY 1, 2 HAVING sum(tickets) <> 0;
END
$$
"""
# Most updates of a ticket change nothing of this, so updates are counted row by row, and only where one does. A ticket
# keeps its kind and its id.
RECOUNT_TICKET = f"""
CREATE OR REPLACE FUNCTION recount_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_COUNT} VALUES ({_KEY.format("old")}, -1), ({_KEY.format("new")}, 1);
    RETURN NULL;
END
$$
"""
COUNT_UPDATE = f"""
CREATE TRIGGER count_update
AFTER UPDATE OF queue_id, status, on_hold, assignee_id, file_count, file_limit ON tickets FOR EACH ROW
WHEN (({_KEY.format("old")}) IS DISTINCT FROM ({_KEY.format("new")})) EXECUTE FUNCTION recount_ticket()
"""
# Everything anew: for this migration, and for whoever loads tickets with triggers off.
RECOUNT_TICKETS = f"""
CREATE FUNCTION recount_tickets() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE tickets IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM ticket_counts;
    DELETE FROM ticket_blocks;
    {_COUNT} SELECT {_KEY.format("t")}, count(*) FROM tickets t GROUP BY 1, 2, 3, 4;
    {_COUNT_BLOCK} SELECT kind, id >> 10, count(*) FROM tickets GROUP BY 1, 2;
END
$$
"""


def upgrade() -> None:
    op.execute("LOCK TABLE tickets IN SHARE ROW EXCLUSIVE MODE")
    op.add_column("ticket_counts", sa.Column("stage", sa.SmallInteger(), server_default="0", nullable=False))
    op.alter_column("ticket_counts", "stage", server_default=None)
    op.create_table(
        "ticket_blocks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_blocks")),
    )
    op.execute("DROP TRIGGER count_update ON tickets")
    for statement in (STAGE, FOLD, COUNT_TICKETS, RECOUNT_TICKET, COUNT_UPDATE, RECOUNT_TICKETS):
        op.execute(statement)
    op.execute("SELECT recount_tickets()")


# As migration 0002 has them.
OLD_COUNT_TICKETS = """
CREATE OR REPLACE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
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
OLD_RECOUNT_TICKET = """
CREATE OR REPLACE FUNCTION recount_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_counts (kind, queue_id, status, tickets)
    VALUES (old.kind, coalesce(old.queue_id, 0), coalesce(old.status, 0), -1),
           (new.kind, coalesce(new.queue_id, 0), coalesce(new.status, 0), 1);
    RETURN NULL;
END
$$
"""


def downgrade() -> None:
    op.execute("LOCK TABLE tickets IN SHARE ROW EXCLUSIVE MODE")
    op.execute("DROP TRIGGER count_update ON tickets")
    op.execute("DROP FUNCTION recount_tickets()")
    op.execute(OLD_COUNT_TICKETS)
    op.execute(OLD_RECOUNT_TICKET)
    op.execute(
        "CREATE TRIGGER count_update AFTER UPDATE OF kind, queue_id, status ON tickets FOR EACH ROW"
        " WHEN ((old.kind, old.queue_id, old.status) IS DISTINCT FROM (new.kind, new.queue_id, new.status))"
        " EXECUTE FUNCTION recount_ticket()"
    )
    op.execute("DROP FUNCTION fold_ticket_counts()")
    op.execute("DROP FUNCTION ticket_stage(text, smallint, boolean, bigint, bigint, bigint)")
    op.drop_table("ticket_blocks")
    op.drop_column("ticket_counts", "stage")
