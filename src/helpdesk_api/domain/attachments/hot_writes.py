"""A file in a place of an upload ticket with everything that begins with it, in one statement.

`tests/domain/attachments/test_uploading.py` holds what is answered and told against what is read afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, String, Text, bindparam, text

from helpdesk_api.db.session import Session, announce
from helpdesk_api.db.statements import Statement


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The id of a file's row, and when it came to be."""

    file_id: int
    at: datetime


# Whoever takes a place holds the ticket's row until the end of the unit of work, so no racer gets in between.
_UPLOAD = text("""
    WITH place AS (
        UPDATE tickets SET file_count = file_count + 1
        WHERE id = :ticket_id AND kind = 'upload' AND file_count < file_limit
        RETURNING id, file_count = file_limit AS was_the_last
    ), file AS (
        INSERT INTO attachments (ticket_id, uploader_id, path, filename, mime_type, size, sha256)
        SELECT id, :uploader_id, :path, :filename, :mime_type, :size, :sha256 FROM place
        RETURNING id, created_at
    ), told AS (
        INSERT INTO events (type, actor_id, ticket_id, changes, request_id)
        SELECT event.type, :uploader_id, place.id, event.changes, :request_id
        FROM place, file, LATERAL (
            VALUES (1, 'attachment.created', jsonb_build_object('file', file.id) || CAST(:described AS jsonb)),
                   (2, 'upload.completed', CAST('{}' AS jsonb))
        ) AS event (place, type, changes)
        WHERE event.type = 'attachment.created' OR place.was_the_last
        ORDER BY event.place
    )
    SELECT id, created_at FROM file
""").bindparams(
    bindparam("ticket_id", type_=BigInteger),
    bindparam("uploader_id", type_=BigInteger),
    bindparam("path", type_=String),
    bindparam("filename", type_=String),
    bindparam("mime_type", type_=String),
    bindparam("size", type_=BigInteger),
    bindparam("sha256", type_=LargeBinary),
    bindparam("described", type_=Text),
    bindparam("request_id", type_=Text),
)
_UPLOAD_FILE = Statement(_UPLOAD)


async def upload(
    session: Session, ticket_id: int, values: Mapping[str, Any], request_id: str | None
) -> Uploaded | None:
    """Take a place of an upload ticket, store a file's row in it, and write the events that tell of it.

    `values` are the file's, by column. `None` when no place is left, or there is no such ticket.
    """
    described = {"filename": values["filename"], "size": values["size"]}
    rows = await _UPLOAD_FILE.change(
        session, **values, ticket_id=ticket_id, described=json.dumps(described), request_id=request_id
    )
    if not rows:
        return None
    await announce(session)
    return Uploaded(*rows[0])
