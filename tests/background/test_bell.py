"""What wakes a loop: at once, but not without end."""

from __future__ import annotations

import asyncio

from helpdesk_api.background.bell import Bell

FOR_EVER = 3600.0


async def test_the_first_ring_wakes_at_once_and_the_next_after_a_while() -> None:
    clock = asyncio.get_running_loop().time
    bell = Bell(FOR_EVER, apart=0.2)
    bell.ring()
    await bell.wait()
    woke_at = clock()
    bell.ring()
    bell.ring()
    await bell.wait()
    assert clock() >= woke_at + 0.19


async def test_a_loop_that_is_to_end_waits_for_nothing() -> None:
    bell = Bell(FOR_EVER, apart=FOR_EVER)
    bell.ring()
    await bell.wait()
    bell.ring()
    waiting = asyncio.create_task(bell.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    bell.stop()
    await waiting
    assert bell.stopped
