"""Tell who follows a ticket in public from who does only because of a private reply.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever opened the ticket, has or had it, was subscribed by hand or said something in public follows it in public.
_HIDE = """
UPDATE subscriptions s SET public = false
WHERE EXISTS (SELECT FROM followups f WHERE f.ticket_id = s.ticket_id AND f.author_id = s.user_id AND NOT f.public)
  AND NOT EXISTS (SELECT FROM followups f WHERE f.ticket_id = s.ticket_id AND f.author_id = s.user_id AND f.public)
  AND NOT EXISTS (SELECT FROM tickets t WHERE t.id = s.ticket_id AND s.user_id IN (t.creator_id, t.assignee_id))
  AND NOT EXISTS (SELECT FROM events e WHERE e.ticket_id = s.ticket_id AND e.recipient_id = s.user_id
                  AND e.type IN ('ticket.assigned', 'ticket.claimed', 'subscription.created'))
"""


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("public", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.execute(_HIDE)


def downgrade() -> None:
    op.drop_column("subscriptions", "public")
