"""Every type of event there is: docs/events.md says what each tells."""

from __future__ import annotations

EVENT_TYPES = frozenset(
    """
    ticket.created ticket.updated ticket.claimed ticket.assigned ticket.released ticket.status_changed ticket.closed
    ticket.reopened ticket.merged ticket.deleted
    followup.created followup.updated followup.deleted
    attachment.created attachment.deleted upload.completed
    subscription.created subscription.deleted
    user.created user.updated
    queue.created queue.updated queue.deleted
    department.created department.updated department.deleted
    custom_field.created custom_field.updated custom_field.deleted
    """.split()
)
