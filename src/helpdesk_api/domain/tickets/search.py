"""Words in what tickets say, as SQL that the full-text indexes answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import aliased

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_followups
from helpdesk_api.models import FollowUp, Ticket

_WORD = re.compile(r"\w")
_SIMPLE: ColumnElement[str] = literal_column("'simple'")
_QUERY = func.to_tsquery(_SIMPLE, bindparam("search", type_=String))
# So many rows that have one of the words are looked at for the others.
FEW = 3000
# What is bound comes from subqueries here: so PostgreSQL plans for whatever it is, and once. For several words planning
# costs as much as running.
_WHATEVER = select(_QUERY).scalar_subquery()
# The term that fewest have, as far as PostgreSQL's statistics know; what they do not know, one in 200 may have, as
# PostgreSQL itself assumes. What a search costs depends on this, never what is found.
_RAREST = (
    text(
        "SELECT term"
        " FROM unnest((SELECT CAST(:terms AS text[])), (SELECT CAST(:words AS text[]))) AS asked (term, word)"
        " ORDER BY (SELECT coalesce(sum(frequency), 0.005)"
        " FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS known (lexeme, frequency)"
        " WHERE schemaname = current_schema() AND tablename IN ('tickets', 'followups') AND attname = 'search'"
        " AND starts_with(lexeme, lower(word))), length(word) DESC LIMIT 1"
    )
    .bindparams(bindparam("terms", type_=ARRAY(String)), bindparam("words", type_=ARRAY(String)))
    .columns(term=String)
    .cte("rarest")
)


def says(actor: Actor) -> ColumnElement[bool]:
    """Support tickets whose title, description or visible comments have every one of the terms, bound as `search`.

    Both sides are taken apart by PostgreSQL itself, so that `foo-bar` and `joe@example.com` are found as they stand.
    """
    written = aliased(Ticket)
    # A union of two index scans; an OR over both tables would read every ticket.
    found = union_all(select(written.id).where(_has(written.search)), _said(actor))
    return and_(Ticket.kind == literal_column("'support'"), Ticket.id.in_(found))


def ways_of_saying(words: str, actor: Actor) -> list[ColumnElement[bool]]:
    """The same as conditions, of support tickets, that an index answers each: a ticket says it if it does in one way.

    For a beginning that many words have, the index first collects every row that has one of them, however few of these
    have the other words, too. So the rows with the rarest word are read first, and looked at for the others; if that
    word is not so rare after all, the indexes do it.
    """
    if len(_asked(words)) < 2:
        return [_has(Ticket.search), _is_in(_said(actor))]
    written = aliased(Ticket)
    tickets = _with_the_rarest(select(written.id), written.search, "few_tickets")
    followups = _with_the_rarest(_comments(actor), FollowUp.search, "few_followups")
    few = (select(one.c.id).where(one.c.says_all, _is_few(one)) for one in (tickets, followups))
    return [
        _is_in(union_all(*few)),
        and_(_has(Ticket.search, _WHATEVER), ~_is_few(tickets)),
        _is_in(_comments(actor).where(_has(FollowUp.search, _WHATEVER), ~_is_few(followups))),
    ]


def terms(words: str) -> dict[str, Any]:
    """The words as what is bound: beginnings, as PostgreSQL's `to_tsquery` reads them; without one it finds nothing."""
    asked = _asked(words)
    each = [_term(word) for word in asked]
    together = {"search": " & ".join(each)}
    return together if len(asked) < 2 else {**together, "terms": each, "words": asked}


def _asked(words: str) -> Sequence[str]:
    return [word for word in words.split() if _WORD.search(word)]


def _term(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*"


def _has(search: Any, query: Any = _QUERY) -> ColumnElement[bool]:
    return search.op("@@", is_comparison=True)(query)  # type: ignore[no-any-return]


def _comments(actor: Actor) -> Select[Any]:
    """The tickets of all comments that the actor may read.

    The opening follow-up keeps the first description; what counts is the one the ticket has now.
    """
    return select(FollowUp.ticket_id.label("id")).where(~FollowUp.is_opening, visible_followups(actor))


def _said(actor: Actor) -> Select[Any]:
    """The tickets that it is said on."""
    return _comments(actor).where(_has(FollowUp.search))


def _is_in(ids: Any) -> ColumnElement[bool]:
    """As an array, each of which is looked up: PostgreSQL expects far too many, and would rather read every ticket."""
    return Ticket.id == any_(func.array(ids.scalar_subquery()))


def _with_the_rarest(ids: Select[Any], search: Any, name: str) -> CTE:
    """Ids of some of the rows with the rarest term, at most one more than few, and whether they say all."""
    rarest = select(func.to_tsquery(_SIMPLE, _RAREST.c.term)).scalar_subquery()
    rows = ids.add_columns(_has(search, _WHATEVER).label("says_all")).where(_has(search, rarest))
    return rows.limit(literal_column(str(FEW + 1))).cte(name)


def _is_few(rows: CTE) -> ColumnElement[bool]:
    return select(func.count()).select_from(rows).scalar_subquery() <= literal_column(str(FEW))
