import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.lab.windows.failures import BAD_NAME, INVALID_ACCOUNT_NAME, OUT_OF_RANGE, SINGLE_VALUE, AdFailure
from jcad.lab.windows.limits import (
    FORBIDDEN_IN_ACCOUNT_NAMES,
    check_account_name,
    check_common_name,
    check_values,
    folded,
)


def code_of(function, *arguments, **named):
    with pytest.raises(AdFailure) as refused:
        function(*arguments, **named)
    return refused.value.code


@pytest.mark.parametrize("name", ["a" * 20, "o'brien", "josé", "渡辺", "a.b", "a b", "x$", "a@b"])
def test_a_user_name_that_windows_takes_is_taken(name):
    check_account_name(name, is_user=True)


@pytest.mark.parametrize(
    "name",
    [
        "a" * 21,
        "ends.",
        " edge",
        "edge ",
        "",
        " ",
        "...",
        "tab\there",
        *(f"a{c}b" for c in sorted(FORBIDDEN_IN_ACCOUNT_NAMES)),
    ],
)
def test_a_user_name_that_windows_refuses_is_refused(name):
    assert code_of(check_account_name, name, is_user=True) == INVALID_ACCOUNT_NAME


def test_a_group_name_may_be_longer_than_a_user_name():
    check_account_name("g" * 64, is_user=False)
    assert code_of(check_account_name, "g" * 257, is_user=False) == INVALID_ACCOUNT_NAME


def test_a_common_name_has_64_characters_at_most():
    check_common_name("x" * 64)
    assert code_of(check_common_name, "x" * 65) == OUT_OF_RANGE


def test_a_common_name_holds_no_nul():
    """Samba could not delete an object of that name any more."""
    assert code_of(check_common_name, "a\0b") == BAD_NAME


def test_lengths_count_characters_not_bytes(schema):
    check_values(schema.get("givenName"), ["ä".encode() * 64])
    assert code_of(check_values, schema.get("givenName"), ["ä".encode() * 65]) == OUT_OF_RANGE


def test_a_character_outside_the_basic_plane_counts_twice(schema):
    check_values(schema.get("givenName"), ["😀".encode() * 32])
    assert code_of(check_values, schema.get("givenName"), ["😀".encode() * 33]) == OUT_OF_RANGE


def test_two_values_of_a_single_valued_attribute_are_refused(schema):
    assert code_of(check_values, schema.get("mail"), [b"a", b"b"]) == SINGLE_VALUE
    check_values(schema.get("otherTelephone"), [b"1", b"2"])


def test_an_empty_value_is_refused(schema):
    assert code_of(check_values, schema.get("mail"), [b""]) == 87


@pytest.mark.parametrize(
    ("one", "other"),
    [("José", "jose"), ("Jose\u0301", "José"), ("MÜLLER", "muller"), ("ｊｏｓｅ", "jose"), ("カナ", "かな")],
)
def test_names_that_differ_in_case_accents_width_or_kana_type_are_the_same(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("jose", "jos"), ("o'brien", "obrien"), ("soren", "søren"), ("渡辺", "渡邉")]
)
def test_names_that_differ_in_letters_are_not_the_same(one, other):
    assert folded(one) != folded(other)


@given(st.text(max_size=20))
def test_folding_ignores_how_a_name_is_composed(name):
    assert folded(unicodedata.normalize("NFD", name)) == folded(unicodedata.normalize("NFC", name))
