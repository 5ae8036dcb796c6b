import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import Array, DateTime, Int64, NetList
from jcad.lab.windows.adtypes import (
    FILETIME_EPOCH,
    ValueCollection,
    from_filetime,
    sid_binary,
    sid_text,
    to_filetime,
)
from jcad.lab.windows.schema import Syntax
from jcad.lab.windows.syntaxes import decode, decode_all, each, encode, read_time, write_time


@given(st.integers(0, 2**48 - 1), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=15))
def test_a_sid_is_the_same_in_text_and_bytes(authority, parts):
    text = "-".join(["S-1", str(authority), *map(str, parts)])
    assert sid_text(sid_binary(text)) == text


@pytest.mark.parametrize("text", ["", "S-1", "S-1-5", "X-1-5-32", "S-1-5-x", "S-1-5-4294967296"])
def test_a_text_that_is_no_sid_is_refused(text):
    with pytest.raises(ValueError):
        sid_binary(text)


@given(st.integers(0, 3_000_000_000))
def test_a_time_is_the_same_in_text_and_ticks(seconds):
    moment = DateTime(FILETIME_EPOCH + seconds * 10_000_000, 2)
    assert read_time(write_time(moment)) == moment


def test_a_utc_time_has_two_digits_for_its_year():
    assert write_time(read_time("991231235959Z")) == "19991231235959.0Z"
    assert write_time(read_time("491231235959Z")) == "20491231235959.0Z"


@given(st.integers(0, 2**62))
def test_a_filetime_is_the_same_as_a_time(value):
    assert to_filetime(from_filetime(value)) == value


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("userAccountControl", b"512", 512),
        ("pwdLastSet", b"134399738887548930", Int64(134399738887548930)),
        ("isDeleted", b"TRUE", True),
        ("objectSid", sid_binary("S-1-5-32-544"), SecurityIdentifier("S-1-5-32-544")),
        ("objectGUID", uuid.UUID(int=5).bytes_le, uuid.UUID(int=5)),
        ("givenName", "José".encode(), "José"),
        ("manager", b"CN=x,DC=y", "CN=x,DC=y"),
    ],
)
def test_a_value_has_the_type_of_its_syntax_and_goes_back_the_same(schema, name, wire, value):
    read = decode(schema.get(name), wire)
    assert (type(read), read) == (type(value), value)
    assert encode(schema.get(name), read) == wire


def test_a_value_that_is_not_of_its_syntax_comes_as_bytes(schema):
    assert list(decode(schema.get("givenName"), b"\xff\xfe")) == [255, 254]
    assert list(decode(schema.get("userAccountControl"), b"x")) == [120]


def test_many_values_are_a_collection_even_where_there_is_one(schema):
    assert isinstance(decode_all(schema.get("member"), [b"CN=x"]), ValueCollection)
    assert decode_all(schema.get("mail"), [b"a@b"]) == "a@b"
    assert decode_all(schema.get("mail"), []) is None


def test_a_byte_array_is_one_value_and_another_list_several(schema):
    octets = decode(schema.get("mS-DS-ConsistencyGuid"), b"\x01\x02")
    assert isinstance(octets, NetList)
    assert each(octets) == [octets]
    assert encode(schema.get("mS-DS-ConsistencyGuid"), octets) == b"\x01\x02"
    assert each(Array(["a", None, "b"])) == ["a", "b"]
    assert each(None) == []


def test_a_time_of_a_filetime_attribute_is_written_as_one(schema):
    moment = DateTime(FILETIME_EPOCH + 77, 2)
    assert encode(schema.get("accountExpires"), moment) == b"77"
    assert schema.get("whenCreated").syntax is Syntax.GENERALIZED_TIME
