"""Flicket's API under /flicket-api/. `docs/dialects/flicket.md` lists each deviation with its reason."""

from __future__ import annotations

from helpdesk_api.dialects.flicket.errors import REFUSALS, render_problem
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
    refusals=REFUSALS,
    tags=[
        {"name": "Flicket: tokens", "description": "A token for Basic credentials, and its end."},
        {"name": "Flicket: users", "description": "Users and their pictures."},
        {"name": "Flicket: departments", "description": "Groups of categories."},
        {"name": "Flicket: categories", "description": "Where tickets wait: the queues of the support tickets."},
        {"name": "Flicket: priorities", "description": "low, medium and high."},
        {"name": "Flicket: statuses", "description": "Open, Closed, In Work and Awaiting Information."},
        {"name": "Flicket: tickets", "description": "Support tickets, and what can be done to them."},
        {"name": "Flicket: posts", "description": "Replies to tickets."},
        {"name": "Flicket: subscriptions", "description": "Who follows which ticket."},
        {"name": "Flicket: uploads", "description": "Files of tickets and posts."},
        {
            "name": "Flicket: histories and actions",
            "description": "Texts as they were before an edit, and what people did to tickets.",
        },
    ],
)
