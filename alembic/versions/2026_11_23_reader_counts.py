"""Keep count of the tickets that each plain user sees.

Revision: reader_counts, after list_counts. Writers wait while what is there is counted: seconds at a million tickets.

The rows add up. Each user who sees a ticket in person (opener, assignee, followers) has a row under their id with no
address; the requester has one under the address and no id; and one under both takes off what the two have in common. So
a user's tickets are the rows of the id, those of the address they have now, and those of the two together; who changes
their address changes no row. `tickets` counts what `policy.visible_tickets` shows, `own` what `own_tickets` has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNT = "INSERT INTO reader_counts (user_id, email, kind, tickets, own)"
# The rows of one ticket; `followed` is false where nobody can follow it yet. Plain SQL, which PostgreSQL takes into the
# statement that asks.
READERS = """
CREATE FUNCTION ticket_readers(
    ticket_id bigint, kind text, creator_id bigint, assignee_id bigint, submitter_email text, followed boolean
) RETURNS TABLE (user_id bigint, email text, kind text, tickets bigint, own bigint) LANGUAGE sql STABLE AS $$
    SELECT line.user_id, line.email, $2, line.sign, line.sign * people.own
    FROM (SELECT $3 AS id, 1 AS own
          UNION ALL SELECT $4, 0 WHERE $2 = 'support' AND $4 <> $3
          UNION ALL SELECT s.user_id, 0 FROM subscriptions s
                    WHERE $6 AND $2 = 'support' AND s.ticket_id = $1
                      AND s.user_id <> $3 AND s.user_id IS DISTINCT FROM $4) people
    CROSS JOIN LATERAL (VALUES (people.id, '', 1), (people.id, $5, -1)) line (user_id, email, sign)
    WHERE line.sign = 1 OR ($2 = 'support' AND $5 <> '')
    UNION ALL SELECT 0, $5, $2, 1, 1 WHERE $2 = 'support' AND $5 <> ''
$$
"""
_READERS_OF = "ticket_readers({0}.id, {0}.kind, {0}.creator_id, {0}.assignee_id, {0}.submitter_email, {1}) r"
COUNT_READERS = f"""
CREATE FUNCTION count_readers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {_COUNT} SELECT r.user_id, r.email, r.kind, sum(r.tickets), sum(r.own)
        FROM new_tickets n CROSS JOIN LATERAL {_READERS_OF.format("n", "false")} GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        {_COUNT} SELECT r.user_id, r.email, r.kind, -r.tickets, -r.own FROM {_READERS_OF.format("old", "true")};
        RETURN old;
    ELSE
        {_COUNT} SELECT user_id, email, kind, sum(tickets), sum(own)
        FROM (SELECT r.user_id, r.email, r.kind, -r.tickets AS tickets, -r.own AS own
              FROM {_READERS_OF.format("old", "true")}
              UNION ALL SELECT r.* FROM {_READERS_OF.format("new", "true")}) before_and_after
        GROUP BY 1, 2, 3 HAVING sum(tickets) <> 0 OR sum(own) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
# Before looking whether somebody sees the ticket anyway, it is locked: nobody assigns them meanwhile. A ticket that is
# gone has taken its followers off itself.
COUNT_FOLLOWER = f"""
CREATE FUNCTION count_follower() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    follower bigint := CASE TG_OP WHEN 'INSERT' THEN new.user_id ELSE old.user_id END;
    ticket bigint := CASE TG_OP WHEN 'INSERT' THEN new.ticket_id ELSE old.ticket_id END;
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    requester text;
BEGIN
    IF EXISTS (SELECT FROM tickets WHERE id = ticket AND (kind <> 'support' OR creator_id = follower)) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM tickets WHERE id = ticket FOR NO KEY UPDATE;
    SELECT submitter_email INTO requester FROM tickets WHERE id = ticket AND assignee_id IS DISTINCT FROM follower;
    IF found THEN
        {_COUNT} SELECT follower, email, 'support', CASE email WHEN '' THEN sign ELSE -sign END, 0
        FROM (SELECT '' AS email UNION SELECT requester) both_rows;
    END IF;
    RETURN NULL;
END
$$
"""
# Few rows are left of each user and address. What this writes may be folded in turn.
FOLD = f"""
CREATE FUNCTION fold_reader_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < 0.1 THEN
        WITH taken AS (SELECT c.id FROM reader_counts c JOIN (SELECT DISTINCT user_id, email FROM new_counts) n
                       ON c.user_id = n.user_id AND c.email = n.email FOR UPDATE OF c SKIP LOCKED),
             gone AS (DELETE FROM reader_counts c USING taken WHERE c.id = taken.id
                      RETURNING c.user_id, c.email, c.kind, c.tickets, c.own)
        {_COUNT} SELECT user_id, email, kind, sum(tickets), sum(own) FROM gone
        GROUP BY 1, 2, 3 HAVING sum(tickets) <> 0 OR sum(own) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
# Everything anew: for this migration, and for whoever loads tickets with triggers off.
RECOUNT = f"""
CREATE FUNCTION recount_readers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE tickets, subscriptions IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM reader_counts;
    {_COUNT} SELECT r.user_id, r.email, r.kind, sum(r.tickets), sum(r.own)
    FROM tickets t CROSS JOIN LATERAL {_READERS_OF.format("t", "false")} GROUP BY 1, 2, 3;
    {_COUNT} SELECT s.user_id, line.email, 'support', sum(line.sign), 0
    FROM subscriptions s JOIN tickets t ON t.id = s.ticket_id
    CROSS JOIN LATERAL (VALUES ('', 1), (t.submitter_email, -1)) line (email, sign)
    WHERE t.kind = 'support' AND s.user_id <> t.creator_id AND s.user_id IS DISTINCT FROM t.assignee_id
      AND (line.sign = 1 OR line.email <> '')
    GROUP BY 1, 2;
END
$$
"""
TRIGGERS = {
    "count_readers_insert": "AFTER INSERT ON tickets REFERENCING NEW TABLE AS new_tickets FOR EACH STATEMENT",
    # While the ticket still has followers.
    "count_readers_delete": "BEFORE DELETE ON tickets FOR EACH ROW",
    "count_readers_update": "AFTER UPDATE OF creator_id, assignee_id, submitter_email ON tickets FOR EACH ROW"
    " WHEN ((old.creator_id, old.assignee_id, old.submitter_email)"
    " IS DISTINCT FROM (new.creator_id, new.assignee_id, new.submitter_email))",
}


def upgrade() -> None:
    op.execute("LOCK TABLE tickets, subscriptions IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "reader_counts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.Column("own", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_counts")),
    )
    op.create_index("ix_reader_counts_user_id", "reader_counts", ["user_id", "email"])
    for statement in (READERS, COUNT_READERS, COUNT_FOLLOWER, FOLD, RECOUNT):
        op.execute(statement)
    op.execute("SELECT recount_readers()")
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION count_readers()")
    op.execute(
        "CREATE TRIGGER count_follower AFTER INSERT OR DELETE ON subscriptions FOR EACH ROW"
        " EXECUTE FUNCTION count_follower()"
    )
    op.execute(
        "CREATE TRIGGER fold_counts AFTER INSERT ON reader_counts REFERENCING NEW TABLE AS new_counts"
        " FOR EACH STATEMENT EXECUTE FUNCTION fold_reader_counts()"
    )


def downgrade() -> None:
    op.execute("LOCK TABLE tickets, subscriptions IN SHARE ROW EXCLUSIVE MODE")
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON tickets")
    op.execute("DROP TRIGGER count_follower ON subscriptions")
    op.drop_table("reader_counts")
    for name in ("recount_readers()", "fold_reader_counts()", "count_follower()", "count_readers()"):
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP FUNCTION ticket_readers(bigint, text, bigint, bigint, text, boolean)")
