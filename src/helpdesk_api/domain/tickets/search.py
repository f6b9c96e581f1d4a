"""Words in what tickets say, as SQL that the full-text indexes answer."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, String, and_, bindparam, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_followups
from helpdesk_api.models import FollowUp, Ticket

_WORD = re.compile(r"\w")


def says(actor: Actor) -> ColumnElement[bool]:
    """Support tickets whose title, description or visible comments have every one of the `terms`, bound as `search`.

    Both sides are taken apart by PostgreSQL itself, so that `foo-bar` and `joe@example.com` are found as they stand.
    """
    query = func.to_tsquery(literal_column("'simple'"), bindparam("search", type_=String))
    written = aliased(Ticket)
    # A union of two index scans; an OR over both tables would read every ticket.
    # The opening follow-up keeps the first description; what counts is the one the ticket has now.
    said = (~FollowUp.is_opening, visible_followups(actor))
    found = union_all(
        select(written.id).where(written.search.op("@@")(query)),
        select(FollowUp.ticket_id).where(FollowUp.search.op("@@")(query), *said),
    )
    return and_(Ticket.kind == literal_column("'support'"), Ticket.id.in_(found))


def terms(words: str) -> str:
    """The words, as beginnings, as PostgreSQL's `to_tsquery` reads them; without a word it finds nothing."""
    return " & ".join(_term(word) for word in words.split() if _WORD.search(word))


def _term(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*"
