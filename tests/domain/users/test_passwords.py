"""Django's password rules, in Django's words and order."""

import subprocess
import sys

import pytest

from helpdesk_api.domain.users.passwords import password_problems

SHORT = "This password is too short. It must contain at least 8 characters."
COMMON = "This password is too common."
NUMERIC = "This password is entirely numeric."
PERSON = {"username": "gertrude", "first_name": "Trudi", "last_name": "van Oosterhout", "email": "g.jansen@example.org"}


@pytest.mark.parametrize("password", ["Tr4velling-light", "пароль-для-заявок", "12345678a!", "        x", "x" * 4096])
def test_a_good_password_has_no_problems(password):
    assert password_problems(password, **PERSON) == []


def test_all_problems_are_told_at_once_in_djangos_order():
    assert password_problems("12345", username="weak", first_name="New", last_name="User", email="new@example.com") == [
        SHORT,
        COMMON,
        NUMERIC,
    ]
    assert password_problems("123456", username="1234567") == [
        "The password is too similar to the username.",
        SHORT,
        COMMON,
        NUMERIC,
    ]


@pytest.mark.parametrize(
    ("password", "attribute"),
    [
        ("gertrude1", "username"),
        ("GERTRUDE99", "username"),
        ("edurtreg", "username"),  # letters in any order, as Django's quick_ratio counts them
        ("trudi-77", "first name"),
        ("oosterhout", "last name"),
        ("vanoosterhout", "last name"),
        ("jansen-99", "email address"),
        ("g.jansen@example.com", "email address"),
        ("example22", "email address"),
    ],
)
def test_a_password_like_the_user_is_refused_with_the_attribute_it_resembles(password, attribute):
    assert password_problems(password, **PERSON) == [f"The password is too similar to the {attribute}."]


def test_only_the_first_attribute_it_resembles_is_named():
    assert password_problems(
        "gertrude9", username="gertrude9", first_name="Gertrude", email="gertrude@example.org"
    ) == ["The password is too similar to the username."]


def test_a_password_ten_times_as_long_as_the_name_is_not_similar():
    assert password_problems("a" * 10 + "-qmvz-7713", username="a") == []


def test_empty_attributes_resemble_nothing():
    assert password_problems("", username="") == [SHORT]


@pytest.mark.parametrize("password", ["password1", "PassWord1", "  password1\t", "football"])
def test_common_passwords_are_refused_in_any_case_and_with_spaces_around(password):
    assert password_problems(password, username="gertrude") == [COMMON]


def test_digits_of_any_script_are_numeric():
    assert password_problems("٠٩٢٨٣٧٤٦٥١", username="gertrude") == [NUMERIC]


def test_the_list_of_common_passwords_leaves_the_rest_of_zxcvbn_unloaded():
    program = """
import sys
from helpdesk_api.domain.users.passwords import password_problems
assert password_problems("password1", username="") == ["This password is too common."]
assert [name for name in sys.modules if name.startswith(("zxcvbn", "frequency_lists"))] == []
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
