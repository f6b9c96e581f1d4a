"""Two workers count wrong passwords together, without anybody setting anything but their number."""

from __future__ import annotations

import httpx
import pytest

from live_service import LiveService


@pytest.mark.parametrize("environment", [{"HELPDESK_WORKERS": "2"}])
def test_workers_count_together(live: LiveService) -> None:
    statuses = []
    for number in range(14):
        # A connection of its own each time, so that both workers get some.
        pair = {"username": "admin", "password": f"wrong {number}"}
        statuses.append(httpx.post(f"{live.url}/api-token-auth/", json=pair).status_code)
    assert statuses == [400] * 10 + [429] * 4
    right = {"username": "admin", "password": live.password}
    assert httpx.post(f"{live.url}/api-token-auth/", json=right).status_code == 429
