"""JSON, delimited text, regular expressions and wildcards."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.errors import LabUnsupported
from jcad.lab.powershell import delimited
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.json_text import BadJson, Reader, Writer
from jcad.lab.powershell.regex import objects as regexes
from jcad.lab.powershell.regex import wildcard
from jcad.lab.powershell.values import Array, DateTime, Hashtable, custom_object, type_name

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def as_values(plain):
    """Plain Python data as the values of a script."""
    if isinstance(plain, list):
        return Array(map(as_values, plain))
    if isinstance(plain, dict):
        return Hashtable([(key, as_values(item)) for key, item in plain.items()])
    return plain


@settings(max_examples=150)
@given(JSON, st.booleans())
def test_what_is_written_as_json_is_the_same_json_to_anyone(plain, compress):
    keys = [key.lower() for key in plain] if isinstance(plain, dict) else []
    if len(keys) == len(set(keys)):
        assert json.loads(Writer(depth=20, compress=compress).write(as_values(plain))) == plain


@settings(max_examples=150)
@given(JSON)
def test_what_anyone_writes_as_json_is_read_and_written_back(plain):
    read = Reader(json.dumps(plain), as_table=True, dates="String").read()
    assert json.loads(Writer(depth=20, compress=True).write(read)) == plain


def test_a_tree_deeper_than_asked_is_cut_off_and_said_so():
    writer = Writer(depth=1, compress=True)
    assert (
        writer.write(custom_object([("o", custom_object([("p", custom_object([("q", 1)]))]))]))
        == '{"o":{"p":"@{q=1}"}}'
    )
    assert writer.truncated


def test_a_text_that_looks_like_a_date_becomes_one():
    assert isinstance(Reader('"2026-01-01T10:00:00Z"').read(), DateTime)
    assert Reader('"2026-01-01"').read() == "2026-01-01"


def test_a_cut_off_array_is_taken_as_whole_and_a_cut_off_value_is_not():
    assert len(Reader('[{"id":"1"').read()) == 1
    with pytest.raises(BadJson):
        Reader('{"a":').read()


def test_keys_that_differ_in_case_only_are_refused():
    with pytest.raises(BadJson) as caught:
        Reader('{"a":1,"A":2}').read()
    assert caught.value.error_id == "KeysWithDifferentCasing"


def test_whole_numbers_are_longs():
    assert type_name(Reader("5").read()) == "System.Int64"


@settings(max_examples=150)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1), min_size=1, max_size=4
    )
)
def test_every_row_comes_back_from_delimited_text(fields):
    text = delimited.line(fields, ",")
    assert list(delimited.rows(text, ",")) == [fields]


def test_an_empty_field_at_the_very_end_is_missing_and_elsewhere_is_empty():
    assert list(delimited.rows("a,,\nb,,", ",")) == [["a", "", ""], ["b", ""]]


def test_dotnet_numbers_named_groups_after_the_others():
    regex = regexes.make_regex(r"(?<year>\d{4})-(\d\d)")
    found = regexes.find(regex, "on 2026-01-31")
    assert regexes.matches_table(found) == [(0, "2026-01"), (1, "01"), ("year", "2026")]
    assert regexes.replace(regex, "2026-01", "$1/${year}") == "01/2026"


def test_a_group_name_may_be_given_twice():
    regex = regexes.make_regex(r"(?<k>\w+)=(?:\"(?<v>[^\"]*)\"|(?<v>\w*))")
    assert regexes.find(regex, "a=b").groups()[2].text == "b"
    assert regexes.find(regex, 'a="c d"').groups()[2].text == "c d"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"[a-z-[aeiou]]+", "hello", "h"),
        (r"a{,3}", "a{,3}", "a{,3}"),
        (r"\p{Lu}+", "abCD", "CD"),
        (r"(?n)(a)b", "ab", "ab"),
    ],
)
def test_dotnets_own_syntax_is_understood(pattern, text, expected):
    assert regexes.find(regexes.make_regex(pattern), text).text == expected


def test_a_bad_pattern_is_dotnets_exception():
    with pytest.raises(NetError) as caught:
        regexes.make_regex("(")
    assert caught.value.exception.type_name.endswith("RegexParseException")


def test_what_python_cannot_match_is_refused_by_name():
    with pytest.raises(LabUnsupported, match="look-behind"):
        regexes.make_regex("(?<=a+)b")


@settings(max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_escaped_wildcard_matches_only_itself(text):
    escaped = wildcard.escape(text)
    assert wildcard.matches(text, escaped, case=True)
    assert not wildcard.matches(text + "x", escaped, case=True)
    assert wildcard.unescape(escaped) == text
