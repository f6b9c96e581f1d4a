"""A file on its way to an upload ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SkipValidation

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import PrimaryKey, missing
from helpdesk_api.dialects.drf.files import File
from helpdesk_api.dialects.wire.multipart import UploadedFile
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.attachments.errors import NO_PLACE_LEFT


class FileIn(DrfBody):
    """A file for an upload ticket, as multipart/form-data; the parts may come in any order."""

    ticket: Annotated[int, PrimaryKey()] = Field(description="The ticket's id.", examples=[1])
    file: Annotated[SkipValidation[UploadedFile], File()] = Field(description="The file itself.")

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A ticket that is not there, not the sender's, or full."""
        if "ticket" not in values or context.actor is None:
            return {}
        has_room = await attachments.has_room(context.session, context.actor, values["ticket"])
        if has_room is None:
            return {"ticket": [missing(values["ticket"])]}
        return {} if has_room else {"ticket": [NO_PLACE_LEFT]}

    def to_command(self) -> NewFile:
        """The file to keep."""
        assert self.file.incoming is not None  # noqa: S101  (the File field refuses such a one)
        return NewFile(self.file.incoming, self.file.filename, self.file.content_type)
