"""URLs that something can be sent to."""

from __future__ import annotations

import pytest

from helpdesk_api.egress.urls import CREDENTIALS, FRAGMENT, NO_URL, WrongUrl, host_of


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.example.com/a?b=c", "hooks.example.com"),
        ("HTTP://Hooks.Example.com:8080", "hooks.example.com"),
        ("http://receiver:9000/", "receiver"),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("https://b\u00fccher.example/", "b\u00fccher.example"),
    ],
)
def test_web_addresses_are_taken(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", NO_URL),
        ("hooks.example.com", NO_URL),
        ("//hooks.example.com/", NO_URL),
        ("ftp://hooks.example.com/", NO_URL),
        ("file:///etc/passwd", NO_URL),
        ("gopher://hooks.example.com/", NO_URL),
        ("http:///path", NO_URL),
        ("http://:80/", NO_URL),
        ("http://hooks.example.com:0/", NO_URL),
        ("http://hooks.example.com:99999/", NO_URL),
        ("http://[::1/", NO_URL),
        ("http://hooks.example.com/a b", NO_URL),
        ("http://hooks.example.com\\@localhost/", NO_URL),
        ("http://hooks.example.com/\r\nX-Injected: 1", NO_URL),
        ("http://\u2026.example/", NO_URL),
        ("http://user:secret@hooks.example.com/", CREDENTIALS),
        ("http://hooks.example.com/#part", FRAGMENT),
    ],
)
def test_others_are_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(WrongUrl) as caught:
        host_of(url)
    assert str(caught.value) == reason
