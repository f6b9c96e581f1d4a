"""URLs that something can be sent to."""

from __future__ import annotations

import httpcore
import pytest

from helpdesk_api.egress.urls import CREDENTIALS, FRAGMENT, NO_PROXY, NO_URL, WrongUrl, host_of, web_proxy, web_url


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.example.com/a?b=c", "hooks.example.com"),
        ("HTTP://Hooks.Example.com:8080", "hooks.example.com"),
        ("http://receiver:9000/", "receiver"),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("https://B\u00fccher.example/", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://fa\u00df.example/", "xn--fa-hia.example"),
        ("http://hooks.example.com./", "hooks.example.com."),
        ("http://hooks.example.com?@localhost/", "hooks.example.com"),
    ],
)
def test_web_addresses_are_taken(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "%31%32%37.0.0.1", "\uff11\uff12\uff17.0.0.1"],
)
def test_an_address_is_one_however_it_is_written(host: str) -> None:
    assert host_of(f"http://{host}/") == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "port", "target"),
    [
        ("http://a.example", None, b"/"),
        ("http://a.example:80?", None, b"/?"),
        ("http://a.example:/", None, b"/"),
        ("http://a.example:0443/", 443, b"/"),
        ("https://a.example:443/a?b", None, b"/a?b"),
        ("https://a.example:80/a/../b", 80, b"/b"),
        ("http://a.example/\u00e9?q=\u00e9&r=%2f+", None, b"/%C3%A9?q=%C3%A9&r=%2f+"),
    ],
)
def test_what_is_sent_is_ascii_and_names_no_usual_port(url: str, port: int | None, target: bytes) -> None:
    taken = web_url(url)
    assert (taken.host, taken.port, taken.target) == (b"a.example", port, target)


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
        ("http:/hooks.example.com/", NO_URL),
        ("http:hooks.example.com", NO_URL),
        ("http:\\\\hooks.example.com/", NO_URL),
        (" http://hooks.example.com/", NO_URL),
        ("http\u017f://hooks.example.com/", NO_URL),
        ("http://@/", NO_URL),
        ("http://?a", NO_URL),
        ("http://:80/", NO_URL),
        ("http://hooks.example.com:0/", NO_URL),
        ("http://hooks.example.com:99999/", NO_URL),
        ("http://hooks.example.com:+80/", NO_URL),
        ("http://[::1/", NO_URL),
        ("http://[fe80::1%25eth0]/", NO_URL),
        ("http://1.2.3.4.5/", NO_URL),
        ("http://1.2.3.256/", NO_URL),
        ("http://a%00b.example/", NO_URL),
        ("http://hooks.example.com\t.example.com/", NO_URL),
        ("http://hooks.example.com/\ud800", NO_URL),
        ("http://hooks.example.com/a b", NO_URL),
        ("http://hooks.example.com\\@localhost/", NO_URL),
        ("http://hooks.example.com/\r\nX-Injected: 1", NO_URL),
        ("http://\u2026.example/", NO_URL),
        ("http://user:secret@hooks.example.com/", CREDENTIALS),
        ("http://user@hooks.example.com@localhost/", CREDENTIALS),
        ("http://:@hooks.example.com/", CREDENTIALS),
        ("http://@hooks.example.com/", CREDENTIALS),
        ("http://hooks.example.com/#part", FRAGMENT),
        ("http://hooks.example.com#@localhost/", FRAGMENT),
        ("http://hooks.example.com/#", FRAGMENT),
    ],
)
def test_others_are_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(WrongUrl) as caught:
        host_of(url)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("url", "address", "auth"),
    [
        ("http://proxy.example.com:3128", httpcore.URL("http://proxy.example.com:3128/"), None),
        ("https://Proxy.example.com", httpcore.URL("https://proxy.example.com/"), None),
        ("http://me:w%40rd@[fd00::1]:3128/", httpcore.URL("http://[fd00::1]:3128/"), (b"me", b"w@rd")),
        ("http://me@proxy.example.com", httpcore.URL("http://proxy.example.com/"), (b"me", b"")),
    ],
)
def test_a_proxy_may_ask_for_credentials(url: str, address: httpcore.URL, auth: tuple[bytes, bytes] | None) -> None:
    proxy = web_proxy(url)
    assert (proxy.url, proxy.auth) == (address, auth)


@pytest.mark.parametrize(
    "url",
    ["", "http://", "http:///proxy", "proxy.example.com:3128", "socks5://proxy.example.com", "http://me:1\\2@proxy"],
)
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(WrongUrl) as caught:
        web_proxy(url)
    assert str(caught.value) == NO_PROXY
