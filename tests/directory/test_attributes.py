"""Attribute types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.directory import attributes as attr
from jcad.errors import DirectoryError
from jcad.model import GroupType, Sid, UserAccountControl


def test_a_guid_is_read_with_its_first_fields_little_endian() -> None:
    raw = bytes.fromhex("33221100554477668899aabbccddeeff")
    assert attr.guid({"objectguid": [raw]}) == UUID("00112233-4455-6677-8899-aabbccddeeff")


def test_a_sid_is_read_from_its_binary_form() -> None:
    raw = bytes.fromhex("0102000000000005200000002002 0000")
    assert attr.sid({"objectsid": [raw]}) == Sid.parse("S-1-5-32-544")


@given(st.datetimes(datetime(1601, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001  - bounds
@settings(deadline=None)
def test_every_filetime_becomes_its_moment(when: datetime) -> None:
    ticks = (when - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
    assert attr.moment(ticks) == when


@pytest.mark.parametrize("ticks", [0, -1, attr.NEVER, 2**62])
def test_never_is_no_moment(ticks: int) -> None:
    assert attr.moment(ticks) is None


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [(b"-36288000000000", 3628800), (b"-18000000000", 1800), (b"0", 0), (b"-9223372036854775808", 0)],
)
def test_intervals_are_seconds_and_never_is_none(raw: bytes, seconds: int) -> None:
    assert attr.seconds({"maxpwdage": [raw]}, "maxpwdage") == seconds


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"20261124055454.0Z", datetime(2026, 11, 24, 5, 54, 54, tzinfo=UTC)),
        (b"20261124055454.25Z", datetime(2026, 11, 24, 5, 54, 54, 250_000, tzinfo=UTC)),
        (b"20261124055454Z", datetime(2026, 11, 24, 5, 54, 54, tzinfo=UTC)),
        (b"20261124055454.0+0130", datetime(2026, 11, 24, 4, 24, 54, tzinfo=UTC)),
        (b"16010101000000.0Z", datetime(1601, 1, 1, tzinfo=UTC)),
    ],
)
def test_generalised_times_are_in_utc(raw: bytes, expected: datetime) -> None:
    assert attr.generalized_time({"whencreated": [raw]}, "whencreated") == expected


def test_group_types_travel_as_signed_numbers() -> None:
    assert attr.group_type({"grouptype": [b"-2147483646"]}) == GroupType.GLOBAL | GroupType.SECURITY
    assert attr.group_type({"grouptype": [b"8"]}) == GroupType.UNIVERSAL


def test_account_flags_are_named() -> None:
    flags = attr.user_account_control({"useraccountcontrol": [b"66050"]})
    assert flags == (
        UserAccountControl.NORMAL_ACCOUNT | UserAccountControl.ACCOUNTDISABLE | UserAccountControl.DONT_EXPIRE_PASSWORD
    )


def test_the_class_is_the_most_specific_one() -> None:
    assert attr.object_class({"objectclass": [b"top", b"person", b"organizationalPerson", b"user"]}) == "user"


def test_an_absent_attribute_is_none_and_never_the_empty_text() -> None:
    assert attr.text({}, "mail") is None
    assert attr.text({"mail": [b""]}, "mail") == ""
    assert attr.text({"mail": []}, "mail") is None
    assert attr.texts({}, "proxyaddresses") == ()
    assert attr.integer({}, "admincount") is None
    assert attr.guid({}) is None
    assert attr.generalized_time({}, "whencreated") is None
    assert attr.boolean({}, "iscriticalsystemobject") is False
    assert attr.boolean({"iscriticalsystemobject": [b"TRUE"]}, "iscriticalsystemobject") is True


readers = st.sampled_from(
    [attr.text, attr.texts, attr.integer, attr.guid, attr.sid, attr.generalized_time, attr.seconds]
)


@given(readers, st.binary(max_size=40))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_an_error_that_names_the_attribute(read: object, raw: bytes) -> None:
    try:
        read({"strange": [raw]}, "strange")  # type: ignore[operator]
    except DirectoryError as error:
        assert error.message.startswith("the value of strange is not what its type says")  # noqa: PT017  - or none
