"""URLs that requests can be sent to, taken apart once: what was checked is what is connected to."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import httpcore
from pydantic_core import Url

NO_URL = "Enter a valid URL that begins with http:// or https://."
CREDENTIALS = "A URL with a user name or password is not taken: receivers know a message by its signature."
NO_PROXY = "must be http://proxy.example.com:3128, with user:password@ before the host where it asks for them"
FRAGMENT = "A URL with a fragment (#) is not taken."
# The parser is as lenient as browsers: to it `http:host`, `http:///host` and `http:\\host` are `http://host`, too.
_BEGINNING = re.compile(r"https?://(?P<credentials>[^/?#]*@)?[^/?#]+", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class WrongUrl(ValueError):
    """A URL that nothing can be sent to; the text says why, for people."""


def web_url(url: str) -> httpcore.URL:
    """What a request to this URL is made of; the host is an address or a name in ASCII. Raises `WrongUrl`."""
    parts = None if " " in url else _parse(url)
    if parts is None:
        raise WrongUrl(NO_URL)
    beginning = _BEGINNING.match(url)
    if beginning is not None and beginning["credentials"]:
        raise WrongUrl(CREDENTIALS)
    if "#" in url:
        raise WrongUrl(FRAGMENT)
    return _address(parts)


def host_of(url: str) -> str:
    """The host that a request to this URL goes to. Raises `WrongUrl`."""
    return web_url(url).host.decode("ascii")


def web_proxy(url: str) -> httpcore.Proxy:
    """A proxy that speaks HTTP; it may have a user name and a password. Raises `WrongUrl`."""
    parts = _parse(url)
    if parts is None:
        raise WrongUrl(NO_PROXY)
    credentials = (unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or ""))
    return httpcore.Proxy(_address(parts), credentials if any(credentials) else None)


def _parse(url: str) -> Url | None:
    """The parts of a web address as the URL standard (WHATWG) has it, if it is one and others see the same parts."""
    if _BEGINNING.match(url) is None or not url.isprintable() or "\\" in url:
        return None
    try:
        parts = Url(url)
    except ValueError:
        return None
    return parts if parts.port else None


def _address(parts: Url) -> httpcore.URL:
    query = "" if parts.query is None else f"?{parts.query}"
    return httpcore.URL(
        scheme=parts.scheme,
        host=(parts.host or "").strip("[]"),
        port=None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port,
        target=f"{parts.path}{query}",
    )
