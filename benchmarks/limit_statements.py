"""The limit's SQL: what the answers need, and nothing else."""

from __future__ import annotations

USER = """
    SELECT u.id, u.username, u.first_name, u.last_name, u.email, u.is_staff, u.is_superuser, u.is_active, u.date_joined,
           t.last_used_at
    FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.digest = $1
"""
COUNT = "SELECT count(*) FROM tickets WHERE kind = $1"

_SUPPORT = """
    SELECT id, queue_id, title, description, resolution, submitter_email, assignee_id, status, on_hold, priority,
           due_date, merged_to_id, custom_values
    FROM tickets WHERE kind = 'support'
"""
SUPPORT_PAGE = _SUPPORT + " ORDER BY id LIMIT 25"
SUPPORT_ONE = _SUPPORT + " AND id = $1"
FOLLOWUPS = """
    SELECT ticket_id, id, author_id, title, comment, public, new_status, time_spent, created_at, message_id,
           email_recipients
    FROM followups WHERE ticket_id = ANY($1) ORDER BY id
"""
FILES = """
    SELECT followup_id, id, path, filename, mime_type, size FROM attachments WHERE ticket_id = ANY($1)
    ORDER BY filename, id
"""

FLICKET_PAGE = """
    SELECT id, assignee_id, queue_id, description, created_at, modified_at, modified_by_id, creator_id, status, on_hold,
           priority, title
    FROM tickets WHERE kind = 'support' ORDER BY id LIMIT 50
"""

UPLOAD_PAGE = """
    SELECT t.id, u.username, t.file_limit, t.file_count FROM tickets t JOIN users u ON u.id = t.creator_id
    WHERE t.kind = 'upload' ORDER BY t.id LIMIT 25
"""
UPLOAD_FILES = "SELECT ticket_id, path FROM attachments WHERE ticket_id = ANY($1) ORDER BY id"

# Every row our service writes, in one statement and so in one transaction: the ticket, its opening follow-up, the
# opener's subscription, the event, and the count of what the opener wrote.
CREATE = """
    WITH ticket AS (
        INSERT INTO tickets (kind, creator_id, queue_id, title, description, submitter_email, status, priority)
        VALUES ('support', $1, $2, $3, $4, $5, 1, $6) RETURNING id, created_at
    ), opening AS (
        INSERT INTO followups (ticket_id, author_id, is_opening, title, comment, public, email_recipients)
        SELECT id, $1, true, 'Ticket Opened', $4, true, '[]' FROM ticket RETURNING id
    ), subscribed AS (
        INSERT INTO subscriptions (ticket_id, user_id) SELECT id, $1 FROM ticket
    ), written AS (
        INSERT INTO events (type, actor_id, ticket_id, followup_id, changes, request_id)
        SELECT 'ticket.created', $1, ticket.id, opening.id,
               jsonb_build_object('title', $3::text, 'queue_id', $2::bigint, 'priority', $6::smallint),
               '0123456789abcdef'
        FROM ticket, opening
    ), counted AS (
        UPDATE users SET total_posts = total_posts + 1 WHERE id = $1
    )
    SELECT ticket.id, ticket.created_at, opening.id FROM ticket, opening
"""

# A place of the upload ticket, the file in it, and the event.
UPLOAD = """
    WITH place AS (
        UPDATE tickets SET file_count = file_count + 1
        WHERE id = $1 AND kind = 'upload' AND file_count < file_limit RETURNING id
    ), file AS (
        INSERT INTO attachments (ticket_id, uploader_id, path, filename, mime_type, size, sha256)
        SELECT id, $2, $3, 'benchmark.zip', 'application/zip', $4, decode(repeat('00', 32), 'hex') FROM place
        RETURNING id
    ), written AS (
        INSERT INTO events (type, actor_id, ticket_id, changes, request_id)
        SELECT 'attachment.created', $2, $1,
               jsonb_build_object('file', id, 'size', $4::bigint, 'filename', 'benchmark.zip'), '0123456789abcdef'
        FROM file
    )
    SELECT id FROM file
"""
