"""Which files are pictures, by how they begin."""

import re
from collections.abc import Mapping

from helpdesk_api.storage.errors import FileRefused
from helpdesk_api.storage.incoming import IncomingFile
from helpdesk_api.storage.names import extension

HEAD = 4096
"""How many bytes of a file tell what it is: an SVG's element may come late, after comments; all others need 32."""

# As the WHATWG's MIME Sniffing Standard (section 6.1), and for what it leaves out: TIFF 6.0, BigTIFF, the
# brands of ISO/IEC 23008-12 and of AVIF in an ISO base media file's first box, and SVG's root element.
BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/bmp": re.compile(rb"BM"),
    "image/tiff": re.compile(rb"II\*\0|MM\0\*|II\+\0\x08\0|MM\0\+\0\x08"),
    "image/x-icon": re.compile(rb"\0\0[\x01\x02]\0"),
    "image/heic": re.compile(rb"\0\0..ftyp(?:.{4}){0,30}?(?:hei[cxms]|hev[cxms]|mif[12]|msf1)", re.DOTALL),
    "image/avif": re.compile(rb"\0\0..ftyp(?:.{4}){0,30}?(?:avif|avis)", re.DOTALL),
    "image/svg+xml": re.compile(
        rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b[^>]*\?>)?"
        rb"(?:\s+|<!--.*?-->|<!DOCTYPE\s[^>\[]*(?:\[[^\]]*\]\s*)?>)*+<svg[\s/>]",
        re.DOTALL,
    ),
}
ENDINGS: Mapping[str, str] = {
    **{"png": "image/png", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml", "ico": "image/x-icon"},
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), "image/jpeg"),
    **dict.fromkeys(("bmp", "dib"), "image/bmp"),
    **dict.fromkeys(("tif", "tiff"), "image/tiff"),
    **dict.fromkeys(("heic", "heif"), "image/heic"),
    "avif": "image/avif",
}
"""File endings to media types."""
# Other names of the same types.
_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("image/jpg", "image/pjpeg"), "image/jpeg"),
    **dict.fromkeys(("image/x-ms-bmp", "image/x-bmp"), "image/bmp"),
    **dict.fromkeys(("image/heif", "image/heic-sequence", "image/heif-sequence"), "image/heic"),
    "image/vnd.microsoft.icon": "image/x-icon",
    "image/x-png": "image/png",
}


def is_picture(media_type: str, head: bytes) -> bool:
    """Whether a file that begins so is a picture of this type; false for types that are not known."""
    beginning = BEGINNINGS.get(_ALIASES.get(media_type, media_type))
    return beginning is not None and beginning.match(head) is not None


async def refuse_false_pictures(file: IncomingFile) -> None:
    """Raise `FileRefused` for a file whose name or media type says that it is a picture, when it is another thing.

    Pictures of types that are not known here pass.
    """
    claimed = {_ALIASES.get(file.media_type, file.media_type), ENDINGS.get(extension(file.name), "")} & set(BEGINNINGS)
    if not claimed:
        return
    head = await file.head(HEAD)
    for media_type in sorted(claimed):
        if not is_picture(media_type, head):
            raise FileRefused(f"The content of this file is not that of a picture of the type {media_type}.")
