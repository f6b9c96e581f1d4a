"""Addresses of people and servers, as settings and headers take them."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address

_SERVER = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_MAILBOX = re.compile(
    r"(?:(?P<name>[^<>\x00-\x1f\x7f]*)<)?(?P<local>[^<>\s,;\"@]+)@(?P<domain>[^<>\s,;\"@]+)(?(name)>)"
)
_WRONG = "must be an e-mail address: help@example.com, or Help desk <help@example.com>"


def mailbox(value: str) -> Address:
    """`help@example.com` or `Help desk <help@example.com>` (RFC 5322), the domain in ASCII. Raises ValueError."""
    found = _MAILBOX.fullmatch(value)
    if found is None:
        raise ValueError(_WRONG)
    name = (found["name"] or "").strip().strip('"')
    try:
        return Address(display_name=name, addr_spec=f"{found['local']}@{found['domain'].encode('idna').decode()}")
    except (MessageError, IndexError, UnicodeError):
        # A local part beyond ASCII would need servers that speak SMTPUTF8, all the way.
        raise ValueError(_WRONG) from None


def sender(value: str) -> str:
    """The same text. Raises ValueError where it is neither empty nor a mailbox."""
    if value:
        mailbox(value)
    return value


def server_name(value: str) -> str:
    """The same text. Raises ValueError where it is neither empty nor a host name or an IP address, without a port."""
    if value and not _SERVER.fullmatch(value):
        raise ValueError("must be a host name or an IP address; the port is HELPDESK_MAIL_PORT")
    return value
