"""E-mail by the service as people run it, set up as docs/email.md says: what is opened and replied arrives."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from live_service import PROGRAM, LiveService, running_service, wait_until
from mail_servers import PASSWORD, Mailbox, mail_server, make_certificates, signing_in

DOCUMENT = (Path(__file__).parents[2] / "docs" / "email.md").read_text()
BASE_URL = "https://help.example.com"


def blocks(language: str) -> list[str]:
    """The document's examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the service of all these tests is; a socket's address must hold its name."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Mailbox]:
    """A mail server that wants STARTTLS and a password."""
    mailbox = Mailbox(taken="250 2.0.0 Ok: queued")
    with mail_server(mailbox, **signing_in(make_certificates(folder))):
        yield mailbox


@pytest.fixture(scope="module")
def environment(folder: Path, server: Mailbox) -> dict[str, str]:
    """The document's settings, but for where the mail server is."""
    (settings,) = blocks("sh")
    (folder / ".env").write_text(settings)
    return {
        "SSL_CERT_FILE": str(folder / "certificate.pem"),
        "HELPDESK_MAIL_SERVER": "127.0.0.1",
        "HELPDESK_MAIL_PORT": str(server.port),
        "HELPDESK_LOG_LEVEL": "DEBUG",
    }


@pytest.fixture(scope="module")
def live(folder: Path, environment: dict[str, str]) -> Iterator[LiveService]:
    """The service with these settings."""
    with running_service(folder, environment) as service:
        yield service


@pytest.fixture(scope="module")
def admin(live: LiveService) -> dict[str, str]:
    """Headers of an admin."""
    return live.sign_in()


@pytest.fixture
def client(live: LiveService, admin: dict[str, str]) -> Iterator[httpx.Client]:
    """An admin."""
    with httpx.Client(base_url=live.url, headers=admin) as client:
        yield client


@pytest.fixture
def mailbox(server: Mailbox) -> Mailbox:
    """The mail server, with nothing received yet."""
    server.received.clear()
    return server


def made(answer: httpx.Response) -> int:
    """The id of what was created."""
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_django_helpdesks_tickets_and_followups_arrive(client: httpx.Client, mailbox: Mailbox) -> None:
    about = {"queue": 1, "title": "Printer on fire", "submitter_email": "jblogs@example.com"}
    ticket = made(client.post("/api/tickets/", json=about))
    reply = made(client.post("/api/followups/", json={"ticket": ticket, "comment": "Put out.", "public": True}))
    private = made(client.post("/api/followups/", json={"ticket": ticket, "comment": "Between us.", "public": False}))
    opened, replied = mailbox.wait_for(2)
    (shown,) = blocks("text")
    shown = re.sub(r"(support-|Ticket: #|ticket/)1\b", rf"\g<1>{ticket}", shown)
    written = "\n".join(f"{name}: {replied.message[name]}" for name in ("From", "To", "Subject"))
    assert f"{written}\n\n{replied.text}" == shown
    assert opened.text.startswith("Your ticket was opened. You will be told when somebody answers.\n\nTicket: #")
    assert replied.message["In-Reply-To"] == opened.message["Message-ID"]
    assert [client.get(f"/api/followups/{one}/").json()["email_recipients"] for one in (reply, private)] == [
        ["jblogs@example.com"],
        [],
    ]


def test_flickets_tickets_and_posts_arrive(live: LiveService, client: httpx.Client, mailbox: Mailbox) -> None:
    account = {"username": "requester", "email": "requester@example.com", "password": "correct-horse-battery"}
    made(client.post("/api/users/", json=account))
    new = {"title": "Mouse", "content": "It squeaks.", "category_id": 1, "ticket_priority_id": 1}
    signed_in = ("requester", "correct-horse-battery")
    ticket = made(httpx.post(f"{live.url}/flicket-api/tickets", json=new, auth=signed_in))
    made(client.post("/flicket-api/posts", json={"ticket_id": ticket, "content": "Feed it."}))
    closed = client.post(f"/flicket-api/ticket/{ticket}/close", json={"content": "It was fed."})
    assert closed.status_code == 200
    received = mailbox.wait_for(3)
    assert mailbox.to == ["requester@example.com"] * 3
    assert [one.text.split("\n\nTicket:")[0] for one in received] == [
        "Your ticket was opened. You will be told when somebody answers.\n\nIt squeaks.",
        "admin answered:\n\nFeed it.",
        "admin closed this ticket:\n\nIt was fed.",
    ]
    assert f"{BASE_URL}/flicket-api/ticket/{ticket}\n" in received[0].text


def test_the_log_tells_what_was_not_sent(live: LiveService, client: httpx.Client, mailbox: Mailbox) -> None:
    mailbox.refusals["gone@example.com"] = "550 5.1.1 nobody of this name"
    mailbox.answers.append("451 4.7.1 come back later")
    for address in ("gone@example.com", "jblogs@example.com"):
        made(client.post("/api/tickets/", json={"queue": 1, "title": "Printer on fire", "submitter_email": address}))
    mailbox.wait_for(1)
    lines = [line for line in live.log.splitlines() if "e-mail" in line]
    shown = [re.sub(r"^.*\] (e-mail .*?) +\[.*reason='(.*)'.*$", r"\1: \2", line) for line in lines]
    assert sorted(shown) == [
        "e-mail given up: the mail server says: 550 5.1.1 nobody of this name",
        "e-mail not sent yet: the mail server says: 451 4.7.1 come back later",
    ]
    assert PASSWORD not in live.log


def test_the_documents_commands_do_as_it_says(
    live: LiveService, client: httpx.Client, environment: dict[str, str], mailbox: Mailbox
) -> None:
    account = {"username": "jblogs", "email": "jblogs@example.com", "password": "correct-horse-battery"}
    user = made(client.post("/api/users/", json=account))
    about = {"queue": 1, "title": "Printer on fire", "assigned_to": user}
    ticket = made(client.post("/api/tickets/", json=about))
    mailbox.wait_for(1)
    examples = [
        line
        for block in blocks("console")
        for line in block.replace("smtp.example.com:587", f"127.0.0.1:{mailbox.port}").splitlines()
    ]
    said = [run(live, environment, line) if line.startswith("$ ") else "" for line in examples]
    everything = "".join(said)
    assert [line for line in examples if not line.startswith("$ ") and f"{line}\n" not in everything] == []
    wait_until(lambda: len(mailbox.received) == 3, "the test message and the reminder did not come")
    assigned, test, reminder = mailbox.received
    assert mailbox.to == ["jblogs@example.com"] * 3
    assert assigned.text.startswith("admin assigned this ticket to you.\n")
    assert test.message["Subject"] == "Test message of helpdesk-api"
    assert reminder.text.startswith(f"Open tickets assigned to you:\n\n#{ticket} Printer on fire (Open)\n")
    assert PASSWORD not in everything + live.log + live.printed


def run(live: LiveService, environment: dict[str, str], line: str) -> str:
    """What one of the document's commands says."""
    words = line.removeprefix("$ ").split()
    assert words[0] == "helpdesk-api"
    variables = {"PATH": "/usr/bin:/bin", "HELPDESK_DATA_DIR": str(live.folder / "var"), **environment}
    done = subprocess.run([PROGRAM, *words[1:]], cwd=live.folder, env=variables, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), line
    return done.stdout
