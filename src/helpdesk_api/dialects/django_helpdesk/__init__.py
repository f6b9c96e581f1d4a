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
from helpdesk_api.dialects.drf.errors import render_problem
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
    describe=describe,
)
