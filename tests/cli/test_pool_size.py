"""How many connections each worker of `serve` may have."""

from __future__ import annotations

import pytest

from helpdesk_api.cli.serve import EMBEDDED_CONNECTIONS, pool_size_of_a_worker
from helpdesk_api.settings import Settings


@pytest.mark.parametrize(("workers", "size"), [(1, 10), (4, 10), (5, 8), (16, 1), (22, 1), (256, 1)])
def test_the_workers_share_the_connections_of_the_embedded_server(workers: int, size: int) -> None:
    settings = Settings(_env_file=None, workers=workers, database_url=None)
    assert pool_size_of_a_worker(settings) == size
    assert workers > 22 or 2 * workers * (size + 1) <= EMBEDDED_CONNECTIONS


def test_on_a_server_of_its_own_the_setting_counts() -> None:
    settings = Settings(_env_file=None, workers=16, database_url="postgresql://h/d", database_pool_size=50)
    assert pool_size_of_a_worker(settings) == 50
