"""Attribute values between the wire and the interpreter, by the attribute's syntax (MS-ADTS 3.1.1.2.2.2). Pure."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from jcad.lab.powershell.members import Value
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import (
    TICKS_PER_SECOND,
    DateTime,
    EnumValue,
    Int64,
    NetList,
    TimeSpan,
    base_of,
)
from jcad.lab.windows.access import Masks, Refusal
from jcad.lab.windows.adtypes import (
    AdObject,
    DirectorySecurity,
    ValueCollection,
    byte_array,
    guid_of,
    sid_binary,
    sid_text,
    to_filetime,
)
from jcad.lab.windows.schema import AttributeType, Syntax

_YEAR_ONE: Final = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_TIME: Final = re.compile(r"^(\d{14})(?:\.\d+)?Z$")
_SHORT_TIME: Final = re.compile(r"^(\d{12})Z$")
_LOCAL: Final = 2
_GUIDS: Final = frozenset(
    {"objectguid", "attributesecurityguid", "schemaidguid", "invocationid", "msds-optionalfeatureguid"}
)


def decode(attribute: AttributeType, value: bytes) -> Value:
    """One value of an attribute. What cannot be read as its syntax says comes as a byte array."""
    try:
        return _decode(attribute, value)
    except (ValueError, IndexError, Refusal):
        return byte_array(value)


def _decode(attribute: AttributeType, value: bytes) -> Value:
    match attribute.syntax:
        case Syntax.INTEGER:
            return int(value)
        case Syntax.LARGE_INTEGER:
            return Int64(int(value))
        case Syntax.BOOLEAN:
            return value == b"TRUE"
        case Syntax.SID:
            return SecurityIdentifier(sid_text(value))
        case Syntax.OCTETS:
            return guid_of(value) if attribute.name.lower() in _GUIDS else byte_array(value)
        case Syntax.DESCRIPTOR:
            return DirectorySecurity(value, Masks.OWNER | Masks.GROUP | Masks.DACL)  # the parts that are asked for
        case Syntax.GENERALIZED_TIME | Syntax.UTC_TIME:
            return read_time(value.decode())
    return value.decode()


def decode_all(attribute: AttributeType, values: Iterable[bytes]) -> Value:
    """An attribute's values as the module hands them out: one value, or a collection where the schema allows many."""
    decoded = [decode(attribute, value) for value in values]
    if attribute.single:
        return decoded[0] if decoded else None
    return ValueCollection(decoded)


def read_time(text: str) -> DateTime:
    """A generalized time or UTC time, as local time (the lab's hosts run in UTC). Raises ValueError."""
    found = _TIME.match(text)
    digits = found[1] if found else ""
    if not digits:
        short = _SHORT_TIME.match(text)
        if short is None:
            raise ValueError(text)
        digits = ("19" if int(short[1][:2]) >= 50 else "20") + short[1]
    moment = dt.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    since = moment - _YEAR_ONE
    return DateTime((since.days * 86_400 + since.seconds) * TICKS_PER_SECOND, _LOCAL)


def write_time(moment: DateTime) -> str:
    """A time as generalized time."""
    written = _YEAR_ONE + dt.timedelta(microseconds=moment.ticks // 10)
    return written.strftime("%Y%m%d%H%M%S.0Z")


def encode(attribute: AttributeType | None, value: Value) -> bytes:
    """One value for the wire. Without an attribute of the schema, by the value's own type.

    Raises ValueError where the value cannot be of that syntax.
    """
    plain = base_of(value)
    if isinstance(plain, NetList):
        return bytes(int(byte) for byte in plain)
    if attribute is not None and isinstance(plain, str):
        return _encode_text(attribute, plain)
    return _encode_typed(attribute, plain)


def _encode_text(attribute: AttributeType, text: str) -> bytes:
    match attribute.syntax:
        case Syntax.SID:
            return sid_binary(text)
        case Syntax.BOOLEAN:
            return text.upper().encode()
        case Syntax.OCTETS if attribute.name.lower() in _GUIDS:
            return uuid.UUID(text).bytes_le
    return text.encode()


def _encode_typed(attribute: AttributeType | None, plain: Value) -> bytes:
    if plain is None:
        raise ValueError("no value")
    if isinstance(plain, DateTime) and attribute is not None and attribute.syntax is Syntax.LARGE_INTEGER:
        return str(to_filetime(plain)).encode()
    for kind, write in _WRITERS:
        if isinstance(plain, kind):
            return write(plain)
    return str(plain).encode()


_WRITERS: Final[tuple[tuple[type, Callable[[Any], bytes]], ...]] = (
    (bool, lambda value: b"TRUE" if value else b"FALSE"),
    (EnumValue, lambda value: str(value.number).encode()),
    (DateTime, lambda value: write_time(value).encode()),
    (TimeSpan, lambda value: str(-value.ticks).encode()),
    (uuid.UUID, lambda value: bytes(value.bytes_le)),
    (SecurityIdentifier, lambda value: sid_binary(value.value)),
    (DirectorySecurity, lambda value: bytes(value.binary)),
    (AdObject, lambda value: str(value.get("DistinguishedName")).encode()),
    (bytes, bytes),
)


def each(value: Value) -> list[Value]:
    """The values of what a script gave for an attribute: the elements of a list, or the one value. A byte array is one."""
    plain = base_of(value)
    if plain is None:
        return []
    if isinstance(plain, NetList) and str(plain.net_type) != "System.Byte[]":
        return [base_of(item) for item in plain if item is not None]
    return [plain]
