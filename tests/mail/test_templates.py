"""What messages say: in two languages, in files that can be replaced."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from helpdesk_api.mail.errors import TemplatesBroken
from helpdesk_api.mail.templates import CATALOGUES, PACKAGED, SAMPLES, Templates, languages


def values(kind: str = "replied", **others: Any) -> dict[str, Any]:
    """What templates of this kind may say."""
    return {**SAMPLES[kind], "is_cut": False, "files": [], **others}


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("opened", "Your ticket was opened. You will be told when somebody answers."),
        ("assigned", "Joe Blogs assigned this ticket to you."),
        ("replied", "Joe Blogs answered:"),
        ("closed", "Joe Blogs closed this ticket:"),
    ],
)
def test_what_a_message_about_a_ticket_says(kind: str, first: str) -> None:
    words = Templates().render(kind, values(kind, text="It burns.\n\nBring sand & <water>."))
    assert words.subject == "[help-12] Printer on fire\n"
    assert words.text == (
        f"{first}\n\nIt burns.\n\nBring sand & <water>.\n\n"
        "Ticket: #12 Printer on fire\nQueue: Help\nStatus: Open\n"
        "https://help.example.com/flicket-api/ticket/12\n\n-- \nhelpdesk-api\n"
    )


def test_the_same_in_html() -> None:
    words = Templates().render("replied", values(text="It burns.\n\nBring sand & <water>."))
    assert (
        words.html
        == """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Printer on fire</title></head>
<body style="font-family: sans-serif; line-height: 1.4">
<p>
Joe Blogs answered:
</p>
<blockquote style="margin: 1em 0; padding-left: 1em; border-left: 3px solid #999; white-space: pre-wrap">It burns.

Bring sand &amp; &lt;water&gt;.</blockquote>
<p>
Ticket:
<a href="https://help.example.com/flicket-api/ticket/12">#12 Printer on fire</a><br>
Queue: Help<br>
Status: Open
</p>
<p style="color: #666">helpdesk-api</p>
</body>
</html>
"""
    )


def test_nothing_that_people_write_is_markup() -> None:
    evil = '<script>"&'
    ticket = {"id": 12, "title": evil, "queue": "help", "queue_title": evil, "status": 1}
    for kind in ("opened", "assigned", "replied", "closed"):
        about = values(kind, ticket=ticket, actor=evil, text=evil, files=[evil], application=evil)
        assert "<script>" not in Templates().render(kind, about).html
    listed = {"tickets": [ticket], "more": 0}
    words = Templates().render("outstanding", values("outstanding", created=listed, assigned=listed))
    assert "<script>" not in words.html


def test_a_text_that_was_cut_and_files_are_told() -> None:
    words = Templates().render("replied", values(is_cut=True, files=["a.png", "b.txt"]))
    assert "It burns.\n[...] The rest is in the ticket.\n\nFiles: a.png, b.txt\n" in words.text
    assert "It burns. [...]</blockquote>\n<p>The rest is in the ticket.</p>\n<p>Files: a.png, b.txt</p>" in words.html


def test_without_a_base_url_there_are_no_links() -> None:
    for kind in SAMPLES:
        words = Templates().render(kind, values(kind, base_url=""))
        assert re.findall("href|https?:|flicket-api", words.text + words.html) == []


def test_a_reminder_lists_what_is_open() -> None:
    words = Templates().render("outstanding", SAMPLES["outstanding"])
    one = "#12 Printer on fire (Open)\n    https://help.example.com/flicket-api/ticket/12\nand 1 more\n"
    assert words.subject == "2 open tickets\n"
    assert words.text == (
        f"Open tickets assigned to you:\n\n{one}\nOpen tickets you opened:\n\n{one}\n-- \nhelpdesk-api\n"
    )


def test_french() -> None:
    french = Templates("fr")
    assert french.render("closed", values("closed", text="")).text == (
        "Joe Blogs a fermé ce ticket.\n\n"
        "Ticket\u00a0: #12 Printer on fire\nFile d\u2019attente\u00a0: Help\nStatut\u00a0: Ouvert\n"
        "https://help.example.com/flicket-api/ticket/12\n\n-- \nhelpdesk-api\n"
    )
    assert '<html lang="fr">' in french.render("closed", values("closed")).html
    subjects = [french.render("outstanding", values("outstanding", total=total)).subject for total in (1, 2)]
    assert subjects == ["1 ticket ouvert\n", "2 tickets ouverts\n"]


def test_a_template_that_is_replaced_goes_before_the_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "replied.txt").write_text("{{ actor }} on {{ ticket.title }}: {{ text }}")
    (tmp_path / "subject.txt").write_text("Ticket {{ ticket.id }}\n")
    replaced, packaged = Templates(folder=tmp_path), Templates()
    words = replaced.render("replied", values())
    assert (words.subject, words.text) == ("Ticket 12\n", "Joe Blogs on Printer on fire: It burns.\n")
    assert words.html == packaged.render("replied", values()).html


def test_a_language_may_come_with_the_replaced_templates(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    german = Catalog(locale="de")
    german.add("%(actor)s answered:", "%(actor)s hat geantwortet:")
    with (folder / "mail.mo").open("wb") as file:
        write_mo(file, german)
    text = Templates("de", tmp_path).render("replied", values()).text
    assert text.startswith("Joe Blogs hat geantwortet:\n\nIt burns.\n\nTicket: #12")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{% if %}", r"^replied\.txt, line 1: Expected an expression"),
        ("{{ nobody }}", r"^replied\.txt: 'nobody' is undefined"),
        ("{{ ticket.nothing }}", r"^replied\.txt: .* has no attribute 'nothing'"),
        ("{{ ''.__class__.__mro__ }}", r"^replied\.txt: access to attribute '__class__'"),
        ("{% include 'missing.txt' %}", r"^replied\.txt: 'missing.txt' not found"),
        ("{{ 1 / 0 }}", r"^replied\.txt: division by zero"),
    ],
)
def test_a_broken_template_is_named_at_the_start(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "replied.txt").write_text(content)
    with pytest.raises(TemplatesBroken, match=reason):
        Templates(folder=tmp_path)


def test_a_folder_that_is_not_there_and_a_language_nobody_has_written(tmp_path: Path) -> None:
    with pytest.raises(TemplatesBroken, match="is no folder"):
        Templates(folder=tmp_path / "missing")
    with pytest.raises(TemplatesBroken, match="no catalogue of the language tlh: en, fr have one"):
        Templates("tlh")


def test_a_catalogue_that_is_none_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "mail.mo").write_bytes(b"no catalogue")
    with pytest.raises(TemplatesBroken, match="the catalogue of de: "):
        Templates("de", tmp_path)


def collected() -> set[str]:
    """Everything the templates say."""
    found = extract_from_dir(
        PACKAGED,
        [("**", "jinja2")],
        {"**": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}},
    )
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalogue(path: Path) -> Catalog:
    """A catalogue as translators write it."""
    with path.open("rb") as file:
        return read_po(file)


def words_of(found: Catalog) -> set[str]:
    """What a catalogue is about."""
    return {message.id if isinstance(message.id, str) else message.id[0] for message in found if message.id}


def test_the_catalogues_have_every_message_and_nothing_else() -> None:
    template = CATALOGUES / "mail.pot"
    for path in (template, *CATALOGUES.glob("*/LC_MESSAGES/mail.po")):
        found = catalogue(path)
        assert words_of(found) == collected(), path
        assert not found.obsolete, path


@pytest.mark.parametrize("language", languages()[1:])
def test_a_catalogue_is_whole_and_compiled(language: str) -> None:
    folder = CATALOGUES / language / "LC_MESSAGES"
    found = catalogue(folder / "mail.po")
    assert [message.id for message in found if message.id and (not message.string or not all(message.string))] == []
    assert [message.id for message in found if message.fuzzy or list(message.check())] == []
    compiled = io.BytesIO()
    write_mo(compiled, found)
    assert (folder / "mail.mo").read_bytes() == compiled.getvalue(), "make messages compiles it"
