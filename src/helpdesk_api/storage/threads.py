"""Threads of the storage's own, so that a slow disk and slow password hashes do not wait for each other."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")

_THREADS = 8
# With ten steps more, a thread gets a tenth of the processor time of one that wants it as well (sched(7)). With all
# nineteen it would get a hundredth, and uploads would stand still beside requests that keep every core busy.
_STEPS_BACK = 10


class Threads:
    """Runs blocking jobs. A job that was started always runs to its end, even when whoever awaits it is cancelled.

    `turn` is held by the file that is being hashed and written: of several at once, none would be done sooner, and
    other requests would wait for the processor behind all of them.
    """

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage", initializer=_give_way)

    def start(
        self, job: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> asyncio.Future[Result]:
        """Start a job at once; awaiting the result only waits for it."""
        loop = asyncio.get_running_loop()
        return asyncio.shield(loop.run_in_executor(self._pool, lambda: job(*args, **kwargs)))

    def stop(self) -> None:
        """Wait for the jobs under way, and take no more."""
        self._pool.shutdown()


def _give_way() -> None:
    """Let the event loop, and PostgreSQL, go before this thread where there are too few processors for all."""
    # Elsewhere than on Linux it would be the whole process.
    if sys.platform == "linux":
        # Where that is not allowed, files take the same share as everybody.
        with suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _STEPS_BACK)


def nothing_to_do() -> asyncio.Future[None]:
    """What a job that turned out to be done already gives to be awaited."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
