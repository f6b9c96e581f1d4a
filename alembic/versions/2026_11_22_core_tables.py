"""core tables.

Revision: 0001, after
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("help_text", sa.Text(), server_default="", nullable=False),
        sa.Column("data_type", sa.String(length=20), nullable=False),
        sa.Column("max_length", sa.BigInteger(), nullable=True),
        sa.Column("decimal_places", sa.SmallInteger(), nullable=True),
        sa.Column("empty_selection_list", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("list_values", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("ordering", sa.BigInteger(), nullable=True),
        sa.Column("required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("staff_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "data_type IN ('varchar', 'text', 'integer', 'decimal', 'list', 'boolean', 'date', 'time', 'datetime',"
            " 'email', 'url', 'ipaddress', 'slug')",
            name=op.f("ck_custom_fields_data_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("name", name=op.f("uq_custom_fields_name")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("name", name=op.f("uq_departments_name")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("followup_id", sa.BigInteger(), nullable=True),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("sequence", name=op.f("uq_events_sequence")),
    )
    op.create_index("ix_events_ticket_id", "events", ["ticket_id", "id"], unique=False)
    op.create_index(
        "ix_events_unnumbered", "events", ["id"], unique=False, postgresql_where=sa.text("sequence IS NULL")
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(length=150), nullable=False),
        sa.Column("first_name", sa.String(length=150), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=150), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_superuser", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("job_title", sa.String(length=64), nullable=True),
        sa.Column("avatar", sa.String(length=300), nullable=True),
        sa.Column("total_posts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_assigned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("date_joined", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("avatar", name=op.f("uq_users_avatar")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(op.f("ix_users_email"), "users", ["email"], unique=False)
    op.create_table(
        "queues",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("email_address", sa.String(length=254), server_default="", nullable=False),
        sa.Column("default_assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["default_assignee_id"], ["users.id"], name=op.f("fk_queues_default_assignee_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_queues_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
        sa.UniqueConstraint("department_id", "title", name=op.f("uq_queues_department_id_title")),
        sa.UniqueConstraint("slug", name=op.f("uq_queues_slug")),
    )
    op.create_index(op.f("ix_queues_default_assignee_id"), "queues", ["default_assignee_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("creator_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("file_limit", sa.BigInteger(), nullable=True),
        sa.Column("file_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("submitter_email", sa.String(length=254), nullable=True),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("on_hold", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=True),
        sa.Column("due_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_to_id", sa.BigInteger(), nullable=True),
        sa.Column("custom_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reply_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple', left(coalesce(title, '') || ' ' || coalesce(description, ''), 200000))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind <> 'support' OR (queue_id IS NOT NULL AND title IS NOT NULL AND description IS NOT NULL"
            " AND submitter_email IS NOT NULL AND status BETWEEN 1 AND 5 AND priority BETWEEN 1 AND 5)",
            name=op.f("ck_tickets_support_fields"),
        ),
        sa.CheckConstraint(
            "kind <> 'upload' OR (file_limit >= 1 AND file_count BETWEEN 0 AND file_limit)",
            name=op.f("ck_tickets_upload_places"),
        ),
        sa.CheckConstraint("kind IN ('upload', 'support')", name=op.f("ck_tickets_kind")),
        sa.CheckConstraint("merged_to_id <> id", name=op.f("ck_tickets_not_merged_into_itself")),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_tickets_assignee_id_users")),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f("fk_tickets_creator_id_users")),
        sa.ForeignKeyConstraint(
            ["merged_to_id"], ["tickets.id"], name=op.f("fk_tickets_merged_to_id_tickets"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["modified_by_id"], ["users.id"], name=op.f("fk_tickets_modified_by_id_users")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_tickets_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index(
        "ix_tickets_assignee_id",
        "tickets",
        ["assignee_id", "id"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index("ix_tickets_created_at", "tickets", ["created_at"], unique=False)
    op.create_index("ix_tickets_creator_id", "tickets", ["creator_id", "id"], unique=False)
    op.create_index(
        "ix_tickets_custom_values",
        "tickets",
        ["custom_values"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"custom_values": "jsonb_path_ops"},
    )
    op.create_index("ix_tickets_kind", "tickets", ["kind", "id"], unique=False)
    op.create_index(
        "ix_tickets_merged_to_id",
        "tickets",
        ["merged_to_id"],
        unique=False,
        postgresql_where=sa.text("merged_to_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_tickets_modified_by_id"), "tickets", ["modified_by_id"], unique=False)
    op.create_index("ix_tickets_queue_id", "tickets", ["queue_id", "id"], unique=False)
    op.create_index("ix_tickets_search", "tickets", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_tickets_status", "tickets", ["status", "id"], unique=False, postgresql_where=sa.text("kind = 'support'")
    )
    op.create_index(
        "ix_tickets_submitter_email",
        "tickets",
        ["submitter_email", "id"],
        unique=False,
        postgresql_where=sa.text("submitter_email <> ''"),
    )
    op.create_table(
        "followups",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("is_opening", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("new_status", sa.SmallInteger(), nullable=True),
        sa.Column("time_spent", sa.Interval(), nullable=True),
        sa.Column("message_id", sa.String(length=256), nullable=True),
        sa.Column("email_recipients", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', left(comment, 200000))", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("new_status BETWEEN 1 AND 5", name=op.f("ck_followups_new_status")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_followups_author_id_users")),
        sa.ForeignKeyConstraint(["modified_by_id"], ["users.id"], name=op.f("fk_followups_modified_by_id_users")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_followups_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followups")),
    )
    op.create_index("ix_followups_author_id", "followups", ["author_id", "id"], unique=False)
    op.create_index(op.f("ix_followups_modified_by_id"), "followups", ["modified_by_id"], unique=False)
    op.create_index("ix_followups_search", "followups", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_followups_ticket_id", "followups", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_followups_opening", "followups", ["ticket_id"], unique=True, postgresql_where=sa.text("is_opening")
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_subscriptions_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_subscriptions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("ticket_id", "user_id", name=op.f("uq_subscriptions_ticket_id_user_id")),
    )
    op.create_index(op.f("ix_subscriptions_user_id"), "subscriptions", ["user_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("followup_id", sa.BigInteger(), nullable=True),
        sa.Column("uploader_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=True),
        sa.Column("filename", sa.String(length=1000), nullable=False),
        sa.Column("mime_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["followup_id"], ["followups.id"], name=op.f("fk_attachments_followup_id_followups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_attachments_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["uploader_id"], ["users.id"], name=op.f("fk_attachments_uploader_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("path", name=op.f("uq_attachments_path")),
        sa.UniqueConstraint("short_name", name=op.f("uq_attachments_short_name")),
    )
    op.create_index("ix_attachments_filename", "attachments", ["filename", "id"], unique=False)
    op.create_index(
        "ix_attachments_followup_id",
        "attachments",
        ["followup_id"],
        unique=False,
        postgresql_where=sa.text("followup_id IS NOT NULL"),
    )
    op.create_index("ix_attachments_ticket_id", "attachments", ["ticket_id", "id"], unique=False)
    op.create_index("ix_attachments_uploader_id", "attachments", ["uploader_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("followup_id", sa.BigInteger(), nullable=True),
        sa.Column("editor_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["users.id"], name=op.f("fk_revisions_editor_id_users")),
        sa.ForeignKeyConstraint(
            ["followup_id"], ["followups.id"], name=op.f("fk_revisions_followup_id_followups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_revisions_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_editor_id"), "revisions", ["editor_id"], unique=False)
    op.create_index(
        "ix_revisions_followup_id",
        "revisions",
        ["followup_id", "id"],
        unique=False,
        postgresql_where=sa.text("followup_id IS NOT NULL"),
    )
    op.create_index("ix_revisions_ticket_id", "revisions", ["ticket_id", "id"], unique=False)
    # Something to start with: a department and a queue.
    op.execute("INSERT INTO departments (name) VALUES ('General')")
    op.execute("INSERT INTO queues (department_id, title, slug) SELECT id, 'Support', 'support' FROM departments")


def downgrade() -> None:
    op.drop_index("ix_revisions_ticket_id", table_name="revisions")
    op.drop_index(
        "ix_revisions_followup_id", table_name="revisions", postgresql_where=sa.text("followup_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_revisions_editor_id"), table_name="revisions")
    op.drop_table("revisions")
    op.drop_index("ix_attachments_uploader_id", table_name="attachments")
    op.drop_index("ix_attachments_ticket_id", table_name="attachments")
    op.drop_index(
        "ix_attachments_followup_id", table_name="attachments", postgresql_where=sa.text("followup_id IS NOT NULL")
    )
    op.drop_index("ix_attachments_filename", table_name="attachments")
    op.drop_table("attachments")
    op.drop_index(op.f("ix_subscriptions_user_id"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index("uq_followups_opening", table_name="followups", postgresql_where=sa.text("is_opening"))
    op.drop_index("ix_followups_ticket_id", table_name="followups")
    op.drop_index("ix_followups_search", table_name="followups", postgresql_using="gin")
    op.drop_index(op.f("ix_followups_modified_by_id"), table_name="followups")
    op.drop_index("ix_followups_author_id", table_name="followups")
    op.drop_table("followups")
    op.drop_index("ix_tickets_submitter_email", table_name="tickets", postgresql_where=sa.text("submitter_email <> ''"))
    op.drop_index("ix_tickets_status", table_name="tickets", postgresql_where=sa.text("kind = 'support'"))
    op.drop_index("ix_tickets_search", table_name="tickets", postgresql_using="gin")
    op.drop_index("ix_tickets_queue_id", table_name="tickets")
    op.drop_index(op.f("ix_tickets_modified_by_id"), table_name="tickets")
    op.drop_index("ix_tickets_merged_to_id", table_name="tickets", postgresql_where=sa.text("merged_to_id IS NOT NULL"))
    op.drop_index("ix_tickets_kind", table_name="tickets")
    op.drop_index(
        "ix_tickets_custom_values",
        table_name="tickets",
        postgresql_using="gin",
        postgresql_ops={"custom_values": "jsonb_path_ops"},
    )
    op.drop_index("ix_tickets_creator_id", table_name="tickets")
    op.drop_index("ix_tickets_created_at", table_name="tickets")
    op.drop_index("ix_tickets_assignee_id", table_name="tickets", postgresql_where=sa.text("assignee_id IS NOT NULL"))
    op.drop_table("tickets")
    op.drop_index(op.f("ix_tokens_user_id"), table_name="tokens")
    op.drop_table("tokens")
    op.drop_index(op.f("ix_queues_default_assignee_id"), table_name="queues")
    op.drop_table("queues")
    op.drop_index(op.f("ix_users_email"), table_name="users")
    op.drop_table("users")
    op.drop_index("ix_events_unnumbered", table_name="events", postgresql_where=sa.text("sequence IS NULL"))
    op.drop_index("ix_events_ticket_id", table_name="events")
    op.drop_table("events")
    op.drop_table("departments")
    op.drop_table("custom_fields")
