"""What can go wrong with accounts."""

from __future__ import annotations

from helpdesk_api.domain.errors import Conflict, NotFound

USERNAME_TAKEN = "A user with that username already exists."


class UserNotFound(NotFound):
    """No such account, or not one the actor may know of."""

    message = "No User matches the given query."
    thing = "User"


class AvatarNotFound(NotFound):
    """No such picture, or one of an account the actor may not know of."""

    message = "No Avatar matches the given query."
    thing = "Avatar"


class UserInUse(Conflict):
    """The account made, owns or is named by something that stays."""

    message = "This user still has tickets, replies, files or queues. Deactivate the account instead."


class OwnAccount(Conflict):
    """Admins cannot lock themselves out."""

    message = "Admins cannot delete, deactivate or demote themselves."
