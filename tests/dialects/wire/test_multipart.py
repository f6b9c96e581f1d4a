"""Multipart forms as they arrive: in whatever pieces, and however clients write their headers."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk_api.dialects.wire.multipart import MultipartError, MultipartForm, read_multipart
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below
from multipart_forms import CONTENT_TYPE, LIMITS, body, described, file, in_pieces, part, read, read_raw, text


@pytest.fixture(scope="module")
async def shared_files(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalFiles]:
    files = LocalFiles(tmp_path_factory.mktemp("media"))
    yield files
    await files.close()


async def test_a_file_and_a_field_arrive_in_either_order(files: LocalFiles, root: Path) -> None:
    png = file("file", "image1.png", b"\x89PNG\r\n\x1a\n", "Content-Type: image/png")
    for parts in ([png, text("ticket", "1")], [text("ticket", "1"), png]):
        form = await read(files, *parts)
        assert form.fields == [("ticket", "1")]
        assert described(form) == [
            ("file", "image1.png", "image/png", 8, hashlib.sha256(b"\x89PNG\r\n\x1a\n").digest())
        ]
        assert form.files[0].incoming is not None
        stored = await files.publish(form.files[0].incoming, "upload", form.files[0].filename)
        await form.discard()
        assert (root / stored.path).read_bytes() == b"\x89PNG\r\n\x1a\n"
        await files.withdraw(stored)
    assert files_below(root) == []


FRAGMENTS = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b"-", b"--", b"bound", b"--boun", b"\r\n--boun", b"\r\n--", b"\r\n\r\n", b"a: b\r\n", b"\0"]
)
CHARACTERS = st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\')
NAMES = st.text(st.one_of(st.sampled_from("a;=' %/文é."), CHARACTERS), min_size=1, max_size=20)


def contents(anything: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Content that nearly holds boundaries, but does not."""
    joined = st.lists(st.one_of(FRAGMENTS, anything), max_size=20).map(b"".join)
    return joined.filter(lambda content: b"--bound" not in content)


FIELDS = st.tuples(NAMES, st.none(), contents(CHARACTERS.map(str.encode)))
FILES = st.tuples(NAMES, NAMES, contents(st.binary(max_size=20)))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(FIELDS, FILES), max_size=5), st.lists(st.integers(0, 400), max_size=12), st.booleans())
async def test_any_split_of_the_bytes_gives_the_form_that_was_sent(
    shared_files: LocalFiles, sent: list[tuple[str, str | None, bytes]], cuts: list[int], byte_by_byte: bool
) -> None:
    raw = body(
        *(
            text(name, content) if filename is None else file(name, filename, content)
            for name, filename, content in sent
        )
    )
    places = range(len(raw) + 1) if byte_by_byte else sorted({0, *cuts, len(raw)})
    pieces = [raw[start:end] for start, end in pairwise(places)]
    form = await read_multipart(CONTENT_TYPE, in_pieces(pieces), shared_files, LIMITS)
    await form.discard()
    assert form.fields == [(name, content.decode()) for name, filename, content in sent if filename is None]
    assert described(form) == [
        (name, filename, "", len(content), hashlib.sha256(content).digest())
        for name, filename, content in sent
        if filename is not None
    ]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.one_of(FRAGMENTS, st.sampled_from([b"--bound", b"--bound--", text("a", "b"), file("f", "x", b"y")]))),
    st.lists(st.integers(0, 300), max_size=6),
)
async def test_junk_is_a_form_or_an_error_and_never_anything_else(
    shared_files: LocalFiles, fragments: list[bytes], cuts: list[int]
) -> None:
    raw = b"".join(fragments)
    pieces = (raw[start:end] for start, end in pairwise(sorted({0, *cuts, len(raw)})))
    with suppress(MultipartError):
        await (await read_raw(shared_files, *pieces)).discard()


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        ('filename="naïve 文.png"', "naïve 文.png"),
        ("filename=image1.png", "image1.png"),
        ('FileName = "image1.png"', "image1.png"),
        ('filename="a;b=c, d.png"', "a;b=c, d.png"),
        (r'filename="say \"cheese\".png"', 'say "cheese".png'),
        (r'filename="back\\slash.png"', r"back\slash.png"),
        (r'filename="C:\temp\new.png"', r"C:\temp\new.png"),
        (r'filename="../../etc/passwd"', "../../etc/passwd"),
        ("filename*=UTF-8''na%C3%AFve%20%E6%96%87.png", "naïve 文.png"),
        ("filename=\"ascii.png\"; filename*=utf-8'en'%e2%82%ac.png", "€.png"),
        ("filename*=iso-8859-1''%A3.png; filename=pound.png", "£.png"),
        ('filename="first.png"; filename="second.png"', "first.png"),
        ('filename="unfinished.png', '"unfinished.png'),
    ],
)
async def test_a_file_name_is_read_however_clients_write_it(files: LocalFiles, header: str, filename: str) -> None:
    form = await read(files, part([f'content-disposition: form-data; name="file"; {header}'], b"x"))
    assert described(form) == [("file", filename, "", 1, hashlib.sha256(b"x").digest())]
    await form.discard()


async def test_a_file_name_that_is_not_utf_8_is_latin_1(files: LocalFiles) -> None:
    form = await read(files, file("file", "caf?.png", b"x").replace(b"caf?", b"caf\xe9"))
    assert form.files[0].filename == "café.png"
    await form.discard()


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ("Content-Type: Image/PNG", "image/png"),
        ("Content-Type: text/plain; charset=utf-8", "text/plain"),
        ("Content-Type: application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("Content-Type:", ""),
        ("Content-Type: png", ""),
        ("Content-Type: text/pl\0ain", ""),
        ("Content-Type: text/" + "x" * 300, ""),
    ],
)
async def test_the_type_of_a_file_is_well_formed_or_empty(files: LocalFiles, header: str, content_type: str) -> None:
    form = await read(files, file("file", "a.bin", b"x", header))
    assert form.files[0].content_type == content_type
    await form.discard()


async def test_an_empty_file_is_a_file_and_an_empty_file_name_is_a_field(files: LocalFiles) -> None:
    form = await read(files, file("file", "empty.txt", b""), file("other", "", b"", "Content-Type: text/plain"))
    assert described(form) == [("file", "empty.txt", "", 0, hashlib.sha256().digest())]
    assert form.fields == [("other", "")]
    await form.discard()


async def test_text_fields_keep_their_order_their_repetitions_and_their_characters(files: LocalFiles) -> None:
    form = await read(files, text("b", "1"), text("a", "naïve 文 😀\0\r\n"), text("b", ""))
    assert form.fields == [("b", "1"), ("a", "naïve 文 😀\0\r\n"), ("b", "")]


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([text("a", b"\xe9\x80", "Content-Type: text/plain; charset=ISO-8859-1")], "é€"),
        ([text("a", b"\xe9"), text("_charset_", "windows-1252")], "é"),
        ([text("_charset_", ""), text("a", "é")], "é"),
        ([text("_charset_", "windows-1252"), text("a", "é", "Content-Type: text/plain; charset=UTF-8")], "é"),
    ],
)
async def test_a_field_is_decoded_from_the_charset_that_is_named(
    files: LocalFiles, parts: list[bytes], value: str
) -> None:
    form = await read(files, *parts)
    assert dict(form.fields)["a"] == value


async def test_a_body_of_nothing_is_an_empty_form(files: LocalFiles) -> None:
    assert await read_raw(files) == MultipartForm()
    assert await read_raw(files, b"") == MultipartForm()
    assert await read_raw(files, b"--bound--") == MultipartForm()


async def test_parts_that_say_they_are_not_encoded_are_taken(files: LocalFiles) -> None:
    for encoding in ("7bit", "8bit", "Binary"):
        form = await read(files, text("a", "1", f"Content-Transfer-Encoding: {encoding}"))
        assert form.fields == [("a", "1")]
