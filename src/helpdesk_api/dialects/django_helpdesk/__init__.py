"""django-helpdesk's API under /api/. `docs/dialects/django-helpdesk.md` lists each deviation with its reason."""

from __future__ import annotations

from helpdesk_api.dialects.django_helpdesk.routers import (
    attachments,
    custom_fields,
    followups,
    queues,
    user_tickets,
    users,
)
from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.wire.dialect import Dialect

DJANGO_HELPDESK = Dialect(
    name="django-helpdesk",
    prefixes=["/api"],
    routers=[
        followups.router,
        attachments.router,
        user_tickets.router,
        users.router,
        queues.router,
        custom_fields.router,
    ],
    render_problem=render_problem,
    refusals=REFUSALS,
    heading="Support tickets (django-helpdesk)",
    tags=[
        {
            "name": "Support tickets: follow-ups",
            "description": "What was said and done on a support ticket; a follow-up can also give it a new status.",
        },
        {"name": "Support tickets: attachments", "description": "Files that came with follow-ups."},
        {
            "name": "Support tickets: one's own",
            "description": "The support tickets of whoever is asking, newest first.",
        },
        {"name": "Users", "description": "Accounts: made by staff, given roles by admins."},
        {"name": "Queues", "description": "Where support tickets wait; Flicket calls them categories."},
        {
            "name": "Custom fields",
            "description": "Further fields of support tickets, sent and shown as `custom_<name>`.",
        },
    ],
    describe=describe,
    only_for={"support": [followups.router, attachments.router, user_tickets.router]},
)
