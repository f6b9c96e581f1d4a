"""Which addresses requests may be sent to, so that nobody makes the service call what only it can reach (SSRF)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Not the `ipaddress` module's `is_global`, whose answers have changed between releases of Python: these are what the
# IANA special-purpose address registries (RFC 6890) do not call globally reachable, and multicast.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# The only public part of IPv6. Outside of it are loopback, link-local, unique local and multicast addresses, and those
# that stand for an IPv4 address (mapped, NAT64).
_PUBLIC_IPV6 = ip_network("2000::/3")
_EVERYWHERE = ("0.0.0.0/0", "::/0")


class Destinations:
    """Public addresses, and the networks an operator allows besides; `*` allows all.

    With a `proxy`, requests are sent there, and which addresses it connects to is for the proxy to decide.
    """

    def __init__(self, allowed: Iterable[str] = (), proxy: str | None = None) -> None:
        self.proxy = proxy
        networks = [one for word in allowed for one in (_EVERYWHERE if word == "*" else (word,))]
        self._allowed = tuple(map(ip_network, networks))

    def admit(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether a request may be sent there."""
        return _is_public(address) or any(address in network for network in self._allowed)

    def may_admit(self, host: str) -> bool:
        """Whether a request to this host has any prospect: a name may, whatever addresses it has now."""
        if host.lower().rstrip(".") == "localhost":
            return self.admit(IPv4Address("127.0.0.1")) or self.admit(IPv6Address("::1"))
        try:
            return self.admit(ip_address(host))
        except ValueError:
            return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return isinstance(address, IPv4Address) or address in _PUBLIC_IPV6
