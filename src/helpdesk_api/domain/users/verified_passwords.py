"""Checks passwords off the event loop and remembers, for a short time, the pairs that were right."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from helpdesk_api import security


class PasswordVerifier:
    """Checks and makes password hashes for one process; all of it is for one event loop.

    A bcrypt run costs a quarter of a second of a core, so Basic authentication cannot afford one per request. A pair
    that was right counts as right for `ttl` seconds more, at most `max_entries` of them. It is kept in memory only,
    under a hash with a key of this process, over user name, password and stored hash: a changed password no longer
    matches. Wrong pairs are never remembered. At most `threads` bcrypt runs (default: one per core) go on at once.
    """

    def __init__(
        self,
        rounds: int = security.DEFAULT_ROUNDS,
        ttl: float = 300.0,
        max_entries: int = 10_000,
        threads: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rounds = rounds
        self._ttl = ttl
        self._max_entries = max_entries
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._expiry: dict[bytes, float] = {}  # oldest first, since every entry lives equally long
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        threads = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self.turn = asyncio.Semaphore(threads)
        """For callers with something to do just before a thread becomes free for them."""

    async def verify(self, username: str, password: str, stored_hash: str | None) -> bool:
        """Whether the password is the user's. None (no such user) and unusable hashes cost what a wrong password costs.

        Equal calls at the same time share one bcrypt run; cancelling one of them leaves the others alone.
        """
        if not security.can_be_hashed(password):
            return False
        pair = self._fingerprint(username, password, stored_hash or "")
        if self._is_remembered(pair):
            return True
        running = self._running.get(pair)
        if running is None:
            running = self._start(pair, password, stored_hash)
        return await asyncio.shield(running)

    def remembers(self, username: str, password: str, stored_hash: str | None) -> bool:
        """Whether the pair was right a short time ago: then `verify` is quick."""
        return stored_hash is not None and self._is_remembered(self._fingerprint(username, password, stored_hash))

    async def hash(self, password: str) -> str:
        """A hash to store. Raises ValueError for a password that `security.can_be_hashed` refuses."""
        work = partial(security.hash_password, password, self._rounds)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def needs_upgrade(self, stored_hash: str) -> bool:
        """Whether a stored hash that has just verified should be made anew."""
        return security.needs_upgrade(stored_hash, self._rounds)

    def close(self) -> None:
        """Drop what is waiting (its callers are cancelled), wait for the bcrypt runs going on, end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _start(self, pair: bytes, password: str, stored_hash: str | None) -> asyncio.Future[bool]:
        if stored_hash is not None and security.is_usable(stored_hash):
            work = partial(security.verify_password, password, stored_hash)
        else:
            work = partial(security.dummy_verify, password, self._rounds)
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        self._running[pair] = running
        running.add_done_callback(partial(self._finish, pair))
        return running

    def _finish(self, pair: bytes, running: asyncio.Future[bool]) -> None:
        del self._running[pair]
        if not running.cancelled() and running.exception() is None and running.result():
            self._remember(pair)

    def _is_remembered(self, pair: bytes) -> bool:
        return self._expiry.get(pair, 0.0) > self._clock()

    def _remember(self, pair: bytes) -> None:
        now = self._clock()
        self._expiry.pop(pair, None)
        self._expiry[pair] = now + self._ttl
        while self._expiry:
            oldest = next(iter(self._expiry))
            if self._expiry[oldest] > now and len(self._expiry) <= self._max_entries:
                break
            del self._expiry[oldest]

    def _fingerprint(self, *parts: str) -> bytes:
        """A keyed hash of the parts, each with its length before it, so that no two lists of parts are alike."""
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()
