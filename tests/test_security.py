"""Password hashing, hashes from elsewhere, and token digests."""

import hashlib
import subprocess
import sys

import bcrypt
import pytest

from helpdesk_api import security

FROM_ELSEWHERE = {
    # crypt_blowfish's published test vectors (openwall.com/crypt)
    "2a": ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    "2y": ("ё", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"),
    "2b": ("correct horse", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    # passlib's own: unused bits set in the salt's and in the digest's last character
    "2a, unused bits": ("test", "$2a$04$yjDgE74RJkeqC0/1NheSScrvKeu9IbKDpcQf/Ox3qsrRS/Kw42qIV"),
    "bcrypt_sha256, version 1": (
        "password",
        "$bcrypt-sha256$2a,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
    ),
}
UNUSABLE = {
    "empty": "",
    "marker": "!",
    "django's marker": "!tKpCbAq6gEFYzGm",
    "plain text": "correct horse",
    "cut": "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6",
    "line after it": "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n",
    "too few rounds": "$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "too many rounds": "$2b$32$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "rounds no number": "$2b$xx$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "broken variant": "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "no digest": "$bcrypt-sha256$v=2,t=2b,r=4$9HOpSiw2JRTP9Xa6Ts6xyu",
    "unknown version": "$bcrypt-sha256$v=3,t=2b,r=4$9HOpSiw2JRTP9Xa6Ts6xyu$jdraQ.6M/1bTNNb24E/7WL6cjSU9TDm",
    "unused bits": "$bcrypt-sha256$v=2,t=2b,r=4$9HOpSiw2JRTP9Xa6Ts6xyv$jdraQ.6M/1bTNNb24E/7WL6cjSU9TDm",
    "not ASCII": "$2b$04$ábcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "NUL": "\0",
    "surrogate": "\ud800",
}


@pytest.fixture
def bcrypt_costs(monkeypatch):
    """The rounds of every bcrypt run, as passlib asks for them."""
    costs = []
    run = bcrypt.hashpw

    def counted(secret, config):
        costs.append(int(config.split(b"$")[2]))
        return run(secret, config)

    monkeypatch.setattr(bcrypt, "hashpw", counted)
    return costs


def test_a_password_is_hashed_with_twelve_rounds_unless_told_otherwise():
    stored = security.hash_password("correct horse")
    assert stored.startswith("$bcrypt-sha256$v=2,t=2b,r=12$")
    assert security.verify_password("correct horse", stored)


def test_two_hashes_of_one_password_differ():
    assert security.hash_password("correct horse", rounds=4) != security.hash_password("correct horse", rounds=4)


@pytest.mark.parametrize("password", ["", "correct horse", "пароль ☃ 🎟", " spaces ", "x" * 72, "é" * 2048])
def test_only_the_password_itself_verifies(password):
    stored = security.hash_password(password, rounds=4)
    assert security.verify_password(password, stored)
    assert not security.verify_password(password + "x", stored)
    assert not security.verify_password("other", stored)


def test_characters_past_the_72nd_byte_count():
    stored = security.hash_password("x" * 72 + "right", rounds=4)
    assert not security.verify_password("x" * 72 + "wrong", stored)


@pytest.mark.parametrize(("password", "stored"), FROM_ELSEWHERE.values(), ids=FROM_ELSEWHERE)
def test_a_hash_from_elsewhere_verifies_and_wants_an_upgrade(password, stored):
    assert security.is_usable(stored)
    assert security.verify_password(password, stored)
    assert not security.verify_password("other", stored)
    assert security.needs_upgrade(stored, rounds=4)


@pytest.mark.parametrize("stored", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_hash_matches_nothing_and_is_not_upgraded(stored, bcrypt_costs):
    assert not security.is_usable(stored)
    assert not security.verify_password("correct horse", stored)
    assert not security.needs_upgrade(stored)
    assert bcrypt_costs == []


@pytest.mark.parametrize(
    "password", ["nul\0", "\ud800", "x" * 4097, "é" * 2049], ids=["NUL", "surrogate", "too long", "too many bytes"]
)
@pytest.mark.parametrize("stored", ["$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "ours"])
def test_a_password_bcrypt_cannot_take_is_refused_without_hashing(password, stored, bcrypt_costs):
    if stored == "ours":
        stored = security.hash_password("correct horse", rounds=4)
        bcrypt_costs.clear()
    assert not security.can_be_hashed(password)
    assert not security.verify_password(password, stored)
    assert not security.dummy_verify(password)
    with pytest.raises(ValueError, match="NUL or surrogate characters, or is too long"):
        security.hash_password(password)
    assert bcrypt_costs == []


@pytest.mark.parametrize("stored", ["$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "ours"])
def test_the_longest_password_verifies_against_any_hash(stored):
    password = "é" * (security.MAX_PASSWORD_BYTES // 2)
    if stored == "ours":
        assert security.verify_password(password, security.hash_password(password, rounds=4))
    else:
        assert not security.verify_password(password, stored)


def test_only_fewer_rounds_want_an_upgrade():
    stored = security.hash_password("correct horse", rounds=5)
    assert [security.needs_upgrade(stored, rounds) for rounds in (4, 5, 6, 12)] == [False, False, True, True]


def test_an_unknown_user_costs_what_a_wrong_password_costs(bcrypt_costs):
    ours = security.hash_password("correct horse", rounds=5)
    plain = "$2b$05$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
    bcrypt_costs.clear()
    assert not security.verify_password("wrong", ours)
    assert not security.verify_password("wrong", plain)
    assert not security.dummy_verify("wrong", rounds=5)
    assert bcrypt_costs == [5, 5, 5]


def test_the_default_dummy_costs_twelve_rounds(bcrypt_costs):
    assert not security.dummy_verify("wrong")
    assert bcrypt_costs == [12]


def test_tokens_are_32_random_bytes_in_hexadecimal():
    tokens = {security.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(bytes.fromhex(token)) for token in tokens} == {32}


def test_a_token_is_looked_up_by_its_sha_256():
    assert security.token_digest("abc") == hashlib.sha256(b"abc").digest()


@pytest.mark.parametrize("token", ["", "\0", "é", "\ud800", "x" * 100_000])
def test_any_string_a_client_sends_has_a_digest(token):
    assert len(security.token_digest(token)) == 32


def test_hashing_warns_of_nothing_and_logs_nothing():
    program = f"""
import logging
logging.basicConfig(level=logging.INFO)
from helpdesk_api import security
assert security.verify_password("x", security.hash_password("x", rounds=4))
for password, stored in {list(FROM_ELSEWHERE.values())!a}:
    assert security.verify_password(password, stored)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
