"""Which passwords are good enough: Django's four rules in Django's words (django.contrib.auth.password_validation)."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

MIN_LENGTH = 8
MAX_SIMILARITY = 0.7


def password_problems(
    password: str, *, username: str, first_name: str = "", last_name: str = "", email: str = ""
) -> list[str]:
    """Everything wrong with a new password, in Django's order; empty when it is good.

    The time grows with the length of the user's attributes: check theirs first.
    """
    attributes = {"username": username, "first name": first_name, "last name": last_name, "email address": email}
    similar = next((name for name, value in attributes.items() if _resembles(password.lower(), value.lower())), None)
    problems = {
        f"The password is too similar to the {similar}.": similar is not None,
        f"This password is too short. It must contain at least {MIN_LENGTH} characters.": len(password) < MIN_LENGTH,
        "This password is too common.": password.lower().strip() in _common_passwords(),
        "This password is entirely numeric.": password.isdigit(),
    }
    return [problem for problem, present in problems.items() if present]


def _resembles(password: str, value: str) -> bool:
    """Whether the password looks like the value or one of its words, letters in any order. Empty values never match."""
    parts = [*re.split(r"\W+", value), value] if value else []
    return any(
        SequenceMatcher(a=password, b=part).quick_ratio() >= MAX_SIMILARITY
        for part in parts
        if not _too_different_in_length(password, part)
    )


def _too_different_in_length(password: str, part: str) -> bool:
    """Django's guard: a password ten times as long cannot be similar, and comparing would only cost time."""
    return len(password) >= 10 * len(part) and len(part) < MAX_SIMILARITY / 2 * len(password)


@cache
def _common_passwords() -> frozenset[str]:
    """The 30,000 most common passwords, lower-cased, from zxcvbn's data.

    The data module is run by itself and let go of: importing it through its package keeps all of zxcvbn's
    dictionaries, three times the memory and twice the time.
    """
    package = find_spec("zxcvbn")
    data = package and PathFinder.find_spec("frequency_lists", package.submodule_search_locations)
    if data is None or data.loader is None:
        raise ModuleNotFoundError("zxcvbn, the source of the common passwords, is not installed")
    module = module_from_spec(data)
    data.loader.exec_module(module)
    return frozenset(module.FREQUENCY_LISTS["passwords"])
