"""Variables that are meant for the service but that it does not know: nobody would notice a slip of the pen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches

from pydantic_settings import DotEnvSettingsSource

from helpdesk_api.settings import Settings

_PREFIX = "HELPDESK_"
# The tests' own.
_OTHERS = ("HELPDESK_TEST_",)


def warnings() -> Iterator[str]:
    """A line about each such variable of the environment and of `.env`, with the setting that may be meant."""
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    given = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    for name in sorted(given.difference(known)):
        if name.startswith(_PREFIX) and not name.startswith(_OTHERS):
            nearest = get_close_matches(name, known, n=1, cutoff=0.8)
            yield f"{name} is no setting{f'; is {nearest[0]} meant?' if nearest else '.'}"
