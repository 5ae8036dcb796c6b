import pytest
from hypothesis import given
from hypothesis import strategies as st
from sansldap import asn1

from jcad.lab.windows import ber
from jcad.lab.windows.ber import BerError, Reader


@given(st.integers(min_value=-(2**63), max_value=2**63))
def test_an_integer_is_read_back_and_is_as_short_as_another_encoder_makes_it(value):
    written = ber.integer(value)
    assert Reader(written).integer() == value
    with asn1.ASN1Writer() as writer:
        writer.write_integer(value)
        assert written == bytes(writer.get_data())


@given(st.binary(max_size=70_000))
def test_octets_of_any_length_are_read_back(value):
    written = ber.octets(value)
    assert Reader(written).octets() == value
    start, end = ber.measure(written)
    assert (end - start, end) == (len(value), len(written))


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_a_sequence_gives_its_elements_in_order(values):
    inside = Reader(ber.sequence(*(ber.octets(value) for value in values))).inside()
    found = []
    while inside:
        found.append(inside.octets())
    assert found == values


@given(st.binary(max_size=64))
def test_nonsense_is_refused_or_read_but_never_read_beyond_its_end(nonsense):
    reader = Reader(nonsense)
    try:
        while reader:
            assert len(reader.octets(None)) <= len(nonsense)
    except BerError:
        pass


@pytest.mark.parametrize("header", [b"\x30\x80", b"\x30\x85\x01\x01\x01\x01\x01"])
def test_an_indefinite_or_absurd_length_is_refused(header):
    with pytest.raises(BerError):
        ber.measure(header)


def test_a_header_that_has_not_arrived_whole_has_no_measure_yet():
    whole = ber.octets(b"x" * 300)
    assert ber.measure(whole[:1]) is None
    assert ber.measure(whole[:3]) is None
    assert ber.measure(whole[:4]) == (4, 304)


def test_an_element_of_another_tag_is_refused():
    with pytest.raises(BerError, match="0x04"):
        Reader(ber.integer(1)).octets()
