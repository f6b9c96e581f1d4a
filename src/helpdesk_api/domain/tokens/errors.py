"""What can go wrong with credentials."""

from __future__ import annotations

from helpdesk_api.domain.errors import Conflict, Unauthenticated


class InvalidToken(Unauthenticated):
    """Unknown, revoked or ended."""

    message = "Invalid token."


class InvalidPassword(Unauthenticated):
    """No such user, or another password. The two cannot be told apart."""

    message = "Invalid username/password."


class InactiveUser(Unauthenticated):
    """The account was deactivated."""

    message = "User inactive or deleted."


class NoToken(Conflict):
    """The actor came with a password."""

    message = "This request came with a password, not with a token: there is none to end."
