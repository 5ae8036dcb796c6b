"""Attribute values of Active Directory: bytes of the wire to Python's types. Pure.

Each function takes an entry's attributes and the attribute's name in lower case; an absent attribute gives None, or the
neutral value where the docstring says so. A value that is not of its type raises DirectoryError with name and value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, TypeVar
from uuid import UUID

from jcad.errors import DirectoryError
from jcad.model import DistinguishedName, GroupType, Sid, UserAccountControl

Attributes = Mapping[str, Sequence[bytes]]

NEVER: Final = 0x7FFFFFFFFFFFFFFF
"""The FILETIME and interval that mean never (accountExpires has 0 for it too, MS-ADTS 2.2.16 and the schema)."""

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_SECOND: Final = 10_000_000
_LAST_FILETIME: Final = 2650467743990000000  # 31 December 9999, the last day that Python knows
_GENERALIZED = re.compile(r"(\d{14})(?:[.,](\d+))?(Z|[+-]\d{2}(?:\d{2})?)\Z")

T = TypeVar("T")


def text(attributes: Attributes, name: str) -> str | None:
    """The first value as text."""
    values = attributes.get(name)
    if not values:
        return None
    try:
        return values[0].decode()
    except UnicodeDecodeError as error:
        raise _wrong(name, values[0], error) from error


def texts(attributes: Attributes, name: str) -> tuple[str, ...]:
    """All values as text; none gives an empty tuple."""
    return tuple(_convert(name, value, _utf8) for value in attributes.get(name, ()))


def integer(attributes: Attributes, name: str) -> int | None:
    """A whole number (Integer and LargeInteger syntax are decimal text)."""
    values = attributes.get(name)
    if not values:
        return None
    try:
        return int(values[0])
    except ValueError as error:
        raise _wrong(name, values[0], error) from error


def boolean(attributes: Attributes, name: str) -> bool:
    """TRUE or not; absent is False."""
    values = attributes.get(name)
    return values[0].upper() == b"TRUE" if values else False


def guid(attributes: Attributes, name: str = "objectguid") -> UUID | None:
    """A GUID: 16 bytes, the first three fields little-endian (MS-DTYP 2.3.4.2)."""
    values = attributes.get(name)
    return _convert(name, values[0], _guid) if values else None


def sid(attributes: Attributes, name: str = "objectsid") -> Sid | None:
    """A binary security identifier (MS-DTYP 2.4.2.2)."""
    values = attributes.get(name)
    return _convert(name, values[0], Sid.from_bytes) if values else None


def name(attributes: Attributes, attribute: str) -> DistinguishedName | None:
    """A distinguished name."""
    value = text(attributes, attribute)
    return None if value is None else DistinguishedName.parse(value)


def user_account_control(attributes: Attributes) -> UserAccountControl:
    """The flags of userAccountControl; absent is none of them."""
    return UserAccountControl((integer(attributes, "useraccountcontrol") or 0) & 0xFFFFFFFF)


def group_type(attributes: Attributes) -> GroupType:
    """The flags of groupType, which travels as a signed number: a security group is negative."""
    return GroupType((integer(attributes, "grouptype") or 0) & 0xFFFFFFFF)


def object_class(attributes: Attributes) -> str:
    """The most specific class in lower case: AD sends it last. Empty where the class was not asked for."""
    values = attributes.get("objectclass")
    return _convert("objectclass", values[-1], _utf8).lower() if values else ""


def filetime(attributes: Attributes, attribute: str) -> int:
    """A FILETIME as it is: 100 ns since 1601, UTC; absent is 0."""
    return integer(attributes, attribute) or 0


def moment(ticks: int) -> datetime | None:
    """The time of a FILETIME; None for 0, never, and what lies beyond the year 9999."""
    if ticks <= 0 or ticks >= _LAST_FILETIME:
        return None
    return _EPOCH + timedelta(microseconds=ticks // 10)


def seconds(attributes: Attributes, attribute: str) -> int:
    """The seconds of an interval, which AD writes as a negative number of 100 ns; 0 for never, none and absent."""
    ticks = integer(attributes, attribute) or 0
    return 0 if ticks <= -NEVER else abs(ticks) // _SECOND


def generalized_time(attributes: Attributes, attribute: str) -> datetime | None:
    """A generalised time (`20261124055454.0Z`), in UTC."""
    values = attributes.get(attribute)
    return _convert(attribute, values[0], _generalized) if values else None


def _convert(attribute: str, value: bytes, convert: Callable[[bytes], T]) -> T:
    try:
        return convert(value)
    except (ValueError, OverflowError) as error:
        raise _wrong(attribute, value, error) from error


def _wrong(attribute: str, value: bytes, error: Exception) -> DirectoryError:
    return DirectoryError(f"the value of {attribute} is not what its type says: {error} (0x{value[:64].hex()})")


def _utf8(value: bytes) -> str:
    return value.decode("utf-8")


def _guid(value: bytes) -> UUID:
    return UUID(bytes_le=value)


def _generalized(value: bytes) -> datetime:
    match = _GENERALIZED.match(value.decode("ascii"))
    if match is None:
        raise ValueError("no generalised time")
    digits, fraction, zone = match.groups()
    offset = UTC
    if zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[3:5] or 0)
        offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    whole = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=offset)
    return (whole + timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))).astimezone(UTC)
