"""Settings: all of them in .env.example, read from the environment, and named where they are wrong."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import typer
from pydantic import ValidationError

from helpdesk_api.cli.environment import load_settings
from helpdesk_api.mail.configuration import host_of, server_of
from helpdesk_api.settings import Settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"
ASSIGNMENT = re.compile(r"^#(HELPDESK_[A-Z_]+)=(.*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's own, and no .env in the current folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HELPDESK_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_example_has_every_setting_once_in_the_order_of_the_class() -> None:
    names = [name for name, _ in ASSIGNMENT.findall(EXAMPLE.read_text())]
    assert names == [f"HELPDESK_{name.upper()}" for name in Settings.model_fields]


def test_the_example_says_what_each_setting_is_for() -> None:
    lines = EXAMPLE.read_text().splitlines()
    above = {line.partition("=")[0]: lines[number - 1] for number, line in enumerate(lines) if ASSIGNMENT.match(line)}
    assert {name: comment for name, comment in above.items() if not re.match(r"# .*\w.*\.$", comment)} == {}


def test_the_example_as_it_stands_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert Settings().model_fields_set == set()


def test_the_examples_values_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ASSIGNMENT.sub(r"\1=\2", EXAMPLE.read_text()))
    settings = Settings()
    assert "allowed_extensions" in settings.model_fields_set
    assert settings.model_dump() == Settings(_env_file=None).model_dump()


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("HELPDESK_PORT=8001\nHELPDESK_PAGE_SIZE=10\n")
    monkeypatch.setenv("HELPDESK_PORT", "8002")
    settings = Settings()
    assert (settings.port, settings.page_size) == (8002, 10)


@pytest.mark.parametrize("text", ["a.example,b.example", "a.example b.example", " a.example , b.example,"])
def test_lists_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HELPDESK_ALLOWED_HOSTS", text)
    monkeypatch.setenv("HELPDESK_CORS_ORIGINS", text.replace("a.", "https://a.").replace("b.", "http://b."))
    monkeypatch.setenv(
        "HELPDESK_TRUSTED_PROXIES", text.replace("a.example", "10.0.0.1").replace("b.example", "fd00::/8")
    )
    settings = Settings()
    assert settings.allowed_hosts == ["a.example", "b.example"]
    assert settings.cors_origins == ["https://a.example", "http://b.example"]
    assert settings.trusted_proxies == ["10.0.0.1", "fd00::/8"]


def test_an_origin_is_written_as_browsers_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_CORS_ORIGINS", "HTTPS://App.example.com/, http://localhost:5173, *")
    assert Settings().cors_origins == ["https://app.example.com", "http://localhost:5173", "*"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "app.example.com"),
        ("CORS_ORIGINS", "https://app.example.com/path"),
        ("CORS_ORIGINS", "https://*.example.com"),
        ("CORS_ORIGINS", "null"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.256"),
        ("TRUSTED_PROXIES", "* 10.0.0.1"),
        ("CLAMAV_ADDRESS", "localhost"),
        ("CLAMAV_ADDRESS", "tcp://localhost:3310"),
        ("WEBHOOK_ALLOWED_NETWORKS", "hooks.example.com"),
        ("WEBHOOK_ALLOWED_NETWORKS", "* 10.0.0.1"),
        ("WEBHOOK_PROXY", "proxy.example.com:3128"),
        ("WEBHOOK_PROXY", "socks5://proxy.example.com:1080"),
        ("WEBHOOK_PROXY", "http://"),
        ("WEBHOOK_SECRET_OVERLAP", "-1"),
        ("USER_QUOTA", "-1"),
        ("HSTS_SECONDS", "-1"),
    ],
)
def test_a_value_that_could_never_fit_anything_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"HELPDESK_{name}", value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert [str(one["loc"][0]).upper() for one in raised.value.errors()] == [name]


def test_a_command_names_variables_that_are_no_settings_with_what_may_be_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELPDESK_ALOWED_HOSTS", "desk.example.com")
    monkeypatch.setenv("helpdesk_colour", "blue")
    monkeypatch.setenv("HELPDESK_TEST_DATABASE_URL", "postgresql://localhost")
    monkeypatch.setenv("HELPDESK_PORT", "8001")
    (tmp_path / ".env").write_text("HELPDESK_DATABASE_URI=postgresql://user:sesame@host/name\nOTHER=1\n")
    assert load_settings().port == 8001
    assert capsys.readouterr().err.splitlines() == [
        "helpdesk-api: HELPDESK_ALOWED_HOSTS is no setting; is HELPDESK_ALLOWED_HOSTS meant?",
        "helpdesk-api: HELPDESK_COLOUR is no setting.",
        "helpdesk-api: HELPDESK_DATABASE_URI is no setting; is HELPDESK_DATABASE_URL meant?",
    ]


def test_webhooks_may_go_where_networks_and_a_proxy_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().webhook_destinations.admit(IPv4Address("10.1.2.3")) is False
    monkeypatch.setenv("HELPDESK_WEBHOOK_ALLOWED_NETWORKS", "10.1.0.0/16, 127.0.0.1")
    monkeypatch.setenv("HELPDESK_WEBHOOK_PROXY", "http://me:sesame@proxy.example.com:3128")
    settings = Settings()
    assert settings.webhook_destinations.admit(IPv4Address("10.1.2.3")) is True
    assert settings.webhook_destinations.proxy == "http://me:sesame@proxy.example.com:3128"
    assert "sesame" not in repr(settings)


def test_extensions_are_taken_with_or_without_a_dot_and_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_ALLOWED_EXTENSIONS", "PNG, .jpg")
    assert Settings().allowed_extensions == {"png", "jpg"}


def test_one_kind_of_ticket_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_TICKET_KINDS", "upload")
    assert Settings().ticket_kinds == ["upload"]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_a_database_url_works_with_and_without_the_drivers_name(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("HELPDESK_DATABASE_URL", f"{scheme}://user:secret@host/name")
    url = Settings().database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql+asyncpg://user:secret@host/name"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_DATABASE_URL", "postgresql://user:sesame@host/name")
    monkeypatch.setenv("HELPDESK_ADMIN_PASSWORD", "sesame")
    assert "sesame" not in repr(Settings())


def test_a_base_url_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_BASE_URL", "https://help.example.com/")
    assert Settings().base_url == "https://help.example.com"


def test_files_are_in_the_data_folder_unless_they_have_one_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_DATA_DIR", "data")
    assert Settings().media_dir == Path("data/media")
    monkeypatch.setenv("HELPDESK_MEDIA_ROOT", "elsewhere")
    assert Settings().media_dir == Path("elsewhere")


WRONG = {
    "PORT": "65536",
    "WORKERS": "0",
    "DATABASE_URL": "mysql://user:sesame@host/name",
    "TOKEN_TTL": "a month",
    "PASSWORD_ROUNDS": "3",
    "TICKET_KINDS": "upload,incident",
    "TICKET_VISIBILITY": "everybody",
    "MAX_UPLOAD_SIZE": "-1",
    "PAGE_SIZE": "101",
    "LOG_LEVEL": "LOUD",
}


def test_all_wrong_values_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(f"HELPDESK_{name}", value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert [str(one["loc"][0]).upper() for one in raised.value.errors()] == list(WRONG)


def test_a_command_names_all_wrong_variables_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(f"HELPDESK_{name}", value)
    with pytest.raises(typer.Exit) as raised:
        load_settings()
    first, *others = capsys.readouterr().err.splitlines()
    assert (raised.value.exit_code, first) == (1, "helpdesk-api: these settings are wrong:")
    assert [line.partition(":")[0].strip() for line in others] == [f"HELPDESK_{name}" for name in WRONG]
    assert not any("sesame" in line for line in others)


def test_a_command_names_a_base_url_without_a_scheme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELPDESK_BASE_URL", "help.example.com")
    with pytest.raises(typer.Exit):
        load_settings()
    assert "HELPDESK_BASE_URL: must start with http:// or https://" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "counted_in"),
    [
        ({}, "memory"),
        ({"WORKERS": "2"}, "postgresql"),
        ({"DATABASE_URL": "postgresql://host/name"}, "postgresql"),
        ({"DATABASE_URL": "postgresql://host/name", "RATE_LIMIT_STORAGE": "memory"}, "memory"),
        ({"RATE_LIMIT_STORAGE": "postgresql"}, "postgresql"),
    ],
)
def test_rate_limits_are_counted_where_everybody_who_serves_can_see_them(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], counted_in: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"HELPDESK_{name}", value)
    assert Settings().rate_limit_address == counted_in


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("mongodb://host", "must be auto, memory, postgresql, or redis://host:6379/0"),
        ("redis://:secret@host:6379/0", "needs the client for Redis: pip install 'redis>=5.2'"),
    ],
)
def test_a_storage_that_cannot_be_used_is_named_and_its_password_is_not(
    monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.setenv("HELPDESK_RATE_LIMIT_STORAGE", address)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert reason in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("variables", "wrong", "reason"),
    [
        ({"SERVER": "smtp.example.com"}, "default_sender", "is needed with HELPDESK_MAIL_SERVER"),
        ({"SERVER": "smtp.example.com", "USERNAME": "desk"}, "default_sender", "is needed with HELPDESK_MAIL_SERVER"),
        ({"DEFAULT_SENDER": "Desk"}, "default_sender", "must be an e-mail address"),
        ({"DEFAULT_SENDER": "desk@example.com\nBcc: b@example.com"}, "default_sender", "must be an e-mail address"),
        ({"SERVER": "smtp.example.com:587"}, "server", "the port is HELPDESK_MAIL_PORT"),
        ({"SERVER": "smtp://smtp.example.com"}, "server", "must be a host name or an IP address"),
        ({"USE_TLS": "true", "USE_SSL": "true"}, "use_ssl", "exclude each other"),
        ({"PORT": "0"}, "port", "greater than or equal to 1"),
        ({"LANGUAGE": "../fr"}, "language", "should match pattern"),
    ],
)
def test_mail_settings_that_cannot_work_are_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wrong: str, reason: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"HELPDESK_MAIL_{name}", value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert [error["loc"] for error in raised.value.errors()][-1] == (f"mail_{wrong}",)
    assert reason in str(raised.value)


@pytest.mark.parametrize("server", ["smtp.example.com", "127.0.0.1", "::1", "mail_server-1"])
def test_a_user_name_that_is_an_address_is_the_sender(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setenv("HELPDESK_MAIL_SERVER", server)
    monkeypatch.setenv("HELPDESK_MAIL_USERNAME", "desk@example.com")
    monkeypatch.setenv("HELPDESK_MAIL_PASSWORD", "a-secret")
    settings = Settings()
    assert (settings.mail_default_sender, settings.sends_mail) == ("desk@example.com", True)
    assert "a-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("encryption", "port"), [({}, 25), ({"mail_use_tls": True}, 587), ({"mail_use_ssl": True}, 465)]
)
def test_the_mail_servers_port_goes_with_the_encryption(encryption: dict[str, bool], port: int) -> None:
    given = {"mail_server": "smtp.example.com", "mail_default_sender": "desk@example.com", **encryption}
    assert server_of(Settings(_env_file=None, **given)).port == port  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("", "example.com"),
        ("https://help.example.org:8443/desk", "help.example.org"),
        ("http://[::1]:8000", "example.com"),
    ],
)
def test_message_ids_are_from_the_host_of_the_links_or_the_senders(base_url: str, host: str) -> None:
    given = {"mail_server": "smtp.example.com", "mail_default_sender": "Desk <desk@example.com>", "base_url": base_url}
    assert host_of(Settings(_env_file=None, **given)) == host  # type: ignore[arg-type]
