"""System.Convert and System.BitConverter."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.language import plain_number
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.limits import check_bytes
from jcad.lab.powershell.numerals import INTEGER_RANGE, to_numeric
from jcad.lab.powershell.objects import net_text
from jcad.lab.powershell.types.numbers import is_invariant, overflow_error, parse_bool, parse_number
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    BYTE_ARRAY,
    Array,
    Byte,
    Char,
    DateTime,
    EnumValue,
    Int16,
    Int64,
    NetType,
    Single,
    UInt16,
    UInt32,
    UInt64,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONVERT: Final = members_of(net.define("System.Convert"))
_SCALARS: Final = (
    "bool",
    "char",
    "sbyte",
    "byte",
    "int16",
    "uint16",
    "int",
    "uint32",
    "long",
    "uint64",
    "single",
    "double",
    "decimal",
)
_TARGETS: Final = {
    "ToSByte": net.SBYTE,
    "ToByte": net.BYTE,
    "ToInt16": net.INT16,
    "ToUInt16": net.UINT16,
    "ToInt32": net.INT32,
    "ToUInt32": net.UINT32,
    "ToInt64": net.INT64,
    "ToUInt64": net.UINT64,
    "ToSingle": net.SINGLE,
    "ToDouble": net.DOUBLE,
    "ToDecimal": net.DECIMAL,
}


def invalid_cast(value: Value, kind: NetType) -> NetError:
    """InvalidCastException of Convert."""
    if net.ICONVERTIBLE in type_of(value).all_interfaces():
        return NetError.of(
            "System.InvalidCastException", f"Invalid cast from '{type_of(value).name}' to '{kind.name}'."
        )
    return NetError.of(
        "System.InvalidCastException",
        f"Unable to cast object of type '{type_of(value)}' to type 'System.IConvertible'.",
    )


def to_number(value: Value, kind: NetType) -> Any:
    """`Convert.ToInt32(object)` and its kin: IConvertible, not PowerShell's conversion."""
    if value is None:
        return to_numeric(0, kind)
    if type(value) is str:
        return parse_number(kind, value)
    if not isinstance(value, (int, float, bool, Char, EnumValue)) and not type_of(value).is_numeric:
        raise invalid_cast(value, kind)
    if type(value) is Char and kind in (net.SINGLE, net.DOUBLE, net.DECIMAL):
        raise invalid_cast(value, kind)
    try:
        return to_numeric(plain_number(value), kind)
    except OverflowError:
        raise overflow_error(kind) from None


def _to_bool(value: Value) -> bool:
    if value is None:
        return False
    if type(value) is str:
        return parse_bool(value)
    if type(value) is Char or isinstance(value, DateTime):
        raise invalid_cast(value, net.BOOLEAN)
    if not isinstance(value, (int, float, EnumValue)) and not type_of(value).is_numeric:
        raise invalid_cast(value, net.BOOLEAN)
    return bool(plain_number(value))


def _to_char(value: Value) -> Char:
    if type(value) is str:
        if len(value) != 1:
            raise NetError.of("System.FormatException", "String must be exactly one character long.")
        return Char(value)
    if type(value) is Char:
        return value
    if not isinstance(value, int) or type(value) is bool:
        raise invalid_cast(value, net.CHAR)
    if not 0 <= value <= 0xFFFF:
        raise overflow_error(net.CHAR)
    return Char(chr(value))


def _from_base(text: str | None, base: int, kind: NetType) -> Any:
    if base not in (2, 8, 10, 16):
        raise NetError.of("System.ArgumentException", "Invalid Base.")
    if text is None:
        return to_numeric(0, kind)
    if base == 10:
        return parse_number(kind, text)
    digits = text[2:] if base == 16 and text.lower().startswith("0x") else text
    if not digits:
        raise NetError.of(
            "System.ArgumentOutOfRangeException",
            "Index was out of range. Must be non-negative and less than the size of the collection.",
        )
    try:
        number = int(digits, base)
    except ValueError:
        raise NetError.of("System.FormatException", "Could not find any recognizable digits.") from None
    least, most, _ = INTEGER_RANGE[kind]
    bits = (most + 1).bit_length() if least < 0 else most.bit_length()
    if number >> bits or number < 0:
        raise overflow_error(kind)
    return to_numeric(number - (1 << bits) if least < 0 and number >> (bits - 1) else number, kind)


def _to_base(value: int, base: int, bits: int) -> str:
    if base == 10:
        return str(int(value))
    number = int(value) & ((1 << bits) - 1)
    shown = {2: "b", 8: "o", 16: "x"}.get(base)
    if shown is None:
        raise NetError.of("System.ArgumentException", "Invalid Base.")
    return format(number, shown)


def _number_from(kind: NetType) -> Callable[[Value], Any]:
    return lambda value: to_number(value, kind)


def _date(value: Value) -> Value:
    if isinstance(value, DateTime):
        return value
    if value is None:
        return DateTime(0)
    if type(value) is not str:
        raise invalid_cast(value, net.DATETIME)
    from jcad.lab.powershell.types.times import parse  # noqa: PLC0415  - times builds on numbers, too

    return parse(value)


def to_base64(octets: Array | None, *, lines: bool = False) -> str:
    """`Convert.ToBase64String`."""
    if octets is None:
        raise null_argument("inArray")
    text = base64.b64encode(bytes(octets)).decode("ascii")
    return "\r\n".join(text[place : place + 76] for place in range(0, len(text), 76)) if lines else text


def from_base64(text: str | None) -> Array:
    """`Convert.FromBase64String`."""
    if text is None:
        raise null_argument("s")
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        message = (
            "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding "
            "characters, or an illegal character among the padding characters."
        )
        raise NetError.of("System.FormatException", message) from None
    return byte_array(data)


_BYTES: Final = tuple(map(Byte, range(256)))


def byte_array(data: bytes) -> Array:
    """Octets as a byte[]."""
    check_bytes(len(data))
    return Array([_BYTES[octet] for octet in data], BYTE_ARRAY)


def change_type(value: Value, kind: NetType) -> Value:
    """`Convert.ChangeType`."""
    if kind in INTEGER_RANGE or kind.is_numeric:
        return to_number(value, kind)
    if kind is net.STRING:
        return "" if value is None else net_text(value)
    if kind is net.BOOLEAN:
        return _to_bool(value)
    if kind is net.DATETIME:
        return _date(value)
    if kind is net.CHAR:
        return _to_char(value)
    if type_of(value) is kind:
        return value
    raise invalid_cast(value, kind)


# ---------------------------------------------------------------- BitConverter

BITS: Final = members_of(net.define("System.BitConverter"))


def _unpacked(form: str, make: Callable[[Any], Any]) -> Callable[[Array, int], Any]:
    def read(octets: Array, start: int) -> Any:
        size = struct.calcsize(form)
        if not 0 <= start < len(octets):
            raise out_of_range(
                "Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex"
            )
        if start + size > len(octets):
            raise NetError.of(
                "System.ArgumentException",
                "Destination array is not long enough to copy all the items in the collection. Check array index and length.",
            )
        return make(struct.unpack(form, bytes(octets[start : start + size]))[0])

    return read


for _name, _kind in _TARGETS.items():
    for _source in (*_SCALARS, "string", "datetime", "object"):
        CONVERT.static(f"{_name}({_source})", _number_from(_kind))
    CONVERT.static(f"{_name}(string, System.IFormatProvider)", lambda text, _p, kind=_kind: to_number(text, kind))
    CONVERT.static(f"{_name}(object, System.IFormatProvider)", lambda value, _p, kind=_kind: to_number(value, kind))
    if _kind in INTEGER_RANGE:
        CONVERT.static(f"{_name}(string, int)", lambda text, base, kind=_kind: _from_base(text, base, kind))
for _source in (*_SCALARS, "string", "datetime", "object"):
    CONVERT.static(f"ToBoolean({_source})", _to_bool)
    CONVERT.static(f"ToChar({_source})", _to_char)
    CONVERT.static(f"ToString({_source})", lambda value: "" if value is None else net_text(value))
    CONVERT.static(
        f"ToString({_source}, System.IFormatProvider)",
        lambda value, provider: "" if value is None else net_text(value, invariant=is_invariant(provider)),
    )
for _source, _bits in (("byte", 8), ("int16", 16), ("int", 32), ("long", 64)):
    CONVERT.static(f"ToString({_source}, int)", lambda value, base, bits=_bits: _to_base(value, base, bits))
CONVERT.static("ToDateTime(datetime)", lambda value: value)
CONVERT.static("ToDateTime(string)", _date)
CONVERT.static("ToDateTime(string, System.IFormatProvider)", lambda text, _p: _date(text))
CONVERT.static("ToDateTime(object)", _date)
CONVERT.static("ToBase64String(byte[])", to_base64)
CONVERT.static(
    "ToBase64String(byte[], System.Base64FormattingOptions)",
    lambda octets, how: to_base64(octets, lines=how.number == 1),
)
CONVERT.static(
    "ToBase64String(byte[], int, int)", lambda octets, start, count: to_base64(Array(octets[start : start + count]))
)
CONVERT.static("FromBase64String(string)", from_base64)
CONVERT.static("ToHexString(byte[])", lambda octets: bytes(octets).hex().upper())
CONVERT.static("FromHexString(string)", lambda text: byte_array(bytes.fromhex(text)))
CONVERT.static("ChangeType(object, type)", change_type)
CONVERT.static("ChangeType(object, type, System.IFormatProvider)", lambda value, kind, _p: change_type(value, kind))
CONVERT.static("IsDBNull(object)", lambda value: type_of(value) is net.DBNULL if value is not None else False)
BITS.static_property("IsLittleEndian", lambda: True, "bool")
for _source, _format in (
    ("bool", "?"), ("int16", "<h"), ("int", "<i"), ("long", "<q"), ("uint16", "<H"), ("uint32", "<I"), ("uint64", "<Q"),
    ("single", "<f"), ("double", "<d"),
):  # fmt: skip
    BITS.static(f"GetBytes({_source})", lambda value, form=_format: byte_array(struct.pack(form, value)))
BITS.static("GetBytes(char)", lambda letter: byte_array(struct.pack("<H", letter.code)))


for _name, _format, _make in (
    ("ToInt16", "<h", Int16), ("ToInt32", "<i", int), ("ToInt64", "<q", Int64), ("ToUInt16", "<H", UInt16),
    ("ToUInt32", "<I", UInt32), ("ToUInt64", "<Q", UInt64), ("ToSingle", "<f", Single), ("ToDouble", "<d", float),
    ("ToBoolean", "?", bool),
):  # fmt: skip
    BITS.static(f"{_name}(byte[], int)", _unpacked(_format, _make))
BITS.static("ToString(byte[])", lambda octets: bytes(octets).hex("-").upper())
BITS.static("ToString(byte[], int)", lambda octets, start: bytes(octets[start:]).hex("-").upper())
BITS.static(
    "ToString(byte[], int, int)", lambda octets, start, count: bytes(octets[start : start + count]).hex("-").upper()
)

__all__ = ["Failure", "byte_array", "cast", "change_type", "from_base64", "to_base64"]
