"""What can go wrong with custom fields."""

from __future__ import annotations

from helpdesk_api.domain.errors import NotFound

NAME_TAKEN = "custom field with this name already exists."
NO_CHOICES = "A list needs at least one value."
TOO_MANY_PLACES = "There cannot be more decimal places than digits (max_length)."


def in_use(tickets: int) -> str:
    """Why a type has to stay."""
    return "1 ticket has a value of this type." if tickets == 1 else f"{tickets} tickets have a value of this type."


def still_chosen(value: str, tickets: int) -> str:
    """Why a choice has to stay."""
    return f'1 ticket uses "{value}".' if tickets == 1 else f'{tickets} tickets use "{value}".'


class CustomFieldNotFound(NotFound):
    """No such field, or not one the actor may know of."""

    message = "No CustomField matches the given query."
    thing = "CustomField"
