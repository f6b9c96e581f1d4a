"""When a receiver wants to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from helpdesk_api.domain.webhooks.retry_after import LONGEST, seconds_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("86400", LONGEST),
        ("86401", LONGEST),
        ("9" * 400, LONGEST),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0661\u0662", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 9015 07:28:00 GMT", LONGEST),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        (None, None),
    ],
)
def test_numbers_and_dates_are_read_within_bounds(written: str | None, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


def test_a_date_is_a_time_from_now() -> None:
    wanted = datetime.now(UTC) + timedelta(hours=2)
    seconds = seconds_of(format_datetime(wanted, usegmt=True))
    assert seconds is not None
    assert 7000 < seconds <= 7200
