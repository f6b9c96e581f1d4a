"""Mail servers for tests of e-mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mail_servers import Certificates, Mailbox, mail_server, make_certificates


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate of the local mail server."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
