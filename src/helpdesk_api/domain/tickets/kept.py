"""Which lists of tickets the database keeps count of: those by kind, queue, status and stage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from helpdesk_api.domain.tickets.commands import SUPPORT, UPLOAD, TicketFilter, UploadStatus


@dataclass(frozen=True, slots=True)
class Kept:
    """What such a list asks for; `None` is anything.

    Queues, statuses and stages are asked of its support tickets, how far they are of its upload tickets.
    """

    kinds: frozenset[str]
    queue_ids: frozenset[int] | None = None
    statuses: frozenset[int] | None = None
    stages: frozenset[int] | None = None
    upload_statuses: frozenset[UploadStatus] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether it asks for every ticket of its kinds."""
        return self == Kept(self.kinds)


def kept(wanted: TicketFilter) -> Kept | None:
    """What a filter asks for, if it is nothing else; in whichever order."""
    counted = replace(
        TicketFilter(),
        kinds=wanted.kinds,
        queue_ids=wanted.queue_ids,
        statuses=wanted.statuses,
        stages=wanted.stages,
        upload_statuses=wanted.upload_statuses,
        order=wanted.order,
    )
    if wanted != counted:
        return None
    # As in `conditions`: words can only match upload tickets, numbers only support tickets, and none is no filter.
    statuses, words = wanted.statuses or None, wanted.upload_statuses or None
    kinds = wanted.kinds
    if (statuses and not words) or wanted.queue_ids is not None or wanted.stages is not None:
        kinds &= SUPPORT
    if words and not statuses:
        kinds &= UPLOAD
    return Kept(kinds, wanted.queue_ids, statuses, wanted.stages, words)
