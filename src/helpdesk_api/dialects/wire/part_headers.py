"""The headers of a multipart part, and a Content-Type: RFC 7578 as clients really write it, not only as it says."""

import re
from urllib.parse import unquote_to_bytes

from helpdesk_api.dialects.wire.multipart_form import MultipartError

_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_EXTENDED = re.compile(r"([A-Za-z0-9-]+)'[^']*'(.*)", re.DOTALL)
_MEDIA_TYPE = re.compile(r"[!#$&^_.+\-a-z0-9]+/[!#$&^_.+\-a-z0-9]+")
_LONGEST_MEDIA_TYPE = 255


def decode_header(value: bytes) -> str:
    """Browsers send UTF-8, whatever the standards said over the years; what is not UTF-8 is Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def parse_header(header: str) -> tuple[str, dict[str, str]]:
    """The value in lower case, and its parameters; the first of two with one name counts.

    A backslash stands for itself except before a quote or another one: browsers send Windows paths unescaped.
    `name*=utf-8''...` (RFC 5987) goes before `name=`, although RFC 7578 would have it ignored: some clients send
    nothing else. Raises MultipartError where such a one is malformed.
    """
    value, _, _ = header.partition(";")
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    for name, text in _PARAMETER.findall(header):
        if name.endswith("*"):
            extended.setdefault(name[:-1].lower(), _decode_extended(text.strip()))
        else:
            plain.setdefault(name.lower(), _unquote(text.strip()))
    return value.strip().lower(), plain | extended


def media_type(header: str) -> str:
    """The media type in a Content-Type, in lower case and without parameters; empty if it is none."""
    value = header.partition(";")[0].strip().lower()
    return value if len(value) <= _LONGEST_MEDIA_TYPE and _MEDIA_TYPE.fullmatch(value) else ""


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _QUOTED_PAIR.sub(r"\1", text[1:-1])
    return text


def _decode_extended(text: str) -> str:
    found = _EXTENDED.fullmatch(_unquote(text))
    if found is None or found[1].lower() not in {"utf-8", "iso-8859-1"}:
        raise MultipartError("An extended parameter is not of the form utf-8''text")
    try:
        return unquote_to_bytes(found[2]).decode(found[1])
    except UnicodeDecodeError:
        raise MultipartError(f"An extended parameter is not valid {found[1]}") from None
