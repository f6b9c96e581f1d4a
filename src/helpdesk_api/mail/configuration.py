"""The mail server and the templates that the settings ask for."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from helpdesk_api.mail.addresses import mailbox
from helpdesk_api.mail.server import MailServer
from helpdesk_api.mail.templates import Templates
from helpdesk_api.settings import Settings

Encryption = Literal["none", "starttls", "tls"]
_PORTS: dict[Encryption, int] = {"none": 25, "starttls": 587, "tls": 465}


def server_of(settings: Settings) -> MailServer:
    """The server that is set; there must be one."""
    encryption: Encryption = "starttls" if settings.mail_use_tls else "tls" if settings.mail_use_ssl else "none"
    return MailServer(
        host=settings.mail_server,
        port=settings.mail_port or _PORTS[encryption],
        sender=settings.mail_default_sender,
        encryption=encryption,
        username=settings.mail_username,
        password=settings.mail_password.get_secret_value() if settings.mail_password else "",
        max_emails=settings.mail_max_emails,
    )


def host_of(settings: Settings) -> str:
    """What Message-IDs end in: the host of the links, or the sender's."""
    host = urlsplit(settings.base_url).hostname or mailbox(settings.mail_default_sender).domain
    return host if host.isascii() and ":" not in host else mailbox(settings.mail_default_sender).domain


def templates_of(settings: Settings) -> Templates:
    """The templates that are set. Raises `TemplatesBroken`."""
    return Templates(settings.mail_language, settings.mail_templates)


def common_of(settings: Settings) -> dict[str, str]:
    """What every template may say of the desk itself."""
    return {"application": settings.application_title, "base_url": settings.base_url}
