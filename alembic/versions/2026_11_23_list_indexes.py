"""Index what lists of tickets are selected and sorted by, so that a page costs the same however many tickets there are.

Revision: list_indexes, after 0002. The indexes are built CONCURRENTLY: requests are served, and tickets opened, the
while. Each is dropped first where a build was cut short and left an invalid one, so that the migration can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IS_OPEN = "kind = 'support' AND status IN (1, 2)"
# What people are filtered by comes with what else is asked of them, so that their tickets need not be looked at.
_WITH = "INCLUDE (kind, status, priority, created_at)"
# Each with `kind` in it where lists of one kind ask for it, so that a page's ids come from the index alone.
NEW = {
    "ix_tickets_creator_id": "tickets (creator_id, kind, id)",
    "ix_tickets_queue_id": "tickets (queue_id, id) INCLUDE (kind, status)",
    "ix_tickets_assignee_id": f"tickets (assignee_id, id) {_WITH} WHERE assignee_id IS NOT NULL",
    "ix_tickets_submitter_email": f"tickets (submitter_email, id) {_WITH} WHERE submitter_email <> ''",
    "ix_tickets_created_at": "tickets (created_at, id) INCLUDE (kind)",
    "ix_tickets_priority": "tickets (priority, id) WHERE kind = 'support'",
    "ix_tickets_on_hold": "tickets (id) WHERE kind = 'support' AND on_hold",
    # One for each stage; every ticket stands in one of them, so that they cost a new ticket as much as one index.
    "ix_tickets_stage_open": f"tickets (id) WHERE {_IS_OPEN} AND NOT on_hold AND assignee_id IS NULL",
    "ix_tickets_stage_closed": "tickets (id) WHERE kind = 'support' AND status IN (3, 4, 5)",
    "ix_tickets_stage_in_work": f"tickets (id) WHERE {_IS_OPEN} AND NOT on_hold AND assignee_id IS NOT NULL",
    "ix_tickets_stage_awaiting": f"tickets (id) WHERE {_IS_OPEN} AND on_hold",
    "ix_tickets_pending": "tickets (id) WHERE kind = 'upload' AND file_count = 0",
    "ix_tickets_in_progress": "tickets (id) WHERE kind = 'upload' AND file_count > 0 AND file_count < file_limit",
    "ix_tickets_completed": "tickets (id) WHERE kind = 'upload' AND file_count = file_limit",
    "ix_subscriptions_user_id": "subscriptions (user_id, ticket_id)",
    # An opening repeats what the ticket's own index has.
    "ix_followups_search": "followups USING gin (search) WHERE NOT is_opening",
}
OLD = {
    "ix_tickets_creator_id": "tickets (creator_id, id)",
    "ix_tickets_queue_id": "tickets (queue_id, id)",
    "ix_tickets_assignee_id": "tickets (assignee_id, id) WHERE assignee_id IS NOT NULL",
    "ix_tickets_submitter_email": "tickets (submitter_email, id) WHERE submitter_email <> ''",
    "ix_tickets_created_at": "tickets (created_at)",
    "ix_subscriptions_user_id": "subscriptions (user_id)",
    "ix_followups_search": "followups USING gin (search)",
}


def upgrade() -> None:
    _replace(OLD, NEW)


def downgrade() -> None:
    _replace(NEW, OLD)


def _replace(gone: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Build beside what is there, then swap: no list is without an index at any time."""
    with op.get_context().autocommit_block():
        for name, definition in wanted.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_new")
            op.execute(f"CREATE INDEX CONCURRENTLY {name}_new ON {definition}")
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"ALTER INDEX {name}_new RENAME TO {name}")
        for name in gone.keys() - wanted.keys():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
