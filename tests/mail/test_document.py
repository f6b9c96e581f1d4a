"""docs/email.md: its template works, its language can be added, and it names every setting and file there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

from helpdesk_api.mail.templates import CATALOGUES, PACKAGED, SAMPLES, Templates
from helpdesk_api.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "email.md").read_text()


def test_the_template_of_the_document_is_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```jinja\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "replied.txt").write_text(example)
    assert Templates(folder=tmp_path).render("replied", SAMPLES["replied"]).text == (
        'Joe Blogs answered your question about "Printer on fire":\n\nIt burns.\n\nhttps://desk.example.com/tickets/12\n'
    )


def test_the_documents_first_step_to_another_language(tmp_path: Path) -> None:
    (command,) = re.findall(r"`\.venv/bin/(pybabel init [^`]*)`", DOCUMENT)
    program, *words = shlex.split(command)
    folder = words.index("-d") + 1
    assert ROOT / words[folder] == CATALOGUES
    words[folder] = str(tmp_path)
    subprocess.run([Path(sys.executable).with_name(program), *words], cwd=ROOT, check=True, capture_output=True)
    with (
        (tmp_path / "de" / "LC_MESSAGES" / "mail.po").open("rb") as new,
        (CATALOGUES / "mail.pot").open("rb") as all_of,
    ):
        assert {message.id for message in read_po(new)} == {message.id for message in read_po(all_of)}


def test_the_document_names_every_setting_and_template() -> None:
    settings = {name for name in Settings.model_fields if name.startswith("mail_")}
    named = {name.lower() for name in re.findall(r"`HELPDESK_(MAIL_[A-Z_]+)`", DOCUMENT)}
    assert settings - named == {"mail_password"}  # which is told with the user name
    stems = {path.stem for path in PACKAGED.iterdir() if path.suffix in (".txt", ".html")}
    assert {stem for stem in stems if not re.search(rf"`{stem}(\.txt|\.html)?`", DOCUMENT)} == set()
