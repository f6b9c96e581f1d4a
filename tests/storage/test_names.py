"""Names made safe: whatever a client sends, and whatever a user is called."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk_api.storage.names import display_name, extension, safe_folder, safe_name

# Every code point, surrogates too, with those that matter here made likely.
AWKWARD = st.text(st.one_of(st.sampled_from("./\\ \0\n\u202e\ud800_-~aé\u0301\u0e33😀"), st.characters()), max_size=300)
USER_NAMES = st.from_regex(r"[\w.@+-]+", fullmatch=True)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("image1.png", "image1.png"),
        ("../../x y.txt", "x_y.txt"),
        ("C:\\Users\\bob\\scan.pdf", "scan.pdf"),
        ("/etc/passwd", "passwd"),
        ("a.tar.gz", "a.tar.gz"),
        ("naïve résumé.doc", "naïve_résumé.doc"),
        ("re\u0301sume\u0301.doc", "résumé.doc"),
        ("отчёт за май.xlsx", "отчёт_за_май.xlsx"),
        ("नमस्ते.txt", "नमस्ते.txt"),
        ("price $5 (final)!.txt", "price_5_final.txt"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("nul\0l\r\n.txt", "null.txt"),
        ("half\ud83d.png", "half.png"),
        ("wide\u3000space.txt", "wide_space.txt"),
        ("trailing. . ", "trailing"),
        (".htaccess", "file.htaccess"),
        ("...hidden.txt", "hidden.txt"),
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("folder/", "file"),
        ("😀.png", "file.png"),
    ],
)
def test_a_stored_name_is_what_was_sent_without_what_is_not_safe(sent: str, stored: str) -> None:
    assert safe_name(sent) == stored


@given(AWKWARD)
def test_a_stored_name_is_always_one_plain_component(sent: str) -> None:
    name = safe_name(sent)
    assert os.path.basename(name) == name
    assert not name.startswith(".")
    assert not name.endswith((".", " "))
    assert 1 <= len(name) <= 100
    assert len(name.encode()) <= 200
    assert unicodedata.is_normalized("NFC", name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}


@given(AWKWARD)
def test_making_a_safe_name_safe_changes_nothing(sent: str) -> None:
    assert safe_name(safe_name(sent)) == safe_name(sent)


@given(AWKWARD)
def test_the_extension_looked_at_is_the_one_that_is_stored(sent: str) -> None:
    assert extension(sent) == extension(safe_name(sent))


def test_a_long_name_keeps_its_extension() -> None:
    assert safe_name("n" * 300 + ".jpeg") == "n" * 95 + ".jpeg"
    assert safe_name("文" * 300 + ".jpeg") == "文" * 65 + ".jpeg"
    assert safe_name("n." + "e" * 300) == "n." + "e" * 20


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("image.PNG", "png"),
        ("a.tar.gz", "gz"),
        ("README", ""),
        (".bashrc", "bashrc"),
        ("page.html.", "html"),
        ("page.ht\u200bml ", "html"),
        ("a.txt/b", ""),
        ("run.exe\0.png", "png"),
        ("", ""),
    ],
)
def test_an_extension_is_lower_case_and_that_of_the_last_component(sent: str, found: str) -> None:
    assert extension(sent) == found


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../x y.txt", "x y.txt"),
        ("C:\\Temp\\Bericht (1).pdf", "Bericht (1).pdf"),
        ("👩‍💻 notes.txt", "👩‍💻 notes.txt"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\tb\0c\ud800.txt", "abc.txt"),
        (".env", ".env"),
        (" ", "file"),
        ("..", "file"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_a_shown_name_stays_as_sent_without_path_and_invisible_commands(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


@given(AWKWARD)
def test_a_shown_name_can_be_stored_and_sent(sent: str) -> None:
    name = display_name(sent)
    assert 1 <= len(name) <= 255
    assert "\0" not in name
    assert name.encode().decode() == name


@pytest.mark.parametrize("user_name", ["alice", "bob.smith", "a@b.example", "x+y", "-", "ørsted", "名前"])
def test_an_ordinary_user_name_is_its_own_folder(user_name: str) -> None:
    assert safe_folder(user_name) == user_name


@pytest.mark.parametrize(
    ("user_name", "folder"), [("..", "~.."), (".", "~."), (".incoming", "~.incoming"), ("...", "~...")]
)
def test_a_user_name_of_dots_leads_nowhere(user_name: str, folder: str) -> None:
    assert safe_folder(user_name) == folder


@given(st.one_of(AWKWARD, USER_NAMES))
def test_a_folder_is_always_one_plain_component(user_name: str) -> None:
    folder = safe_folder(user_name)
    assert os.path.basename(folder) == folder
    assert not folder.startswith(".")
    assert "\0" not in folder
    assert 1 <= len(folder.encode()) <= 255


@given(st.lists(st.one_of(AWKWARD, USER_NAMES, st.sampled_from([".", "..", "~.", "~..", "é", "e\u0301"])), unique=True))
def test_no_two_users_share_a_folder(user_names: list[str]) -> None:
    assert len({safe_folder(user_name) for user_name in user_names}) == len(user_names)
