"""Every setting of the service: one class, read from `HELPDESK_*` variables or `.env`, built once and passed down."""

from __future__ import annotations

import re
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.egress.urls import web_proxy
from helpdesk_api.mail.addresses import sender, server_name
from helpdesk_api.storage.clamav import ClamAV

TicketKind = Literal["upload", "support"]

# Pictures, text, office documents, PDF, mail, archives, audio and video; nothing a system executes.
DEFAULT_EXTENSIONS = frozenset(
    """
    png jpg jpeg gif webp bmp tif tiff svg heic heif avif ico
    txt text log md rst csv tsv json xml yaml yml rtf
    doc docx xls xlsx ppt pptx odt ods odp odg pages numbers key vsd vsdx pdf
    eml msg ics vcf
    zip gz tgz bz2 xz 7z rar tar zst
    mp3 wav ogg oga flac m4a aac opus mp4 m4v mov avi mkv webm mpg mpeg ogv
    """.split()
)
DRIVER = "postgresql+asyncpg"
_WEB_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?(/[^\s?#]*)?")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def _words(value: object) -> object:
    """Accept `a,b c` from the environment where a list is meant."""
    return [word for word in value.replace(",", " ").split() if word] if isinstance(value, str) else value


def _web_address(value: str) -> str:
    """The address without a slash at its end."""
    if value and not _WEB_ADDRESS.fullmatch(value):
        raise ValueError("must start with http:// or https:// and a host name, and have no query")
    return value.rstrip("/")


def _origins(values: list[str]) -> list[str]:
    """As browsers write them: in lower case and without a slash at the end."""
    origins = [value.lower().rstrip("/") for value in values]
    for origin in origins:
        match = _WEB_ADDRESS.fullmatch(origin)
        if origin != "*" and (match is None or match[3] or "*" in origin):
            raise ValueError(f"{origin} is no origin: https://app.example.com, with a port where it has one, or *")
    return origins


def _networks(values: list[str]) -> list[str]:
    for value in values:
        try:
            if value != "*":
                ip_network(value)
        except ValueError as error:
            raise ValueError(f"{error}; addresses such as 10.0.0.1, networks such as 10.0.0.0/8, or *") from None
    if "*" in values and len(values) > 1:
        raise ValueError("* stands for every address: nothing else can be beside it")
    return values


def _scanner_address(value: str) -> str:
    if value:
        ClamAV(value)
    return value


def _database_address(value: SecretStr) -> SecretStr:
    """The address with the driver in it, and libpq's `sslmode` under the name that the driver knows."""
    try:
        url = make_url(value.get_secret_value())
    except (ArgumentError, ValueError):
        raise ValueError("cannot be read as postgresql://user:password@host:5432/database") from None
    if url.drivername not in ("postgresql", "postgres", DRIVER):
        raise ValueError("only PostgreSQL is supported: postgresql://user:password@host:5432/database")
    query = {"ssl" if name == "sslmode" else name: option for name, option in url.query.items()}
    return SecretStr(url.set(drivername=DRIVER, query=query).render_as_string(hide_password=False))


def _storage_address(value: SecretStr) -> SecretStr:
    """A word, or the address of a server whose client is installed."""
    address = value.get_secret_value()
    if address in ("auto", "memory", "postgresql"):
        return value
    if not address.startswith(("redis://", "rediss://")):
        raise ValueError("must be auto, memory, postgresql, or redis://host:6379/0")
    if find_spec("redis") is None:
        raise ValueError("needs the client for Redis: pip install 'redis>=5.2'")
    return value


def _proxy_address(value: SecretStr) -> SecretStr:
    web_proxy(value.get_secret_value())
    return value


class Settings(BaseSettings):
    """The service's configuration.

    Raises `pydantic.ValidationError` naming every wrong variable at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="HELPDESK_", env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    # Where it listens
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=256)
    drain_seconds: float = Field(0, ge=0, le=3600)
    grace_seconds: int = Field(30, ge=1, le=86400)

    # Where its data is
    database_url: Annotated[SecretStr, AfterValidator(_database_address)] | None = None
    database_pool_size: int = Field(10, ge=1, le=500)
    data_dir: Path = Path("var")
    media_root: Path | None = None

    # Its name, links and doors
    application_title: str = Field("helpdesk-api", min_length=1, max_length=128)
    base_url: Annotated[str, AfterValidator(_web_address)] = ""
    allowed_hosts: Annotated[list[str], NoDecode] = Field(default_factory=list)
    cors_origins: Annotated[list[str], NoDecode, AfterValidator(_origins)] = Field(default_factory=list)
    trusted_proxies: Annotated[list[str], NoDecode, AfterValidator(_networks)] = Field(default_factory=list)
    hsts_seconds: int = Field(0, ge=0)

    # People
    admin_username: str = Field("admin", max_length=150, pattern=r"^[\w.@+-]+$")
    admin_password: SecretStr | None = Field(None, max_length=1024)
    token_ttl: int = Field(30 * 24 * 3600, ge=0)
    password_rounds: int = Field(12, ge=4, le=16)

    # Tickets
    ticket_kinds: Annotated[list[TicketKind], NoDecode] = Field(["upload", "support"], min_length=1)
    ticket_visibility: Literal["requester", "team"] = "requester"

    # Uploads
    max_upload_size: int = Field(1024**3, ge=1)
    allowed_extensions: Annotated[frozenset[str], NoDecode] = DEFAULT_EXTENSIONS
    user_quota: int = Field(0, ge=0)
    verify_content: bool = False
    clamav_address: Annotated[str, AfterValidator(_scanner_address)] = ""

    # Limits; 0 is none, but for sizes and for the times to wait for a client
    rate_limit_storage: Annotated[SecretStr, AfterValidator(_storage_address)] = SecretStr("auto")
    sign_in_failures_per_name: int = Field(10, ge=0)
    sign_in_failures_per_address: int = Field(10, ge=0)
    token_requests_per_minute: int = Field(0, ge=0)
    max_open_uploads: int = Field(0, ge=0)
    max_body_size: int = Field(1024**2, ge=1024)
    max_header_size: int = Field(32 * 1024, ge=1024)
    header_timeout: float = Field(20, gt=0)
    body_idle_timeout: float = Field(30, gt=0)
    keep_alive_timeout: int = Field(75, ge=1)
    request_timeout: float = Field(60, ge=0)

    # E-mail
    mail_server: Annotated[str, AfterValidator(server_name)] = ""
    mail_port: int | None = Field(None, ge=1, le=65535)
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_username: str = ""
    mail_password: SecretStr | None = None
    mail_default_sender: Annotated[str, AfterValidator(sender)] = Field("", validate_default=True)
    mail_max_emails: int = Field(100, ge=0)
    mail_suppress_send: bool = False
    mail_language: str = Field("en", pattern=r"^[A-Za-z]{2,3}(_[A-Za-z0-9]+)*$")
    mail_templates: Path | None = None
    mail_outstanding_hours: int = Field(0, ge=0, le=24 * 366)

    # Pages and exports
    page_size: int = Field(25, ge=1, le=100)
    posts_per_page: int = Field(50, ge=1, le=100)
    csv_dump_limit: int = Field(1000, ge=1)

    # Background work: numbering events, sending deliveries, periodic tasks
    background_work: bool = True
    deliveries_kept_days: int = Field(30, ge=1, le=3650)

    # Webhooks
    webhook_allowed_networks: Annotated[list[str], NoDecode, AfterValidator(_networks)] = Field(default_factory=list)
    webhook_proxy: Annotated[SecretStr, AfterValidator(_proxy_address)] | None = None
    webhook_secret_overlap: int = Field(24 * 3600, ge=0, le=30 * 24 * 3600)

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator(
        "allowed_hosts",
        "cors_origins",
        "trusted_proxies",
        "ticket_kinds",
        "allowed_extensions",
        "webhook_allowed_networks",
        mode="before",
    )
    @classmethod
    def _split_words(cls, value: object) -> object:
        return _words(value)

    @field_validator("allowed_extensions", mode="after")
    @classmethod
    def _bare_extensions(cls, value: frozenset[str]) -> frozenset[str]:
        return frozenset(extension.lower().lstrip(".") for extension in value)

    @field_validator("mail_use_ssl", mode="after")
    @classmethod
    def _one_kind_of_encryption(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("mail_use_tls"):
            raise ValueError("and HELPDESK_MAIL_USE_TLS exclude each other: TLS from the start, or STARTTLS")
        return value

    @field_validator("mail_default_sender", mode="after")
    @classmethod
    def _somebody_sends(cls, value: str, info: ValidationInfo) -> str:
        """Without a sender, it is the user name, where that is an address."""
        if not value and info.data.get("mail_server") and "@" not in info.data.get("mail_username", ""):
            raise ValueError("is needed with HELPDESK_MAIL_SERVER, since HELPDESK_MAIL_USERNAME is no address")
        return value or sender(info.data.get("mail_username", "") if info.data.get("mail_server") else "")

    @property
    def sends_mail(self) -> bool:
        """Whether anybody is written to: a server is set, and nothing is suppressed."""
        return bool(self.mail_server) and not self.mail_suppress_send

    @property
    def rate_limit_address(self) -> str:
        """Where rate limits are counted: `memory`, `postgresql`, or a server's address.

        Memory will do for one worker on the embedded database, which nobody else can use. With a database of its own,
        the service cannot know how many others there are.
        """
        address = self.rate_limit_storage.get_secret_value()
        if address != "auto":
            return address
        return "memory" if self.workers == 1 and self.database_url is None else "postgresql"

    @property
    def webhook_destinations(self) -> Destinations:
        """Where webhooks may be sent to."""
        proxy = self.webhook_proxy.get_secret_value() if self.webhook_proxy else None
        return Destinations(self.webhook_allowed_networks, proxy)

    @property
    def media_dir(self) -> Path:
        """The folder uploads are kept in: `MEDIA_ROOT`, or `media/` in the data folder."""
        return self.media_root or self.data_dir / "media"
