"""Arithmetic, bits, ranges and concatenation. PowerShell's promotion: int to long where asked, to double on overflow.

Source: BinaryNumericOp of PowerShell's binder (about_Arithmetic_Operators) and a real engine's answers.
"""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.failures import no_conversion
from jcad.lab.powershell.casts.language import plain_number
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.limits import MAX_ITEMS, MAX_TEXT, check_items, check_text
from jcad.lab.powershell.numerals import INTEGER_RANGE, double_to_decimal, fit_decimal, parse_integer, scan
from jcad.lab.powershell.objects import to_text, unroll
from jcad.lab.powershell.operators.implicit import call_operator, raised
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    INT32_MAX,
    INT32_MIN,
    Array,
    Char,
    DateTime,
    Dictionary,
    EnumValue,
    Hashtable,
    Int64,
    NetType,
    PSObject,
    Single,
    UInt32,
    UInt64,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_INT, _UINT, _LONG, _ULONG, _DECIMAL, _DOUBLE = range(6)
_LEVELS: Final[dict[NetType, int]] = {
    net.SBYTE: _INT,
    net.BYTE: _INT,
    net.INT16: _INT,
    net.UINT16: _INT,
    net.INT32: _INT,
    net.UINT32: _UINT,
    net.INT64: _LONG,
    net.UINT64: _ULONG,
    net.SINGLE: _DOUBLE,
    net.DOUBLE: _DOUBLE,
    net.DECIMAL: _DECIMAL,
}
_RANGES: Final = {
    _INT: (INT32_MIN, INT32_MAX, int),
    _UINT: (0, UInt32.most, UInt32),
    _LONG: (Int64.least, Int64.most, Int64),
    _ULONG: (0, UInt64.most, UInt64),
}
_WIDE: Final = decimal.Context(prec=60)


def base(value: Value) -> Value:
    """The value without wrapper; nothing at all is $null."""
    if type(value) is PSObject:
        return value.base
    return None if value is AUTOMATION_NULL else value


def _level(value: Value) -> int | None:
    """On which level a value takes part in arithmetic; None where it does not."""
    kind = type(value)
    if kind is int or kind is bool or kind is Char or kind is EnumValue or value is None:
        return _INT
    return _LEVELS.get(type_of(value))


def number_from_text(text: str, other: Value) -> Any:
    """A text next to a number in arithmetic: as a literal, or else cast to the other side's type."""
    if not text:
        return 0
    found = scan(text)
    if found is not None:
        return found
    kind = type_of(other) if other is not None and (_level(other) is not None) else net.INT32
    if kind in (net.BOOLEAN, net.CHAR, net.STRING):
        kind = net.INT32
    found = cast(text, kind)
    return found.number if isinstance(found, EnumValue) else found


def _numbers_of_texts(one: Value, other: Value) -> tuple[Value, Value]:
    """The operands with texts next to numbers read as numbers; what a text is cast to goes by what stood on the other side."""
    left = number_from_text(one, other) if type(one) is str else one
    right = number_from_text(other, one) if type(other) is str and _level(left) is not None else other
    return left, right


def operate(name: str, left: Value, right: Value) -> Value:
    """`-`, `/`, `%` and the numeric part of `+` and `*`; `name` is the operator as .NET calls it (op_Addition ...)."""
    one, other = base(left), base(right)
    one, other = _numbers_of_texts(one, other)
    first, second = _level(one), _level(other)
    if first is None or second is None:
        return call_operator(name, one, other)
    if _DECIMAL in (first, second) and bool in (type(one), type(other)) and type(one) is bool:
        raise raised(
            "System.InvalidOperationException",
            "No coercion operator is defined between types 'System.Boolean' and 'System.Decimal'.",
        )
    result = _numeric(name, plain_number(one or 0), plain_number(other or 0), first, second)
    return _as_enum(one, result, second) if type(one) is EnumValue else result


def _as_enum(one: EnumValue, result: Value, second: int) -> Value:
    """An enumeration value on the left stays one, if the result is an Int32."""
    if second in (_UINT, _ULONG, _DECIMAL):
        raise raised(
            "System.InvalidOperationException",
            f"No coercion operator is defined between types '{one.net_type}' and a number.",
        )
    if type(result) is not int:
        raise raised(
            "System.InvalidCastException",
            f"Unable to cast object of type '{type_of(result)}' to type '{one.net_type}'.",
        )
    return EnumValue(one.net_type, result)


def _numeric(name: str, one: Any, other: Any, first: int, second: int) -> Value:
    level = max(first, second)
    if level == _DOUBLE and _DECIMAL in (first, second):
        level = _DECIMAL
    if level == _DECIMAL:
        return _decimal(name, one, other)
    if level == _DOUBLE:
        return _DOUBLES[name](float(one), float(other))
    if level in (_UINT, _ULONG) and (one < 0 or other < 0):
        level = _LONG if level == _UINT else _DOUBLE
    if level == _DOUBLE:
        return _DOUBLES[name](float(one), float(other))
    return _INTEGERS[name](int(one), int(other), level)


def _fit(result: int, level: int) -> Value:
    least, most, make = _RANGES[level]
    return make(result) if least <= result <= most else float(result)


def _int_divide(one: int, other: int, level: int) -> Value:
    if not other:
        raise divide_by_zero()
    if one % other == 0:
        return _fit(one // other, level)
    return one / other


def _int_remainder(one: int, other: int, level: int) -> Value:
    if not other:
        raise divide_by_zero()
    rest = abs(one) % abs(other)
    return _fit(-rest if one < 0 else rest, level)


_INTEGERS: Final[dict[str, Callable[[int, int, int], Value]]] = {
    "op_Addition": lambda one, other, level: _fit(one + other, level),
    "op_Subtraction": lambda one, other, level: _fit(one - other, level),
    "op_Multiply": lambda one, other, level: _fit(one * other, level),
    "op_Division": _int_divide,
    "op_Modulus": _int_remainder,
}


def _double_divide(one: float, other: float) -> float:
    if other:
        return one / other
    if math.isnan(one) or one == 0 or math.isnan(other):
        return math.nan
    return math.copysign(math.inf, one) * math.copysign(1, other)


def _double_remainder(one: float, other: float) -> float:
    if not other or math.isinf(one) or math.isnan(one) or math.isnan(other):
        return math.nan
    return math.fmod(one, other)


def _double_product(one: float, other: float) -> float:
    return one * other


_DOUBLES: Final[dict[str, Callable[[float, float], float]]] = {
    "op_Addition": lambda one, other: one + other,
    "op_Subtraction": lambda one, other: one - other,
    "op_Multiply": _double_product,
    "op_Division": _double_divide,
    "op_Modulus": _double_remainder,
}


def _decimal(name: str, one: Any, other: Any) -> Value:
    try:
        first, second = to_decimal(one), to_decimal(other)
        return decimal_operation(name, first, second)
    except OverflowError:
        raise raised("System.OverflowException", "Value was either too large or too small for a Decimal.") from None


def to_decimal(value: Any) -> Decimal:
    """A number as a decimal; OverflowError where it does not fit."""
    if isinstance(value, Decimal):
        return value
    return double_to_decimal(value) if isinstance(value, float) else fit_decimal(Decimal(int(value)))


def decimal_operation(name: str, one: Decimal, other: Decimal) -> Decimal:
    """An operation on decimals as System.Decimal does it; OverflowError, or the error of a division by zero."""
    if name in ("op_Division", "op_Modulus") and not other:
        raise divide_by_zero()
    if name == "op_Modulus" and abs(one) < abs(other):
        return one
    with decimal.localcontext(_WIDE):
        if name == "op_Addition":
            return fit_decimal(one + other)
        if name == "op_Subtraction":
            return fit_decimal(one - other)
        if name == "op_Multiply":
            return fit_decimal(one * other)
        if name == "op_Modulus":
            rest = fit_decimal(one % other)
            return rest or abs(rest)
        quotient = fit_decimal(one / other)
    plain = quotient.normalize(_WIDE)
    exponent = plain.as_tuple().exponent
    return plain.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else plain


def divide_by_zero() -> Failure:
    """The engine's own error for a division by zero."""
    message = "Attempted to divide by zero."
    return Failure.of("RuntimeException", message, inner=NetException("System.DivideByZeroException", message))


# ---------------------------------------------------------------- + and *


def add(left: Value, right: Value) -> Value:
    """`+`: numbers, texts, lists, dictionaries."""
    if type(left) is int and type(right) is int:
        result = left + right
        return result if INT32_MIN <= result <= INT32_MAX else float(result)
    one = base(left)
    if type(one) is str:
        more_text = to_text(right)
        if len(one) + len(more_text) > MAX_TEXT:
            _bounded(check_text, len(one) + len(more_text))
        return one + more_text
    if one is None:
        return right
    if type(one) is Char:
        return one.text + to_text(right)
    items = unroll(one)
    if items is not None:
        more = unroll(right) if right is not AUTOMATION_NULL else ()
        joined = Array([*items, *([right] if more is None else more)])
        if len(joined) > MAX_ITEMS:
            _bounded(check_items, len(joined))
        return joined
    if isinstance(one, Dictionary):
        return _merged(one, base(right))
    return operate("op_Addition", one, right)


def _merged(one: Dictionary, other: Value) -> Value:
    if not isinstance(other, Dictionary):
        raise Failure.of(
            "AddHashTableToNonHashTable", "A hash table can only be added to another hash table.", "InvalidOperation"
        )
    merged = Hashtable(one.items())
    for key, value in other.items():
        if key in merged:
            message = (
                f"Item has already been added. Key in dictionary: '{to_text(key)}'  Key being added: '{to_text(key)}'"
            )
            raise raised("System.ArgumentException", message)
        merged.set(key, value)
    return merged


def multiply(left: Value, right: Value) -> Value:
    """`*`: numbers; a text or a list is repeated."""
    one, other = base(left), base(right)
    if type(one) is str:
        times = _times(other)
        _bounded(check_text, len(one) * times)
        return one * times
    items = unroll(one)
    if items is not None:
        listed, times = list(items), int(cast(other, net.UINT32))
        _bounded(check_items, len(listed) * times)
        return Array(listed * times)
    if one is None:
        return None
    if type(one) in (bool, Char):
        return call_operator("op_Multiply", one, other)
    return operate("op_Multiply", one, other)


def _bounded(check: Callable[[int], None], amount: int) -> None:
    """Let a check's exception through as an operator's."""
    try:
        check(amount)
    except NetError as error:
        raise Failure.from_exception(error.exception, category="OperationStopped") from None


def _times(value: Value) -> int:
    count = int(cast(value, net.INT32)) if type(value) is not int else value
    if count < 0:
        raise raised(
            "System.ArgumentOutOfRangeException",
            "Specified argument was out of the range of valid values. (Parameter 'times')",
        )
    return count


def negate(value: Value) -> Value:
    """Unary `-`."""
    return operate("op_Subtraction", 0, _unary_operand(value))


def plus(value: Value) -> Value:
    """Unary `+`."""
    return operate("op_Addition", 0, _unary_operand(value))


def _unary_operand(value: Value) -> Value:
    plain = base(value)
    return number_from_text(plain, 0) if type(plain) is str else plain


# ---------------------------------------------------------------- bits


def _bit_operand(value: Value) -> tuple[int, int] | None:
    """The level and the whole number of an operand of -band and its kin; None where it is no number."""
    level = _level(value)
    if level is None:
        return None
    number = plain_number(value if value is not None else 0)
    if level in (_DECIMAL, _DOUBLE):
        kind = net.INT64 if number < 0 else net.UINT64
        return (_LONG if number < 0 else _ULONG), int(cast(number, kind))
    return level, int(number)


def bits(name: str, left: Value, right: Value, work: Callable[[int, int], int]) -> Value:
    """`-band`, `-bor`, `-bxor`."""
    one, other = base(left), base(right)
    one, other = (
        number_from_text(one, other) if type(one) is str else one,
        number_from_text(other, one) if type(other) is str else other,
    )
    if _level(one) is None or _level(other) is None:
        if isinstance(one, (float, Decimal)) or isinstance(other, (float, Decimal)):
            raise _no_bits(name, one, other)
        return call_operator(name, one, other)
    first, second = _bit_operand(one), _bit_operand(other)
    if first is None or second is None:
        return call_operator(name, one, other)
    level = max(first[0], second[0])
    if level == _ULONG and (first[1] < 0 or second[1] < 0):
        level = _LONG
    mask = 0xFFFF_FFFF if level in (_INT, _UINT) else 0xFFFF_FFFF_FFFF_FFFF
    result = work(first[1] & mask, second[1] & mask) & mask
    if type(one) is EnumValue and not isinstance(other, (float, Decimal)):
        return _signed(result & 0xFFFF_FFFF, _INT, enum=one)
    return _signed(result, level, None)


def _no_bits(name: str, one: Value, other: Value) -> Failure:
    """A fraction on one side and no number on the other: the engine fails on itself, unless the type has no such operator."""
    if type_of(one).name == "DateTime" or type_of(other).name == "DateTime":
        return Failure.of(
            "MethodNotFound",
            f"Method invocation failed because [System.DateTime] does not contain a method named '{name}'.",
            "InvalidOperation",
        )
    return raised("System.NullReferenceException", "Object reference not set to an instance of an object.")


def _signed(result: int, level: int, enum: EnumValue | None) -> Value:
    if level == _INT:
        result = result - (1 << 32) if result >> 31 else result
        return EnumValue(enum.net_type, result) if enum is not None else result
    if level == _LONG:
        return Int64(result - (1 << 64) if result >> 63 else result)
    return UInt32(result) if level == _UINT else UInt64(result)


def complement(value: Value) -> Value:
    """`-bnot`."""
    one = base(value)
    if one is None:
        return -1
    if type(one) is str:
        one = number_from_text(one, 0)
    if type(one) is EnumValue:
        return EnumValue(one.net_type, ~one.number)
    if _level(one) is None:
        one = cast(one, net.INT32)
    whole = _whole(one)
    level = _level(whole) or _INT
    mask = 0xFFFF_FFFF if level in (_INT, _UINT) else 0xFFFF_FFFF_FFFF_FFFF
    return _signed(~int(whole) & mask, level, None)


def _whole(value: Value) -> Any:
    """A number as the first integer type that holds it: Int32, UInt32, Int64, UInt64; others stay what they are."""
    number = plain_number(value)
    if not isinstance(number, (float, Decimal)):
        return number
    for kind in (net.INT32, net.UINT32, net.INT64, net.UINT64):
        try:
            return cast(number, kind)
        except Failure:
            continue
    return no_conversion(value, net.INT32)


def shift(left: Value, right: Value, *, leftwards: bool) -> Value:
    """`-shl`, `-shr`: the type of the left operand stays, the count is taken modulo its width."""
    one, other = base(left), base(right)
    if one is None:
        return 0
    one, other = (
        number_from_text(one, other) if type(one) is str else one,
        number_from_text(other, one) if type(other) is str else other,
    )
    if not _shifts(other):
        other = cast(other, net.INT32)
    if _level(one) is None or type(one) in (bool, Char):
        return call_operator("op_LeftShift" if leftwards else "op_RightShift", one, other)
    if type(one) is EnumValue:
        raise raised("System.InvalidOperationException", "The binary operator Shift is not defined for this type.")
    if type(one) is Single:
        raise raised(
            "System.InvalidCastException", "Unable to cast object of type 'System.Single' to type 'System.Double'."
        )
    count = int(cast(other, net.INT32))
    whole = _whole(one)
    return _shifted(whole, count, leftwards=leftwards)


def _shifts(value: Value) -> bool:
    """Whether a count is converted only when the operator is carried out."""
    return value is None or _level(value) is not None or isinstance(value, (str, DateTime))


def _shifted(whole: int, count: int, *, leftwards: bool) -> Value:
    kind = type_of(whole)
    least, most, make = INTEGER_RANGE[kind]
    width = 64 if kind in (net.INT64, net.UINT64) else 32
    count &= width - 1
    result = int(whole) << count if leftwards else int(whole) >> count
    size = (most - least + 1).bit_length() - 1
    result &= (1 << size) - 1
    return make(result - (1 << size) if least < 0 and result >> (size - 1) else result)


# ---------------------------------------------------------------- ranges


def span(left: Value, right: Value) -> Value:
    """`..`: whole numbers up or down; two one-character texts make characters."""
    one, other = base(left), base(right)
    if type(one) is int and type(other) is int:
        return _numbers(one, other)
    first, second = (None, None) if is_desktop() else (_range_char(one), _range_char(other))
    if first is not None and second is not None:
        step = 1 if first <= second else -1
        return Array([Char(chr(code)) for code in range(ord(first), ord(second) + step, step)])
    return _numbers(_bound(one), _bound(other))


def _range_char(value: Value) -> str | None:
    """A bound that is a character: a [char], or a text of one that is no digit."""
    if type(value) is Char:
        return value.text
    return value if type(value) is str and len(value) == 1 and not value.isdecimal() else None


def _bound(value: Value) -> int:
    """A bound as Convert.ToInt32 makes one: .NET's own exceptions, not PowerShell's."""
    if value is None:
        return 0
    if is_desktop():
        return int(cast(value, net.INT32))
    if type(value) is str:
        try:
            return int(parse_integer(value, net.INT32))
        except ValueError:
            raise raised("System.FormatException", f"The input string '{value}' was not in a correct format.") from None
        except OverflowError:
            raise raised("System.OverflowException", "Value was either too large or too small for an Int32.") from None
    if _level(value) is None:
        kind = type_of(value)
        raise raised(
            "System.InvalidCastException", f"Unable to cast object of type '{kind}' to type 'System.IConvertible'."
        )
    number = plain_number(value)
    whole = round(number) if not isinstance(number, float) or math.isfinite(number) else None
    if whole is None or not INT32_MIN <= whole <= INT32_MAX:
        raise raised("System.OverflowException", "Value was either too large or too small for an Int32.")
    return int(whole)


def _numbers(first: int, last: int) -> Array:
    _bounded(check_items, abs(last - first) + 1)
    return Array(range(first, last + 1)) if first <= last else Array(range(first, last - 1, -1))
