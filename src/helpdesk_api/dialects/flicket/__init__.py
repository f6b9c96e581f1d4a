"""Flicket's API under /flicket-api/. `docs/dialects/flicket.md` lists each deviation with its reason."""

from __future__ import annotations

from helpdesk_api.dialects.flicket.errors import render_problem
from helpdesk_api.dialects.flicket.routers import (
    actions,
    avatars,
    categories,
    department_categories,
    departments,
    histories,
    posts,
    priorities,
    statuses,
    subscriptions,
    ticket_changes,
    tickets,
    tokens,
    uploads,
    users,
    workflow,
)
from helpdesk_api.dialects.wire.dialect import Dialect

FLICKET = Dialect(
    name="flicket",
    prefixes=["/flicket-api", "/flicket", "/flicket_uploads"],
    routers=[
        tokens.router,
        users.router,
        avatars.router,
        departments.router,
        categories.router,
        department_categories.router,
        priorities.router,
        statuses.router,
        tickets.router,
        ticket_changes.router,
        workflow.router,
        posts.router,
        subscriptions.router,
        uploads.router,
        histories.router,
        actions.router,
    ],
    render_problem=render_problem,
)
