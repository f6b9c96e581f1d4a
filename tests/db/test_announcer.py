"""Announcements: few for many commits, and one after the last of them."""

from __future__ import annotations

import asyncio

from helpdesk_api.db.announcer import OUTBOX
from helpdesk_api.db.engine import Database

APART_SECONDS = 0.1


async def test_of_many_commits_there_are_ten_announcements_a_second_and_one_comes_last(
    empty_database: Database,
) -> None:
    clock = asyncio.get_running_loop().time
    heard: asyncio.Queue[float] = asyncio.Queue()
    announcer, listener = empty_database.announcer, empty_database.listener
    assert announcer is not None
    assert listener is not None
    listener.add(lambda: heard.put_nowait(clock()), OUTBOX)
    async with listener.listening():
        await heard.get()  # it listens
        began = clock()
        for _ in range(50):
            await announcer.announce()
            await asyncio.sleep(0.01)
        await announcer.announce()
        last, times = clock(), [await heard.get()]
        while times[-1] < last:
            times.append(await heard.get())
    assert 1 < len(times) <= (times[-1] - began) / APART_SECONDS + 2
