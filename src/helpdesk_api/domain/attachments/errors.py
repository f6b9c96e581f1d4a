"""What can go wrong with files."""

from __future__ import annotations

from helpdesk_api.domain.errors import Conflict, Invalid, NotFound

NO_PLACE_LEFT = "This ticket already has all the files it asked for."


class AttachmentNotFound(NotFound):
    """No such file, or not one the actor may see."""

    message = "No File matches the given query."
    thing = "File"


class FollowUpAttachmentNotFound(AttachmentNotFound):
    """The same of a follow-up's file."""

    message = "No FollowUpAttachment matches the given query."


class QuotaExceeded(Conflict):
    """A file would take its sender's files past what they may fill together (`quota`, in bytes)."""

    message = "Your files would fill more than you may."

    def __init__(self, quota: int) -> None:
        super().__init__(
            f"Your files may have {quota} bytes together; this one would be too much. Delete others first."
        )


class TicketIsFull(Invalid):
    """An upload ticket has as many files as it asked for."""

    def __init__(self) -> None:
        super().__init__(ticket=[NO_PLACE_LEFT])
