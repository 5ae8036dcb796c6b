"""The fast way to read names against the model's parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.directory.names import NameReader
from jcad.errors import DirectoryError
from jcad.model import DistinguishedName

BASE = DistinguishedName.parse("OU=people,DC=lab,DC=jcad,DC=test")
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
written = st.text(st.sampled_from('abC=,\\"#;+ <>é.2A'), max_size=24)


def outcome(read: object, text: str) -> object:
    """The name with its spelling, or that there is none."""
    try:
        name = read(text)  # type: ignore[operator]
    except (ValueError, DirectoryError):
        return None
    return name.rdns


@given(values, values)
@settings(deadline=None)
def test_names_that_were_written_are_read_back(first: str, second: str) -> None:
    name = BASE.child("OU", second).child("CN", first)
    assert NameReader()(str(name)).rdns == DistinguishedName.parse(str(name)).rdns
    assert NameReader()(str(name)).name == first


@given(st.builds("CN={},OU={},DC=x".format, written, written) | written)
@settings(deadline=None)
def test_any_text_reads_as_the_whole_grammar_reads_it(text: str) -> None:
    assert outcome(NameReader(), text) == outcome(DistinguishedName.parse, text)


def test_a_member_is_parsed_once() -> None:
    reader = NameReader()
    assert reader.member("CN=a,DC=x") is reader.member("CN=a,DC=x")
    assert reader.member("CN=a,DC=x") == reader("CN=a,DC=x")


def test_names_that_only_pass_by_are_not_kept() -> None:
    """Memory stays flat while the users of a domain stream through."""
    reader = NameReader()
    for number in range(1000):
        reader(f"CN=u{number},OU=people,DC=x")
    assert list(reader._containers) == ["OU=people,DC=x"]
    assert not reader._members


def test_what_is_no_name_is_an_error_of_the_directory() -> None:
    with pytest.raises(DirectoryError, match="a name that is none"):
        NameReader()("no name at all")
