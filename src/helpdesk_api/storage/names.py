"""File and folder names made from what a client sent or what a user is called."""

import hashlib
import re
import unicodedata

_MAX_CHARACTERS = 100
_MAX_BYTES = 200
_MAX_EXTENSION = 20
_MAX_DISPLAYED = 255
_FALLBACK = "file"

# Characters that reorder or break the text around a name when it is shown.
_REORDERING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_USER_NAME = re.compile(r"[\w.@+-]+")


def safe_name(client_name: str) -> str:
    """The name a file is stored under: a single path component that is never empty, hidden or longer than 200 bytes.

    Django's `get_valid_filename`, with combining marks kept: letters and digits of any script, `-`, `_` and `.` stay,
    a space becomes `_`, the rest goes. The extension survives shortening. Applying it twice changes nothing.
    """
    kept = "".join(" " if unicodedata.category(char) == "Zs" else char for char in _last_component(client_name))
    kept = "".join(char for char in kept if char.isalnum() or char in " -_." or unicodedata.category(char)[0] == "M")
    name = unicodedata.normalize("NFC", kept).strip(" ").rstrip(" .")
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    stem, suffix = stem.lstrip(" .").replace(" ", "_") or _FALLBACK, suffix.replace(" ", "_")[:_MAX_EXTENSION]
    return _shortened(stem, dot + suffix)


def display_name(client_name: str) -> str:
    """The name a file is shown under: what the client called it, without a path and without invisible commands."""
    name = "".join(char for char in _last_component(client_name) if _is_displayable(char)).strip()
    if name.strip(".") == "":
        return _FALLBACK
    stem, dot, suffix = name.rpartition(".")
    room = _MAX_DISPLAYED - len(dot + suffix)
    return stem[:room] + dot + suffix if room > 0 else name[:_MAX_DISPLAYED]


def extension(client_name: str) -> str:
    """The lower-case extension, without its dot, that the file will be stored with; empty when there is none."""
    _, dot, suffix = safe_name(client_name).rpartition(".")
    return suffix.lower() if dot else ""


def safe_folder(user_name: str) -> str:
    """A path component for a user's files. Two user names never share one, and a user name may even be `..`.

    An ordinary user name stands for itself. `~`, which no user name holds, marks those that cannot.
    """
    ordinary = _USER_NAME.fullmatch(user_name) and unicodedata.is_normalized("NFC", user_name)
    if not ordinary or len(user_name.encode()) > _MAX_BYTES:
        return "~" + hashlib.sha256(user_name.encode(errors="surrogatepass")).hexdigest()
    return f"~{user_name}" if user_name.startswith(".") else user_name


def _last_component(client_name: str) -> str:
    return client_name.replace("\\", "/").rpartition("/")[2]


def _is_displayable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"} and char not in _REORDERING


def _shortened(stem: str, ending: str) -> str:
    stem = stem[: _MAX_CHARACTERS - len(ending)]
    room = _MAX_BYTES - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore") + ending
