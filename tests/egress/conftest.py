"""A client that may send to loopback, and a receiver there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from helpdesk_api.egress.client import WebClient, web_client
from helpdesk_api.egress.destinations import Destinations
from receiver import Receiver, receiving

LOOPBACK = Destinations(["127.0.0.0/8"])


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Answers 204 until it is told otherwise."""
    async with receiving(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def web() -> AsyncIterator[WebClient]:
    """A client with the patience it has in the service."""
    async with web_client(LOOPBACK) as client:
        yield client


@pytest.fixture
async def impatient() -> AsyncIterator[WebClient]:
    """A client that waits for a second."""
    async with web_client(LOOPBACK, seconds=1) as client:
        yield client
