"""What the OpenAPI document, and so /docs and /redoc, tell somebody who has never seen the service."""

from __future__ import annotations

SUMMARY = "One help desk that speaks the documented HTTP APIs of three ticket systems."
DESCRIPTION = """
Whichever of the three a client was written for, it finds the same users, tickets and files here.

| API | for | addresses | its clients sign in with |
|---|---|---|---|
| **Upload tickets** | collecting a given number of files | `/api/tickets/`, `/api/files/` | `Token` |
| **django-helpdesk** | support tickets in queues, with follow-ups | `/api/` | `Basic` |
| **Flicket** | the same support tickets, in Flicket's words | `/flicket-api/` | `Bearer` |

## Sign in

Press *Authorize* on `/docs` and fill in one of the three; each opens everything. A user name and a password are enough
to begin (`Basic`). For a token, send them to `POST /api-token-auth/`, or as Basic credentials to
`POST /flicket-api/tokens`; one token does for both `Token` and `Bearer`.

## A first ticket

**An upload ticket** waits for files: it is `PENDING`, with some of them `IN PROGRESS`, with all `COMPLETED`. Send each
file as a form with `ticket` and `file` to `POST /api/files/`.

    POST /api/tickets/   {"limit": 2}

**A support ticket** waits in a queue for an answer; under `/api/` it is for staff. What is said on it are follow-ups,
which can give it a new status, too: 3 is Resolved.

    POST /api/tickets/   {"queue": 1, "title": "Printer on fire"}
    POST /api/followups/ {"ticket": 2, "comment": "Put out.", "public": true, "new_status": 3}

**In Flicket** it is the same ticket with the same id. Everybody may open one; replies are posts, queues categories.

    POST /flicket-api/tickets
         {"title": "Printer on fire", "content": "Help!", "category_id": 1, "ticket_priority_id": 3}
    POST /flicket-api/posts   {"ticket_id": 2, "content": "Put out."}

## Pages and errors

Lists come in pages: `?page=2&page_size=50` under `/api/`, `?per_page=50` and the page in the path or as `?page=2` under
`/flicket-api/`. Values that are wrong are answered 400, all of them at once. What you may not see is 404, what you may
see but not do 403, and who is not signed in gets 401. A trailing slash is optional everywhere.
""".strip()
