"""What can go wrong in the help desk, in six kinds; each dialect gives them its own status and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from helpdesk_api.domain.quotas import Quota

Messages = Mapping[str, Sequence[str]]


class DomainError(Exception):
    """Base of every error of the domain. `message` is for people; `reason` says more where the class does not."""

    message: ClassVar[str] = "The request cannot be carried out."

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason or self.message
        super().__init__(self.reason)


class NotFound(DomainError):
    """There is no such thing, or the actor may not know of it. `thing` is its name in the core."""

    message = "Not found."
    thing: ClassVar[str | None] = None


class Conflict(DomainError):
    """It cannot be done in the state things are in."""

    message = "The request conflicts with the current state."


class Forbidden(DomainError):
    """The actor may know of it, but not do this."""

    message = "You do not have permission to perform this action."


class Unauthenticated(DomainError):
    """Nobody, or nobody we know, is asking."""

    message = "Authentication credentials were not provided."


class Invalid(DomainError):
    """Values that cannot be taken: field names of the core to messages, all of them at once."""

    message = "Invalid input."

    def __init__(self, fields: Messages | None = None, **more: Sequence[str]) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {
            name: list(messages) for name, messages in {**(fields or {}), **more}.items()
        }


class TooMany(DomainError):
    """A quota is used up. `retry_after` is when to try again, in seconds."""

    message = "Too many requests."

    def __init__(self, quotas: Sequence[Quota]) -> None:
        self.quotas = tuple(quotas)
        self.retry_after = max([1, *(quota.reset for quota in quotas)])
        unit = "second" if self.retry_after == 1 else "seconds"
        super().__init__(f"{self.message} Try again in {self.retry_after} {unit}.")
