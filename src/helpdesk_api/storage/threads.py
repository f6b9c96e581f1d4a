"""Threads of the storage's own, so that a slow disk and slow password hashes do not wait for each other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")

_THREADS = 8


class Threads:
    """Runs blocking jobs. A job that was started always runs to its end, even when whoever awaits it is cancelled."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")

    def start(
        self, job: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> asyncio.Future[Result]:
        """Start a job at once; awaiting the result only waits for it."""
        loop = asyncio.get_running_loop()
        return asyncio.shield(loop.run_in_executor(self._pool, lambda: job(*args, **kwargs)))

    def stop(self) -> None:
        """Wait for the jobs under way, and take no more."""
        self._pool.shutdown()


def nothing_to_do() -> asyncio.Future[None]:
    """What a job that turned out to be done already gives to be awaited."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
