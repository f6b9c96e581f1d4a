"""Which addresses are public, and what an operator allows besides."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from helpdesk_api.egress.destinations import Destinations

PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"]
NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.1.2.3"],  # noqa: S104 - asked for, not listened on
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "shared by carriers": ["100.64.0.1", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "link-local, where clouds keep secrets": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "documentation, measuring, protocols": ["192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"],
    "multicast, reserved, broadcast": ["224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "ff02::1"],
    "unspecified": ["::"],
    "IPv4 in IPv6": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"],
    "tunnels": ["2002:7f00:1::", "2001::1", "192.88.99.1"],
    "IPv6 of one's own": ["fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_admitted(address: str) -> None:
    assert Destinations().admit(ip_address(address)) is True


@pytest.mark.parametrize(
    "address", [pytest.param(one, id=f"{kind}: {one}") for kind in NOT_PUBLIC for one in NOT_PUBLIC[kind]]
)
def test_all_others_are_not(address: str) -> None:
    assert Destinations().admit(ip_address(address)) is False
    assert Destinations(["*"]).admit(ip_address(address)) is True


def test_an_allowed_network_is_admitted_and_nothing_beside_it() -> None:
    destinations = Destinations(["10.1.0.0/16", "fd00::5"])
    addresses = ["10.1.2.3", "10.2.0.1", "fd00::5", "fd00::6", "127.0.0.1", "8.8.8.8"]
    assert [one for one in addresses if destinations.admit(ip_address(one))] == ["10.1.2.3", "fd00::5", "8.8.8.8"]


@pytest.mark.parametrize(
    ("host", "prospect"),
    [
        ("localhost", False),
        ("LocalHost.", False),
        ("10.0.0.1", False),
        ("::1", False),
        ("8.8.8.8", True),
        ("a.example", True),
    ],
)
def test_a_host_without_prospect_is_known_before_anything_is_sent(host: str, prospect: bool) -> None:
    assert Destinations().may_admit(host) is prospect


def test_localhost_has_a_prospect_where_loopback_is_allowed() -> None:
    assert Destinations(["127.0.0.1"]).may_admit("localhost") is True
