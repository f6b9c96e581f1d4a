"""What can be too many."""

from __future__ import annotations

from helpdesk_api.domain.errors import TooMany


class TooManyFailedSignIns(TooMany):
    """Too many wrong passwords for a user name, whether it is anybody's or not, or from an address."""

    message = "Too many failed sign-ins."


class TooManyRequests(TooMany):
    """A token was used too often."""

    message = "Too many requests with this token."


class TooManyUploads(TooMany):
    """A user sends too many uploads at the same time."""

    message = "Too many uploads at the same time."
