"""What is limited by time: failed sign-ins by user name and by address, and requests by token."""

from __future__ import annotations

import hashlib
import math
import time
from ipaddress import IPv6Address, ip_address
from typing import TypeAlias

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from helpdesk_api.domain.quotas import Quota
from helpdesk_api.domain.rate_limits.errors import TooManyFailedSignIns, TooManyRequests

# One customer has a whole network of this length, with more addresses than anybody could count.
_IPV6_NETWORK = 64
Counted: TypeAlias = tuple[RateLimitItem, str]


class RateLimits:
    """The limits of one service, each in a minute that begins with the first count; a limit of 0 is none.

    Every method raises `limits.errors.StorageError` or `DatabaseUnavailable` when the counts cannot be reached.
    """

    def __init__(self, storage: Storage, *, per_name: int, per_address: int, per_token: int) -> None:
        self._limiter = FixedWindowRateLimiter(storage)
        self._per_name = RateLimitItemPerMinute(per_name, namespace="sign-in-name")
        self._per_address = RateLimitItemPerMinute(per_address, namespace="sign-in-address")
        self._per_token = RateLimitItemPerMinute(per_token, namespace="token")

    @property
    def limits_tokens(self) -> bool:
        """Whether requests with a token are counted."""
        return self._per_token.amount > 0

    async def check_sign_in(self, username: str, address: str | None) -> None:
        """Raise `TooManyFailedSignIns` where a user name or an address has had its failures.

        It looks at counts alone, never at accounts: a name nobody has is answered as one that somebody has.
        """
        spent = [one for one in self._sign_in(username, address) if not await self._limiter.test(*one)]
        if spent:
            raise TooManyFailedSignIns([await self._quota(*one) for one in spent])

    async def count_failure(self, username: str, address: str | None) -> None:
        """Count a wrong password."""
        for one in self._sign_in(username, address):
            await self._limiter.hit(*one)

    async def forgive(self, username: str) -> None:
        """Forget the failures of a user name: whoever it is has just shown that they know the password."""
        if self._per_name.amount:
            await self._limiter.clear(self._per_name, _digest(username))

    async def take_request(self, token_id: int) -> Quota:
        """Count a request with a token, and say what is left. Raises `TooManyRequests`."""
        counted = self._per_token, str(token_id)
        within = await self._limiter.hit(*counted)
        quota = await self._quota(*counted)
        if not within:
            raise TooManyRequests([quota])
        return quota

    def _sign_in(self, username: str, address: str | None) -> list[Counted]:
        counted: list[Counted] = []
        if self._per_name.amount:
            counted.append((self._per_name, _digest(username)))
        if self._per_address.amount and address:
            counted.append((self._per_address, _network(address)))
        return counted

    async def _quota(self, limit: RateLimitItem, identifier: str) -> Quota:
        reset, remaining = await self._limiter.get_window_stats(limit, identifier)
        # Another clock than this machine's may have been read on the way.
        seconds = min(max(math.ceil(reset - time.time()), 0), limit.get_expiry())
        return Quota(limit.namespace, limit.amount, limit.get_expiry(), remaining, seconds)


def _digest(username: str) -> str:
    """A key of one length; and people type passwords where a name belongs, which nobody should find in a table."""
    return hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the network of an IPv6 one."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return _digest(address)  # the name of a socket, or what a proxy says
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"{IPv6Address(int(parsed) >> (128 - _IPV6_NETWORK) << (128 - _IPV6_NETWORK))}/{_IPV6_NETWORK}"
        parsed = parsed.ipv4_mapped
    return str(parsed)
