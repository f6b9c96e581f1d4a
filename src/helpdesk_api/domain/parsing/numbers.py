"""Numbers, and yes or no."""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from typing import Any

from helpdesk_api.domain.parsing.errors import WrongValue

BAD_INTEGER = "A valid integer is required."
BAD_NUMBER = "A valid number is required."
BAD_BOOLEAN = "Must be a valid boolean."
LARGEST_INTEGER = 2**63 - 1
# More digits than any number people write; it also keeps 1e999999999 from being written out.
MOST_DIGITS = 1000

_TRUE = frozenset(("t", "y", "yes", "true", "on", "1", "1.0"))
_FALSE = frozenset(("f", "n", "no", "false", "off", "0", "0.0"))


def whole_number(value: Any) -> int | None:
    """The whole number a JSON or form value is, or `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value) if not isinstance(value, str) else int(value.strip().removesuffix(".0"))
    except (ValueError, OverflowError):
        return None
    return number if not isinstance(value, float) or number == value else None


def integer(value: Any, *, minimum: int = -LARGEST_INTEGER, maximum: int = LARGEST_INTEGER) -> int:
    """A whole number, also as text or as a float without a fraction. Raises `WrongValue`."""
    number = whole_number(value)
    if number is None:
        raise WrongValue(BAD_INTEGER)
    if number > maximum:
        raise WrongValue(f"Ensure this value is less than or equal to {maximum}.")
    if number < minimum:
        raise WrongValue(f"Ensure this value is greater than or equal to {minimum}.")
    return number


def decimal(value: Any, *, max_digits: int | None = None, places: int | None = None) -> Decimal:
    """An exact number without trailing zeros, of so many digits in all and after the point. Raises `WrongValue`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongValue(BAD_NUMBER)
    written = str(value).strip()
    if len(written) > MOST_DIGITS:
        raise WrongValue("String value too large.")
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise WrongValue(BAD_NUMBER) from None
    if not number.is_finite():
        raise WrongValue(BAD_NUMBER)
    _check_precision(number, min(max_digits or MOST_DIGITS, MOST_DIGITS), places)
    return number.normalize(Context(prec=MOST_DIGITS)) if number else Decimal(0)


def _check_precision(number: Decimal, max_digits: int, places: int | None) -> None:
    _, digits, exponent = number.as_tuple()
    after = max(0, -int(exponent))
    total = max(len(digits) + max(0, int(exponent)), after)
    if total > max_digits:
        raise WrongValue(f"Ensure that there are no more than {max_digits} digits in total.")
    if places is None:
        return
    if after > places:
        raise WrongValue(f"Ensure that there are no more than {places} decimal places.")
    if total - after > max_digits - places:
        raise WrongValue(f"Ensure that there are no more than {max_digits - places} digits before the decimal point.")


def boolean(value: Any) -> bool:
    """True or false, in any of the spellings DRF takes. Raises `WrongValue`."""
    word = str(value).strip().lower() if isinstance(value, bool | int | float | str) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise WrongValue(BAD_BOOLEAN)
