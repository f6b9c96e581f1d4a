"""`send-test-email`, and what `check` and `serve` say of mail servers and templates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands import run_command
from helpdesk_api.cli import app
from helpdesk_api.db.engine import Database
from mail_servers import PASSWORD, USERNAME, mail_server, make_certificates, signing_in

SENDER = {"HELPDESK_MAIL_DEFAULT_SENDER": "Desk <desk@example.com>"}


async def run(*arguments: str, **settings: object) -> Result:
    """What a command says and ends with; in a thread, since it has an event loop of its own."""
    variables = {f"HELPDESK_MAIL_{name.upper()}": str(value) for name, value in settings.items()}
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env={**SENDER, **variables})


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of the developer's."""
    monkeypatch.chdir(tmp_path)


async def test_a_test_message_is_sent_at_once() -> None:
    with mail_server() as mailbox:
        result = await run("send-test-email", "jblogs@example.com", server="127.0.0.1", port=mailbox.port)
    assert (result.exit_code, result.output) == (
        0,
        f"Sent to jblogs@example.com by 127.0.0.1:{mailbox.port}, which says: taken\n",
    )
    (one,) = mailbox.received
    assert (one.sender, one.recipients) == ("desk@example.com", ["jblogs@example.com"])
    assert one.message["Message-ID"].endswith("@example.com>")


async def test_a_test_message_that_is_refused_says_why() -> None:
    with mail_server() as mailbox:
        mailbox.refusals["gone@example.com"] = "550 5.1.1 nobody of this name"
        result = await run("send-test-email", "gone@example.com", server="127.0.0.1", port=mailbox.port)
    said = f"not sent by 127.0.0.1:{mailbox.port}: the mail server says: 550 5.1.1 nobody of this name"
    assert (result.exit_code, result.output) == (1, f"helpdesk-api: {said}\n")


@pytest.mark.parametrize(
    ("address", "settings", "reason"),
    [
        ("jblogs@example.com", {}, "nobody is written to: HELPDESK_MAIL_SERVER is not set"),
        ("jblogs@example.com", {"server": "127.0.0.1", "suppress_send": "true"}, "nobody is written to"),
        ("jblogs", {"server": "127.0.0.1"}, "ADDRESS must be an e-mail address"),
        ("jblogs@example.com", {"server": "127.0.0.1", "language": "tlh"}, "no catalogue of the language tlh"),
    ],
)
async def test_a_test_message_that_cannot_be_sent_says_why(
    address: str, settings: dict[str, object], reason: str
) -> None:
    result = await run("send-test-email", address, **settings)
    assert result.exit_code == 1
    assert reason in result.output


async def test_check_encrypts_and_signs_in(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.file))
    with mail_server(**signing_in(certificates)) as mailbox:
        mail = {
            "mail_server": "127.0.0.1",
            "mail_port": mailbox.port,
            "mail_use_tls": True,
            "mail_username": USERNAME,
            "mail_default_sender": "desk@example.com",
        }
        right = await run_command(empty_database, "check", **mail, mail_password=PASSWORD)
        wrong = await run_command(empty_database, "check", **mail, mail_password="mistyped-one")
    server = f"mail server 127.0.0.1:{mailbox.port}"
    assert right.exit_code == 0
    assert right.stdout.splitlines()[-1] == f"{server}: ok (STARTTLS, signed in as helpdesk)"
    assert wrong.exit_code == 1
    assert f"the {server} cannot be used: the mail server says: 535" in wrong.stderr
    assert "mistyped-one" not in wrong.output
    assert mailbox.received == []


@pytest.mark.parametrize("command", ["check", "serve"])
async def test_a_broken_template_is_named_before_anything_begins(
    empty_database: Database, tmp_path: Path, command: str
) -> None:
    (tmp_path / "closed.html").write_text("{{ oops")
    mail = {"mail_server": "127.0.0.1", "mail_port": 9, "mail_default_sender": "desk@example.com"}
    result = await run_command(empty_database, command, **mail, mail_templates=tmp_path)
    assert result.exit_code == 1
    assert "the e-mail templates cannot be used: closed.html, line 1:" in result.stderr
