"""Pictures by their content: the real ones pass, whatever else is called a picture does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from factories import PNG
from helpdesk_api.storage.errors import FileRefused
from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.pictures import refuse_false_pictures
from media_folder import files_below

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
PICTURES = {
    "a.png": PNG,
    "a.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "a.JPEG": b"\xff\xd8\xff\xe1\x00\x10Exif\x00",
    "a.jfif": b"\xff\xd8\xff\xdb\x00C",
    "a.gif": b"GIF87a\x01\x00",
    "b.gif": b"GIF89a\x01\x00",
    "a.webp": b"RIFF\x24\x00\x00\x00WEBPVP8L",
    "a.bmp": b"BM\x46\x00\x00\x00",
    "a.tif": b"II*\x00\x08\x00\x00\x00",
    "b.tiff": b"MM\x00*\x00\x00\x00\x08",
    "big.tiff": b"II+\x00\x08\x00\x00\x00",
    "a.ico": b"\x00\x00\x01\x00\x01\x00\x10\x10",
    "a.heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "b.heic": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heix",
    "a.heif": b"\x00\x00\x00\x1cftypmsf1\x00\x00\x00\x00msf1hevc",
    "a.avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf",
    "b.avif": b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif",
    "a.svg": SVG,
    "b.svg": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- Made by hand > -->\n' + SVG,
    "c.svg": b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd" [<!ENTITY a "b">]>\r\n' + SVG,
    "d.svg": b"<!--" + b"x" * 3000 + b"-->" + SVG,
}
OTHER_THINGS = {
    "nothing like it": b"hello",
    "one byte": b"\x89",
    "a program": b"MZ\x90\x00\x03\x00\x00\x00",
    "a page": b"<html><svg></svg><script>alert(1)</script></html>",
    "a page with a comment": b"<!-- <svg --><html>",
    "a film": b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42",
    "a sound": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "a picture behind a byte": b"\n" + PNG,
    "half a comment": b"<!--" * 1000,
    "an unfinished document type": b"<!DOCTYPE " * 400,
    "blanks": b" " * 5000 + b"<svg>",
}


async def send(root: Path, name: str, content: bytes, media_type: str = "") -> None:
    """Receive a file into a storage that looks at pictures."""
    files = LocalFiles(root, [refuse_false_pictures])
    incoming = files.receive(name, media_type)
    await incoming.write(content)
    try:
        await incoming.finish()
        await incoming.discard()
    finally:
        await files.close()


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_passes_and_may_go_on_as_long_as_it_likes(root: Path, name: str) -> None:
    await send(root, name, PICTURES[name])
    await send(root, name, PICTURES[name] + bytes(3_000_000))


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.bmp", "a.tif", "a.ico", "a.heic", "a.avif", "a.svg"]
)
async def test_whatever_else_is_called_a_picture_is_refused_and_gone(root: Path, name: str) -> None:
    kind = name.rpartition(".")[2]
    # A file of the HEIF family may be both of its kinds by what it says of itself.
    family = ("heic", "heif", "avif")
    same = {"jpg": ("jpg", "jpeg", "jfif"), "tif": ("tif", "tiff"), "heic": family, "avif": family}.get(kind, (kind,))
    others = {other: content for other, content in PICTURES.items() if not other.lower().endswith(same)}
    for content in (*others.values(), *OTHER_THINGS.values()):
        with pytest.raises(FileRefused, match=r"^The content of this file is not that of a picture of the type image/"):
            await send(root, name, content)
    assert files_below(root) == []


@pytest.mark.parametrize("media_type", ["image/png", "image/x-png"])
async def test_what_is_said_to_be_a_picture_by_its_type_must_be_one_too(root: Path, media_type: str) -> None:
    await send(root, "a.txt", PNG, media_type)
    message = "The content of this file is not that of a picture of the type image/png."
    for name in ("a.txt", "a.jpg"):
        with pytest.raises(FileRefused) as raised:
            await send(root, name, PICTURES["a.jpg"], media_type)
        assert str(raised.value) == message


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a", "a.jxl", "png"])
@pytest.mark.parametrize("media_type", ["", "text/plain", "image/jxl", "application/octet-stream"])
async def test_nobody_looks_at_what_is_not_called_a_picture(root: Path, name: str, media_type: str) -> None:
    await send(root, name, b"MZ\x90\x00", media_type)
