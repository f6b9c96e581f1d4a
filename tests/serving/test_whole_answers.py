"""Head and body of an answer leave together, and nothing waits for what does not come."""

from __future__ import annotations

import asyncio

import pytest

from helpdesk_api.serving.whole_answers import WholeAnswers

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that notes each call of the system's it would make."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[object] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append(bytes(data))

    def writelines(self, list_of_data: object) -> None:
        self.calls.append(list_of_data)

    def close(self) -> None:
        self.calls.append("closed")

    def get_write_buffer_size(self) -> int:
        return 7


@pytest.fixture
def wire() -> Wire:
    """What is behind the transport under test."""
    return Wire()


@pytest.fixture
async def transport(wire: Wire) -> WholeAnswers:
    """The transport under test."""
    return WholeAnswers(wire, asyncio.get_running_loop())


async def test_a_head_goes_with_what_comes_next(wire: Wire, transport: WholeAnswers) -> None:
    transport.write(HEAD)
    assert wire.calls == []
    transport.write(b"body")
    transport.write(b"more")
    await asyncio.sleep(0)
    assert wire.calls == [(HEAD, b"body"), b"more"]


async def test_a_head_by_itself_is_sent_at_the_end_of_the_round(wire: Wire, transport: WholeAnswers) -> None:
    transport.write(HEAD)
    await asyncio.sleep(0)
    transport.write(b"body")
    assert wire.calls == [HEAD, b"body"]


async def test_two_heads_keep_their_order(wire: Wire, transport: WholeAnswers) -> None:
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    transport.write(HEAD)
    transport.write(b"body")
    await asyncio.sleep(0)
    assert wire.calls == [(b"HTTP/1.1 100 Continue\r\n\r\n", HEAD), b"body"]


async def test_closing_sends_what_was_kept(wire: Wire, transport: WholeAnswers) -> None:
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)
    assert wire.calls == [HEAD, "closed"]


async def test_the_rest_is_the_transports_own(transport: WholeAnswers) -> None:
    assert transport.get_write_buffer_size() == 7
