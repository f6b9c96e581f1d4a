"""Every table; importing this package registers them all."""

from helpdesk_api.db.base import Base
from helpdesk_api.models.attachment import Attachment
from helpdesk_api.models.custom_field import CustomField
from helpdesk_api.models.followup import FollowUp
from helpdesk_api.models.history import Event, Revision
from helpdesk_api.models.outbox import Delivery, DeliveryAttempt, PeriodicRun, Webhook
from helpdesk_api.models.queue import Department, Queue
from helpdesk_api.models.rate_limit import RateLimit
from helpdesk_api.models.subscription import Subscription
from helpdesk_api.models.ticket import Ticket
from helpdesk_api.models.ticket_count import ReaderCount, TicketBlock, TicketCount
from helpdesk_api.models.token import Token
from helpdesk_api.models.user import User

__all__ = [
    "Attachment",
    "Base",
    "CustomField",
    "Delivery",
    "DeliveryAttempt",
    "Department",
    "Event",
    "FollowUp",
    "PeriodicRun",
    "Queue",
    "RateLimit",
    "ReaderCount",
    "Revision",
    "Subscription",
    "Ticket",
    "TicketBlock",
    "TicketCount",
    "Token",
    "User",
    "Webhook",
]
