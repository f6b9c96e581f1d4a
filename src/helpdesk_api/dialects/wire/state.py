"""What one running service has: made once at the start, read by dependencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from helpdesk_api.db.engine import Database
from helpdesk_api.domain.events.feed import EventFeed
from helpdesk_api.domain.rate_limits.open_uploads import OpenUploads
from helpdesk_api.domain.rate_limits.service import RateLimits
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles


@dataclass(slots=True)
class Service:
    """Settings, database, files, the memory of verified passwords, the counts of what is limited, the newest events."""

    settings: Settings
    database: Database
    files: LocalFiles
    verifier: PasswordVerifier
    limits: RateLimits
    open_uploads: OpenUploads
    feed: EventFeed
    # Set once a stop was asked for: nothing new should be sent here, nothing long begun.
    stopping: bool = False
    # Route name to path template, filled when the routes are installed.
    paths: dict[str, str] = field(default_factory=dict)


def service_of(request: Request) -> Service:
    """The service this request came to."""
    return cast(Service, request.app.state.service)
