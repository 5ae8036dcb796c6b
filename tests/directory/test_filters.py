"""Filters in their binary form against ldap3's own parser of the text form."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3 import SUBTREE
from ldap3.operation.search import search_operation
from pyasn1.codec.ber.encoder import encode

from jcad.directory.filters import (
    ANYTHING,
    Filter,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    escape,
    has_bits,
    in_chain,
    present,
    starts_with,
)
from jcad.model import DistinguishedName, Sid, UserAccountControl

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
attributes = st.sampled_from(["cn", "sAMAccountName", "objectGUID", "1.2.840.113556.1.4.656", "member"])
raw_values = st.one_of(text, st.binary(max_size=20), st.integers(-(2**40), 2**40), st.uuids())
filled = st.one_of(text.filter(bool), st.binary(min_size=1, max_size=20))
leaves = st.one_of(
    st.builds(equals, attributes, raw_values),
    st.builds(at_least, attributes, raw_values),
    st.builds(at_most, attributes, raw_values),
    st.builds(present, attributes),
    st.builds(starts_with, attributes, filled),
    st.builds(has_bits, attributes, st.integers(0, 2**31 - 1)),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: all_of(*parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: any_of(*parts)),
        inner.map(lambda part: ~part),
    ),
    max_leaves=6,
)


def by_ldap3(filter_text: str) -> bytes:
    request = search_operation("", filter_text, SUBTREE, 0, ["cn"], 0, 0, False, auto_escape=False, auto_encode=False)
    return bytes(encode(request["filter"]))


@given(filters)
@settings(deadline=None)
def test_binary_and_text_form_are_the_same_filter(made: Filter) -> None:
    """ldap3 parses the text and encodes it: the result is what jcad sends."""
    assert by_ldap3(str(made)) == made.ber


@given(text)
@settings(deadline=None)
def test_no_value_becomes_syntax(value: str) -> None:
    shown = escape(value)
    assert not set(shown) & set("()*\0")
    assert shown.isascii()
    assert str(equals("cn", value)).count("(") == 1


def test_typed_values_have_their_own_bytes() -> None:
    guid = UUID("00112233-4455-6677-8899-aabbccddeeff")
    assert guid.bytes_le in equals("objectGUID", guid).ber
    sid = Sid.parse("S-1-5-32-544")
    assert sid.to_bytes() in equals("objectSid", sid).ber
    assert str(equals("isCriticalSystemObject", True)) == "(isCriticalSystemObject=TRUE)"
    assert str(has_bits("userAccountControl", UserAccountControl.ACCOUNTDISABLE)) == (
        "(userAccountControl:1.2.840.113556.1.4.803:=2)"
    )
    group = DistinguishedName.parse("CN=a\\, (b),DC=x")
    assert str(in_chain("memberOf", group)) == "(memberOf:1.2.840.113556.1.4.1941:=CN=a\\5c, \\28b\\29,DC=x)"


def test_one_filter_needs_no_bracket_around_it() -> None:
    assert all_of(ANYTHING) is ANYTHING
    assert any_of(ANYTHING) is ANYTHING
    assert str(ANYTHING & ~present("cn") | present("sn")) == "(|(&(objectClass=*)(!(cn=*)))(sn=*))"


@pytest.mark.parametrize("make", [all_of, any_of, lambda: starts_with("cn", "")])
def test_a_filter_of_nothing_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match="filter"):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("name", ["", "cn=*)(x", "c n", "-cn", "cn;", "cn*", "ćn"])
def test_what_is_no_attribute_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="attribute name"):
        equals(name, "x")
