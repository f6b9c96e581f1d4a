"""What README.md and docs/first-steps.md tell people to type, typed into a shell beside a service just installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from live_service import LiveService

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)
# What the first start makes up, in the documents.
PASSWORD = "cK6zcYMFCG7GTjDd"
# What is different each time: tokens, the folders of attachments, points in time.
DIFFERENT = re.compile(
    r"\b[0-9a-f]{64}\b"
    r"|(?<=ticket-)\d+-[0-9a-f]{16}"
    r"|\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?"
    r"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT"
)
SHELL = """
curl() {{ command curl --silent --show-error --connect-to localhost:8000:127.0.0.1:{port} "$@"; }}
printf one > image1.png; printf two > image2.png; printf text > report.txt; printf shot > photo.png
"""


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a document's console blocks, with what they print."""
    return [(found[1], found[2].strip()) for block in BLOCK.findall(text) for found in COMMAND.finditer(block)]


def played(live: LiveService, typed: list[str]) -> list[str]:
    """What each command prints, one shell for all of them; each must succeed."""
    (live.folder / ".venv").symlink_to(sys.prefix)
    script = "".join(f"{one.replace(PASSWORD, live.password)}\nprintf '\\0'\n" for one in typed)
    shell = ["bash", "-eu", "-c", SHELL.format(port=live.port) + script]
    done = subprocess.run(shell, cwd=live.folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return [one.strip() for one in done.stdout.split("\0")[:-1]]


@pytest.mark.parametrize("document", ["README.md", "docs/first-steps.md"])
def test_what_a_document_shows_is_what_happens(live: LiveService, document: str) -> None:
    shown = commands((ROOT / document).read_text())
    assert len(shown) > 2
    printed = played(live, [command for command, _ in shown])
    for (command, expected), found in zip(shown, printed, strict=True):
        assert DIFFERENT.sub("...", found) == DIFFERENT.sub("...", expected), command


def test_the_requests_of_the_table_open_a_ticket_each(live: LiveService) -> None:
    requests = re.findall(r"^\| .* \| `(curl .*)` \|$", README, re.MULTILINE)
    assert len(requests) == 3
    first, second, third = played(live, requests)
    assert '"status":"PENDING"' in first
    assert '"title":"Printer on fire"' in second
    assert '"title":"Printer on fire"' in third


def test_the_first_start_says_what_the_readme_says(live: LiveService) -> None:
    said = live.printed.replace(live.password, PASSWORD).replace(f":{live.port}", ":8000")
    assert f"```\n{said}```\n" in README
