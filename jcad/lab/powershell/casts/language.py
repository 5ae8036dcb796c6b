"""The conversions that the language itself has: null, numbers, text, booleans, arrays, enumerations, types, regexes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.enums import integer_to_enum, items_to_enum, text_to_enum
from jcad.lab.powershell.casts.failures import Conversion, Converter, invalid_cast, no_conversion, null_cast, value_cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.numerals import INTEGER_RANGE, text_to_number, to_numeric
from jcad.lab.powershell.objects import is_true, to_text, unroll
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Char,
    Dictionary,
    EnumValue,
    Hashtable,
    NetType,
    PSObject,
    SwitchParameter,
    Value,
    type_of,
)

Figure = Callable[[NetType, NetType], Conversion]

REGEX: Final = net.define("System.Text.RegularExpressions.Regex")


def from_null(target: NetType) -> Conversion:
    """What $null becomes."""
    if target is net.STRING:
        return Conversion(ranks.TO_STRING, lambda _value, _kind: "")
    if target in net.NUMERIC:
        return Conversion(ranks.NULL_TO_VALUE, lambda _value, kind: to_numeric(0, kind))
    if target is net.BOOLEAN:
        return Conversion(ranks.NULL_TO_VALUE, lambda _value, _kind: False)
    if target is net.CHAR:
        return Conversion(ranks.NULL_TO_VALUE, lambda _value, _kind: Char("\0"))
    if target is net.SWITCH_PARAMETER:
        return Conversion(ranks.NULL_TO_VALUE, lambda _value, _kind: SwitchParameter(present=False))
    if target.is_enum:
        return Conversion(ranks.NONE, _null_to_enum)
    if target.is_value and target.definition is not net.NULLABLE:
        return Conversion(ranks.NONE, _null_to_struct)
    return Conversion(ranks.NULL_TO_REF, lambda _value, _kind: None)


def _null_to_enum(value: Value, kind: NetType) -> Value:
    del value
    names = ",".join(kind.names or {})
    message = (
        f'Cannot convert null to type "{kind}" due to enumeration values that are not valid. Specify one of the following '
        f'enumeration values and try again. The possible enumeration values are "{names}".'
    )
    raise invalid_cast("nullToEnumInvalidCast", message)


def _null_to_struct(value: Value, kind: NetType) -> Value:
    del value
    raise null_cast(kind)


def figure(  # noqa: C901  - one line a conversion
    source: NetType, target: NetType, figure_: Figure
) -> tuple[Conversion | None, Conversion | None]:
    """The language's conversion, if it has one; and one that may apply by value, to be tried before the constructors."""
    if target is net.VOID:
        return Conversion(ranks.LANGUAGE, lambda _value, _kind: AUTOMATION_NULL), None
    if target is net.BOOLEAN:
        return Conversion(ranks.LANGUAGE, lambda value, _kind: is_true(value)), None
    if target is net.STRING:
        quality = ranks.NONE if source is net.PS_CUSTOM_OBJECT else ranks.TO_STRING
        if source in net.NUMERIC:
            quality = ranks.NUMERIC_STRING
        return Conversion(quality, lambda value, _kind: to_text(value)), None
    if target.is_array or target is net.ARRAY:
        return _to_array(source, target, figure_)
    if target is net.HASHTABLE and net.IDICTIONARY in source.all_interfaces():
        return Conversion(ranks.LANGUAGE, _to_hashtable), None
    number = _numeric(source, target)
    if number is not None:
        return number, None
    if target.is_enum:
        return _to_enum(source), None
    if source is net.STRING and target in (net.TYPE, net.RUNTIME_TYPE):
        return Conversion(ranks.LANGUAGE, _to_type), None
    if source is net.STRING and target is REGEX:
        return Conversion(ranks.LANGUAGE, _to_regex), None
    extra = LANGUAGE.get(target.definition or target)
    if extra is not None:
        return extra(source), None
    return None, None


#: Target type -> a conversion of its own (by source type), declared by the modules that own the type.
LANGUAGE: Final[dict[NetType, Callable[[NetType], Conversion | None]]] = {}


# ---------------------------------------------------------------- numbers


def _numeric(source: NetType, target: NetType) -> Conversion | None:
    if target in net.NUMERIC:
        return _to_number(source, target)
    if target is net.CHAR and (source in net.NUMERIC or source.is_enum):
        return Conversion(ranks.CONVERTIBLE if source.is_enum else ranks.NUMERIC_STRING, _to_char)
    return None


def _to_number(source: NetType, target: NetType) -> Conversion | None:
    if source is net.STRING:
        return Conversion(ranks.NUMERIC_STRING, _text_to_number)
    if source in net.NUMERIC:
        return Conversion(_numeric_rank(source, target), _number_to_number)
    if source.is_enum:
        return Conversion(ranks.IMPLICIT_CAST if target is net.DECIMAL else ranks.CONVERTIBLE, _number_to_number)
    if source is net.CHAR:
        known = {net.DECIMAL: ranks.IMPLICIT_CAST, net.SINGLE: ranks.LANGUAGE, net.DOUBLE: ranks.LANGUAGE}
        return Conversion(known.get(target, ranks.CONVERTIBLE), _number_to_number)
    if source is net.BOOLEAN:
        return Conversion(ranks.CONVERTIBLE, _number_to_number)
    if source is net.BIG_INTEGER:
        return Conversion(ranks.EXPLICIT_CAST, _number_to_number)
    return None


_UNSIGNED: Final = (net.BYTE, net.UINT16, net.UINT32, net.UINT64)
_SIGNED: Final = (net.SBYTE, net.INT16, net.INT32, net.INT64)


def _numeric_rank(source: NetType, target: NetType) -> int:
    """How well a number goes into another numeric type: LanguagePrimitives.RebuildConversionCache."""
    if source in INTEGER_RANGE and target in INTEGER_RANGE:
        return _integer_rank(source, target)
    if source in INTEGER_RANGE or (source is net.SINGLE and target is net.DOUBLE):
        return ranks.NUMERIC_IMPLICIT
    if source is net.DECIMAL and target in (net.DOUBLE, net.SINGLE):
        return ranks.NUMERIC_EXPLICIT_1
    return ranks.NUMERIC_EXPLICIT


def _integer_rank(source: NetType, target: NetType) -> int:
    signed, into_signed = source in _SIGNED, target in _SIGNED
    width = (_SIGNED if signed else _UNSIGNED).index(source)
    into = (_SIGNED if into_signed else _UNSIGNED).index(target)
    if into > width and not (signed and not into_signed):
        return ranks.NUMERIC_IMPLICIT
    return ranks.NUMERIC_EXPLICIT_1 if signed and not into_signed and into >= width else ranks.NUMERIC_EXPLICIT


def plain_number(value: Value) -> Any:
    """The Python number in a numeric value, boolean, character or enumeration value."""
    base = value.base if type(value) is PSObject else value
    if type(base) is Char:
        return base.code
    if type(base) is EnumValue:
        return base.number
    return int(base) if type(base) is bool else base


_TOO_LARGE: Final = {
    net.BYTE: "an unsigned byte",
    net.SBYTE: "a signed byte",
    net.INT16: "an Int16",
    net.UINT16: "a UInt16",
    net.INT32: "an Int32",
    net.UINT32: "a UInt32",
    net.INT64: "an Int64",
    net.UINT64: "a UInt64",
    net.DECIMAL: "a Decimal",
    net.CHAR: "a character",
}


def overflow(kind: NetType) -> NetException:
    """.NET's OverflowException for a number that does not fit the type."""
    return NetException(
        "System.OverflowException", f"Value was either too large or too small for {_TOO_LARGE.get(kind, kind.name)}."
    )


def _number_to_number(value: Value, kind: NetType) -> Value:
    try:
        return to_numeric(plain_number(value), kind)
    except OverflowError:
        error = overflow(kind)
        raise value_cast("InvalidCastIConvertible", value, kind, error.message, error) from None


def _to_char(value: Value, kind: NetType) -> Value:
    number = plain_number(value)
    if not isinstance(number, int):
        raise value_cast(
            "InvalidCastIConvertible", value, kind, f"Invalid cast from '{type_of(value).name}' to 'Char'."
        )
    if not 0 <= number <= 0xFFFF:
        error = overflow(kind)
        raise value_cast("InvalidCastIConvertible", value, kind, error.message, error)
    return Char(chr(number))


def _text_to_number(value: Value, kind: NetType) -> Value:
    text = value.base if type(value) is PSObject else value
    error_id = (
        "InvalidCastFromStringToInteger"
        if kind in INTEGER_RANGE
        else "InvalidCastFromStringToDecimal"
        if kind is net.DECIMAL
        else "InvalidCastFromStringToDoubleOrSingle"
    )
    try:
        return text_to_number(text, kind)
    except OverflowError:
        error = overflow(kind)
    except ValueError:
        error = NetException("System.FormatException", f"The input string '{text}' was not in a correct format.")
    raise value_cast(error_id, text, kind, error.message, error)


# ---------------------------------------------------------------- arrays and dictionaries


def _to_array(source: NetType, target: NetType, figure_: Figure) -> tuple[Conversion | None, Conversion | None]:
    element = target.element or net.OBJECT
    if source is net.STRING and element is net.CHAR:
        return Conversion(
            ranks.STRING_TO_CHARS, lambda value, kind: Array([Char(letter) for letter in to_text(value)], kind)
        ), None
    if source.is_array:
        related = source.element is not None and source.element.is_assignable_to(element)
        return Conversion(ranks.LANGUAGE if related else ranks.UNRELATED_ARRAYS, _items_to_array(figure_)), None
    if _enumerates(source):
        return Conversion(ranks.LANGUAGE, _items_to_array(figure_)), None
    inner = figure_(source, element)
    if inner.convert is no_conversion:
        return None, None
    quality = max(inner.rank - ranks.SCALAR_TO_ARRAY, 1)
    return None, Conversion(quality, _scalar_to_array(inner.convert))


def _enumerates(source: NetType) -> bool:
    faces = source.all_interfaces()
    return source is not net.STRING and net.IENUMERABLE in faces and net.IDICTIONARY not in faces


def _items_to_array(figure_: Figure) -> Converter:
    def convert(value: Value, kind: NetType) -> Value:
        element = kind.element or net.OBJECT
        items = unroll(value) or ()
        target = kind if kind.element is not None else net.array_of(net.OBJECT)
        if element is net.OBJECT:
            return Array(items, target)
        return Array([convert_one(item, element, figure_) for item in items], target)

    return convert


def convert_one(value: Value, kind: NetType, figure_: Figure) -> Value:
    """One element's conversion."""
    from jcad.lab.powershell.convert import source_type  # noqa: PLC0415  - convert builds on this module

    return figure_(source_type(value), kind).convert(value, kind)


def _scalar_to_array(inner: Converter) -> Converter:
    def convert(value: Value, kind: NetType) -> Value:
        element = kind.element or net.OBJECT
        try:
            item = inner(value, element)
        except Failure as failure:
            message = (
                f'Cannot convert the "{to_text(value)}" value of type "{type_of(value).full_name}" to type "{kind}".'
            )
            raise invalid_cast("InvalidCastExceptionScalarToArray", message, failure.record.exception) from failure
        return Array([item], kind if kind.element is not None else net.array_of(net.OBJECT))

    return convert


def _to_hashtable(value: Value, kind: NetType) -> Value:
    del kind
    base = value.base if type(value) is PSObject else value
    return Hashtable(base.items()) if isinstance(base, Dictionary) else base


# ---------------------------------------------------------------- enumerations, types, regexes


def _to_enum(source: NetType) -> Conversion | None:
    if source is net.STRING:
        return Conversion(ranks.PARSE, text_to_enum)
    if source in net.INTEGERS:
        return Conversion(ranks.LANGUAGE, integer_to_enum)
    if _enumerates(source):
        return Conversion(ranks.PARSE, items_to_enum)
    return None


def _to_type(value: Value, kind: NetType) -> Value:
    from jcad.lab.powershell.types import resolve  # noqa: PLC0415  - types builds on conversions

    name = to_text(value)
    found = resolve(name)
    if found is None:
        raise invalid_cast(
            "InvalidCastFromStringToType",
            f'Cannot convert the "{name}" value of type "System.String" to type "{kind}".',
        )
    return found


def _to_regex(value: Value, kind: NetType) -> Value:
    from jcad.lab.powershell.regex.objects import make_regex  # noqa: PLC0415  - types builds on conversions

    try:
        return make_regex(to_text(value))
    except NetError as error:
        raise value_cast(
            "InvalidCastFromStringToRegex", value, kind, error.exception.message, error.exception
        ) from error
