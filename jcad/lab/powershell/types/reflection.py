"""Object, Type and Enum: what every value and every type can be asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import enum_text, net_text
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.sequences import net_equal
from jcad.lab.powershell.values import (
    STRING_ARRAY,
    Array,
    EnumValue,
    NetObject,
    NetType,
    PSReference,
    Value,
    array_from,
    type_of,
)

if TYPE_CHECKING:
    pass


OBJECT: Final = members_of(net.OBJECT)


def _hash_code(value: Value) -> int:
    if type(value) is int:
        return value
    if type(value) is bool:
        return int(value)
    raise LabUnsupported("GetHashCode")


def _reference_equals(one: Value, other: Value) -> bool:
    if one is None or other is None:
        return one is other
    if type_of(one).is_value or type_of(other).is_value:
        return False
    return one is other or (type(one) is str and type(other) is str and one == other)


TYPE: Final = members_of(net.TYPE)
_MEMBER_INFO: Final = members_of(net.MEMBER_INFO)


def _find_type(name: str) -> NetType | None:
    from jcad.lab.powershell.types.names import find  # noqa: PLC0415  - only the full name counts here

    found = find(name)
    return found if found is not None and str(found).lower() == name.lower() else None


ENUM: Final = members_of(net.ENUM)


def _number_of(value: Value) -> int:
    if isinstance(value, EnumValue):
        return value.number
    if not isinstance(value, int):
        message = "Enum underlying type and the object must be same type or object must be a String."
        raise NetError.of("System.ArgumentException", message)
    return int(value)


def _names(kind: NetType) -> list[str]:
    pairs = sorted((kind.names or {}).items(), key=lambda pair: pair[1] & 0xFFFFFFFFFFFFFFFF)
    return [name for name, _ in pairs]


def _needs_enum(kind: NetType) -> NetType:
    if not kind.is_enum:
        raise NetError.of("System.ArgumentException", "Type provided must be an Enum. (Parameter 'enumType')")
    return kind


def parse_enum(kind: NetType, text: str, *, ignore_case: bool = False) -> EnumValue:
    """`Enum.Parse`: whole names only."""
    names = _needs_enum(kind).names or {}
    number = 0
    for part in text.split(","):
        word = part.strip()
        found = next(
            (n for name, n in names.items() if name == word or (ignore_case and name.lower() == word.lower())), None
        )
        if found is None and not re.fullmatch(r"[+-]?\d+", word):
            raise NetError.of("System.ArgumentException", f"Requested value '{text}' was not found.")
        number |= int(word) if found is None else found
    return EnumValue(kind, number)


def _try_parse_enum(kind: NetType, text: str, target: PSReference, *, ignore_case: bool) -> bool:
    try:
        target.set(parse_enum(kind, text, ignore_case=ignore_case))
    except NetError:
        target.set(EnumValue(kind, 0))
        return False
    return True


def _enum_defined(kind: NetType, value: Value) -> bool:
    names = _needs_enum(kind).names or {}
    if isinstance(value, str):
        return value in names
    return _number_of(value) in names.values()


def _enum_name(kind: NetType, value: Value) -> str | None:
    number = _number_of(value)
    return next((name for name, one in (kind.names or {}).items() if one == number), None)


OBJECT.constructor("()", NetObject)
OBJECT.method("ToString()", net_text)
OBJECT.method("GetType()", type_of)
OBJECT.method("Equals(object)", net_equal)
OBJECT.method("GetHashCode()", _hash_code)
OBJECT.static("ReferenceEquals(object, object)", _reference_equals)
OBJECT.static("Equals(object, object)", net_equal)
TYPE.property("Name", lambda kind: kind.name, "string")
TYPE.property("FullName", lambda kind: kind.full_name, "string")
TYPE.property("Namespace", lambda kind: kind.namespace, "string")
TYPE.property("BaseType", lambda kind: kind.base, "type")
TYPE.property("IsEnum", lambda kind: kind.is_enum, "bool")
TYPE.property("IsArray", lambda kind: kind.is_array, "bool")
TYPE.property("IsValueType", lambda kind: kind.is_value, "bool")
TYPE.property("IsClass", lambda kind: not kind.is_value and not kind.is_interface, "bool")
TYPE.property("IsInterface", lambda kind: kind.is_interface, "bool")
TYPE.property("IsPrimitive", lambda kind: kind in (net.NUMERIC - {net.DECIMAL}) | {net.BOOLEAN, net.CHAR}, "bool")
TYPE.property("IsGenericType", lambda kind: bool(kind.args), "bool")
TYPE.property("IsPublic", lambda _kind: True, "bool")
TYPE.property("UnderlyingSystemType", lambda kind: kind, "type")
TYPE.property("ImplementedInterfaces", lambda kind: array_from(kind.all_interfaces(), net.TYPE))
TYPE.method("ToString()", str)
TYPE.method("GetElementType()", lambda kind: kind.element)
TYPE.method("GetGenericArguments()", lambda kind: array_from(kind.args, net.TYPE))
TYPE.method("GetInterfaces()", lambda kind: array_from(kind.all_interfaces(), net.TYPE))
TYPE.method("IsAssignableFrom(type)", lambda kind, other: other is not None and other.is_assignable_to(kind))
TYPE.method("IsInstanceOfType(object)", lambda kind, value: value is not None and type_of(value).is_assignable_to(kind))
TYPE.method("IsSubclassOf(type)", lambda kind, other: kind is not other and other in kind.ancestry())
TYPE.method("GetEnumNames()", lambda kind: Array(list(kind.names or {}), STRING_ARRAY))
TYPE.method("MakeArrayType()", net.array_of)
TYPE.static("GetType(string)", _find_type)
TYPE.static(
    "GetTypeCode(type)", lambda kind: EnumValue(enums.TYPE_CODE, (enums.TYPE_CODE.names or {}).get(kind.name, 1))
)
ENUM.static("GetNames(type)", lambda kind: Array(_names(_needs_enum(kind)), STRING_ARRAY))
ENUM.static("GetName(type, object)", _enum_name)
ENUM.static(
    "GetValues(type)",
    lambda kind: array_from([EnumValue(kind, (kind.names or {})[name]) for name in _names(_needs_enum(kind))], kind),
)
ENUM.static("GetUnderlyingType(type)", lambda _kind: net.INT32)
ENUM.static("IsDefined(type, object)", _enum_defined)
ENUM.static("Parse(type, string)", parse_enum)
ENUM.static("Parse(type, string, bool)", lambda kind, text, fold: parse_enum(kind, text, ignore_case=fold))
ENUM.static(
    "TryParse(type, string, out object)",
    lambda kind, text, target: _try_parse_enum(kind, text, target, ignore_case=False),
)
ENUM.static(
    "TryParse(type, string, bool, out object)",
    lambda kind, text, fold, target: _try_parse_enum(kind, text, target, ignore_case=fold),
)
ENUM.static("ToObject(type, object)", lambda kind, value: EnumValue(kind, _number_of(value)))
ENUM.static(
    "Format(type, object, string)",
    lambda kind, value, spec: enum_text(EnumValue(kind, _number_of(value)), spec),
)
ENUM.method("HasFlag(System.Enum)", lambda value, flag: value.number & flag.number == flag.number)
ENUM.method("ToString()", net_text)
ENUM.method("ToString(string)", lambda value, spec: net_text(value, spec or ""))
ENUM.method("ToString(string, System.IFormatProvider)", lambda value, spec, _provider: net_text(value, spec or ""))
ENUM.method("CompareTo(object)", lambda value, other: (value.number > other.number) - (value.number < other.number))
ENUM.method("Equals(object)", lambda value, other: value == other)
ENUM.method("GetTypeCode()", lambda _value: EnumValue(enums.TYPE_CODE, 9))
ENUM.property("value__", lambda value: value.number, "int")
