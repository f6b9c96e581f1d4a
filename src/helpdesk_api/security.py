"""Hashes passwords, and makes and digests API tokens: pure functions, the password ones slow on purpose."""

from __future__ import annotations

import hashlib
import re
import secrets
import warnings

with warnings.catch_warnings():
    # passlib 1.7.4 imports the standard library's `crypt`, deprecated in Python 3.11 and gone (harmlessly) in 3.13.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.hash import bcrypt, bcrypt_sha256
    from passlib.utils.binary import bcrypt64

DEFAULT_ROUNDS = 12
"""bcrypt's cost as a power of two, 4 to 31: 12 takes about a quarter of a second of one core."""

MAX_PASSWORD_BYTES = 4096
"""The longest password, in UTF-8, that is hashed at all; passlib would refuse a longer one with an error."""

# Loaded now, not at the first hash: passlib's lazy loader can fail when two threads come first together, and it falls
# back to other backends where bcrypt is missing.
bcrypt.set_backend("bcrypt")

_PLAIN = re.compile(
    r"(\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$)"  # variant and rounds
    r"([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})"  # salt, digest
)
_SHA256 = re.compile(
    r"\$bcrypt-sha256\$(?P<format>v=2,t=2b,r=|2[ab],)(?P<rounds>[4-9]|[12][0-9]|3[01])"
    # The last characters carry 2 and 4 bits; with others set, passlib warns or raises.
    r"\$[./A-Za-z0-9]{21}[.Oeu]\$[./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
)


def hash_password(password: str, rounds: int = DEFAULT_ROUNDS) -> str:
    """Hash with bcrypt over HMAC-SHA256, so that every character counts. Blocks for the length of one bcrypt run.

    Raises ValueError for a password that `can_be_hashed` refuses.
    """
    secret = _secret(password)
    if secret is None:
        raise ValueError("the password holds NUL or surrogate characters, or is too long")
    handler: type[bcrypt_sha256] = bcrypt_sha256.using(rounds=rounds)  # type: ignore[no-untyped-call]
    return str(handler.hash(secret))


def verify_password(password: str, stored: str) -> bool:
    """Whether the password is the one hashed in `stored`: ours, or `$2a$`, `$2b$`, `$2y$` from elsewhere.

    Blocks for one bcrypt run; a password or hash that can match nothing is False at once.
    """
    secret, recognised = _secret(password), _recognise(stored)
    if secret is None or recognised is None:
        return False
    handler, normalised = recognised
    return bool(handler.verify(secret, normalised))


def dummy_verify(password: str, rounds: int = DEFAULT_ROUNDS) -> bool:
    """False, after the time `verify_password` takes with a hash of that many rounds: for users who do not exist."""
    verify_password(password, f"$bcrypt-sha256$v=2,t=2b,r={rounds}${'.' * 22}${'.' * 31}")
    return False


def can_be_hashed(password: str) -> bool:
    """Whether bcrypt takes the password: no NUL, no lone surrogates, at most MAX_PASSWORD_BYTES."""
    return _secret(password) is not None


def is_usable(stored: str) -> bool:
    """Whether any password could match the stored hash; False for markers such as "!" and for damaged hashes."""
    return _recognise(stored) is not None


def needs_upgrade(stored: str, rounds: int = DEFAULT_ROUNDS) -> bool:
    """Whether a hash that has just verified should be replaced: plain bcrypt, an old format or fewer rounds."""
    ours = _SHA256.fullmatch(stored)
    if ours is None:
        return is_usable(stored)
    return not ours["format"].startswith("v=2") or int(ours["rounds"]) < rounds


def new_token() -> str:
    """A new API token: 32 random bytes in 64 hexadecimal digits."""
    return secrets.token_hex(32)


def token_digest(token: str) -> bytes:
    """SHA-256 of a token, 32 bytes: what is stored and looked up. Takes any string a client may send."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _secret(password: str) -> bytes | None:
    try:
        secret = password.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None
    # bcrypt ends a password at its first NUL.
    return None if b"\0" in secret or len(secret) > MAX_PASSWORD_BYTES else secret


def _recognise(stored: str) -> tuple[type[bcrypt], str] | None:
    """passlib's handler for a stored hash and the hash as passlib wants it; None if nothing can match it."""
    if _SHA256.fullmatch(stored):
        return bcrypt_sha256, stored
    plain = _PLAIN.fullmatch(stored)
    if plain is None:
        return None
    head, *fields = plain.groups()
    # Some makers leave unused bits set in the last characters; passlib would warn of each such hash.
    repaired = [bcrypt64.repair_unused(field) for field in fields]  # type: ignore[no-untyped-call]
    return bcrypt, head + "".join(repaired)
