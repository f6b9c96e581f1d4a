"""Who is asking, as every service sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user for the length of one request."""

    user_id: int
    username: str
    email: str = ""
    is_staff: bool = False
    is_admin: bool = False
    # HELPDESK_TICKET_VISIBILITY=team: every user reads every support ticket.
    reads_every_ticket: bool = False
    # HELPDESK_USER_QUOTA: bytes the files they send may have together; None for any number.
    quota: int | None = None
    # The token this request came with, so that it can end itself.
    token_id: int | None = None
