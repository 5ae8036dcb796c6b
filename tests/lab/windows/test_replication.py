"""The stamps of an object's attributes, and the numbers of attributes."""

import struct
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.lab.windows.replication import PREFIXES, Stamp, number_of, stamps

U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
STAMPS = st.lists(st.builds(Stamp, U32, U32, U64, st.uuids(), U64, U64), max_size=5)

#: The first stamp of a user of a Samba domain: objectClass, changed once.
RECORDED = bytes.fromhex(
    "01000000000000000100000000000000"
    "000000000100000089051621030000004" + "3c838b6afa49a45a4227f3c5809f2bb10100000000000001010000000000000"
)


def written(listed):
    head = struct.pack("<IIII", 1, 0, len(listed), 0)
    return head + b"".join(
        struct.pack("<IIQ", one.number, one.version, one.seconds)
        + one.invocation.bytes_le
        + struct.pack("<QQ", one.originating_usn, one.local_usn)
        for one in listed
    )


@given(listed=STAMPS)
def test_stamps_are_read_as_they_were_written(listed):
    assert stamps(written(listed)) == listed


def test_a_stamp_of_a_real_domain_is_read():
    invocation = uuid.UUID("b638c843-a4af-459a-a422-7f3c5809f2bb")
    assert stamps(RECORDED) == [Stamp(0, 1, 0x3_2116_0589, invocation, 0x1010, 0x1010)]


@given(listed=STAMPS, cut=st.integers(1, 60))
def test_what_was_cut_off_is_no_list_of_stamps(listed, cut):
    whole = written(listed)
    with pytest.raises(ValueError, match="replPropertyMetaData"):
        stamps(whole[: max(len(whole) - cut, 0)])


@given(value=st.binary(max_size=120))
def test_nonsense_is_a_list_of_stamps_or_refused(value):
    try:
        listed = stamps(value)
    except ValueError:
        return
    assert written(listed)[16:] == value[16:]


@pytest.mark.parametrize(
    ("oid", "number"),
    [
        ("2.5.4.3", 0x3),  # cn
        ("2.5.4.0", 0x0),  # objectClass
        ("1.2.840.113556.1.2.102", 0x20066),  # memberOf
        ("1.2.840.113556.1.4.221", 0x900DD),  # sAMAccountName
        ("0.9.2342.19200300.100.1.3", 0x150003),  # mail
        ("1.2.840.113556.1.4.16385", 0x98001),  # an arc that does not fit
        ("1.2.3.4.5", None),
    ],
)
def test_an_object_identifier_becomes_the_number_of_the_prefix_table(oid, number):
    assert number_of(oid, None) == number


def test_an_attribute_with_a_number_of_its_own_is_known_by_it():
    assert number_of("1.2.3.4.5", -1_500_000_000) == 2**32 - 1_500_000_000


@given(prefix=st.sampled_from(sorted(PREFIXES)), one=st.integers(0, 16_383), other=st.integers(0, 16_383))
def test_two_attributes_of_one_prefix_have_two_numbers(prefix, one, other):
    assert (number_of(f"{prefix}.{one}", None) == number_of(f"{prefix}.{other}", None)) is (one == other)
