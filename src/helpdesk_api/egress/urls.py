"""Which URLs requests can be sent to, as the client itself reads them."""

from __future__ import annotations

import httpx

NO_URL = "Enter a valid URL that begins with http:// or https://."
CREDENTIALS = "A URL with a user name or password is not taken: receivers know a message by its signature."
NO_PROXY = "must be http://proxy.example.com:3128, with user:password@ before the host where it asks for them"
FRAGMENT = "A URL with a fragment (#) is not taken."


class WrongUrl(ValueError):
    """A URL that nothing can be sent to; the text says why, for people."""


def require_proxy(url: str) -> None:
    """Raise `WrongUrl` for what is no proxy that speaks HTTP; it may have a user name and a password."""
    try:
        usable = httpx.Proxy(url).url.host != "" and httpx.URL(url).scheme in ("http", "https")
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise WrongUrl(NO_PROXY)


def host_of(url: str) -> str:
    """The host that a request to this URL goes to. Raises `WrongUrl`."""
    try:
        parts = httpx.URL(url)
        usable = (
            parts.scheme in ("http", "https") and parts.host != "" and (parts.port is None or 0 < parts.port < 2**16)
        )
    except (httpx.InvalidURL, UnicodeError):
        usable = False
    if not usable or not url.isprintable() or " " in url or "\\" in url:
        raise WrongUrl(NO_URL)
    if parts.userinfo:
        raise WrongUrl(CREDENTIALS)
    if "#" in url:
        raise WrongUrl(FRAGMENT)
    return parts.host
