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
    heading="Support tickets (Flicket)",
    tags=[
        {
            "name": "Flicket: tokens",
            "description": "A token for Basic credentials, to be sent as `Authorization: Bearer …`, and its end.",
        },
        {
            "name": "Flicket: tickets",
            "description": "The support tickets of `/api/tickets/`, with the same ids, and what can be done to them: "
            "claim, assign, release, close, reopen.",
        },
        {"name": "Flicket: posts", "description": "Replies to tickets; under `/api/` they are follow-ups."},
        {"name": "Flicket: uploads", "description": "Files of tickets and posts."},
        {"name": "Flicket: subscriptions", "description": "Who follows which ticket."},
        {
            "name": "Flicket: histories and actions",
            "description": "Texts as they were before an edit, and what people did to tickets.",
        },
        {"name": "Flicket: categories", "description": "Where tickets wait: the queues under `/api/queues/`."},
        {"name": "Flicket: departments", "description": "Groups of categories."},
        {"name": "Flicket: priorities", "description": "The three there are: low, medium and high."},
        {
            "name": "Flicket: statuses",
            "description": "The four there are: Open, Closed, In Work and Awaiting Information.",
        },
        {"name": "Flicket: users", "description": "The accounts under `/api/users/`, and their pictures."},
    ],
)
