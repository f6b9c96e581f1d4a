"""What goes wrong on the archive's own connection is told in a line."""

from __future__ import annotations

import pytest

from helpdesk_api.archive.connection import naming_objections
from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.db.driver_errors import CUT


@pytest.mark.parametrize("error", [one for one in CUT if one.__module__.startswith("asyncpg")])
def test_a_connection_that_is_cut_is_no_traceback(error: type[Exception]) -> None:
    with pytest.raises(ArchiveError, match=r"^the database says: it went$"), naming_objections():
        raise error("it went")
