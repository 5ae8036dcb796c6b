"""The numeric types, Boolean and Math: constants, Parse, ToString, operators of decimal and BigInteger."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.construct import CAST_OPERATORS
from jcad.lab.powershell.casts.language import overflow, plain_number
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.limits import check_bits
from jcad.lab.powershell.numerals import (
    DECIMAL_MAX,
    INTEGER_RANGE,
    double_to_decimal,
    fit_decimal,
    parse_decimal,
    parse_integer,
    parse_real,
    single,
    to_numeric,
)
from jcad.lab.powershell.objects import net_text
from jcad.lab.powershell.operators.arithmetic import decimal_operation
from jcad.lab.powershell.operators.comparison import natural_order
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import BigInteger, EnumValue, Int64, NetType, PSReference, Single, Value

if TYPE_CHECKING:
    from collections.abc import Callable

INVARIANT: Final = "IFormatProvider"


def format_error(text: Any) -> NetError:
    """FormatException of Parse."""
    return NetError.of("System.FormatException", f"The input string '{text}' was not in a correct format.")


def overflow_error(kind: NetType) -> NetError:
    """OverflowException of a conversion."""
    return NetError(overflow(kind))


def is_invariant(provider: Value) -> bool:
    """Whether a format provider is the invariant culture (an empty name)."""
    return provider is not None and getattr(provider, "name", None) == ""


def parse_number(kind: NetType, text: str | None, styles: int = -1) -> Any:
    """`Parse` of a numeric type; raises FormatException, OverflowException, ArgumentNullException."""
    if text is None:
        raise null_argument("s")
    try:
        if styles >= 0 and styles & 512:
            return _parse_hex(text, kind)
        if kind in INTEGER_RANGE:
            plain = text.replace(",", "") if styles >= 0 and styles & 64 else text
            return parse_integer(plain, kind)
        if kind is net.DECIMAL:
            return parse_decimal(text, exponent=styles >= 0 and bool(styles & 128))
        if kind is net.BIG_INTEGER:
            return BigInteger(int(text.strip()))
        return to_numeric(parse_real(text), kind)
    except ValueError:
        raise format_error(text) from None
    except OverflowError:
        raise overflow_error(kind) from None


def _parse_hex(text: str, kind: NetType) -> Any:
    number = int(text.strip(), 16)
    limits = INTEGER_RANGE.get(kind)
    if limits is None:
        return BigInteger(number)
    if limits[0] < 0:
        bits = (limits[1] + 1).bit_length()
        if number >> bits:
            raise OverflowError(text)
        number = number - (1 << bits) if number >> (bits - 1) else number
    return to_numeric(number, kind)


def try_parse(kind: NetType, text: str | None, target: PSReference, styles: int = -1) -> bool:
    """`TryParse`: whether it is a number; the reference gets it, or zero."""
    try:
        target.set(parse_number(kind, text, styles))
    except NetError:
        target.set(to_numeric(0, kind))
        return False
    return True


def _declare(kind: NetType, name: str) -> None:
    table = members_of(kind)
    table.static("Parse(string)", lambda text: parse_number(kind, text))
    table.static("Parse(string, System.IFormatProvider)", lambda text, _p: parse_number(kind, text))
    table.static(
        "Parse(string, System.Globalization.NumberStyles)", lambda text, styles: parse_number(kind, text, styles.number)
    )
    table.static(
        "Parse(string, System.Globalization.NumberStyles, System.IFormatProvider)",
        lambda text, styles, _p: parse_number(kind, text, styles.number),
    )
    table.static(f"TryParse(string, out {name})", lambda text, target: try_parse(kind, text, target))
    table.static(
        f"TryParse(string, System.Globalization.NumberStyles, System.IFormatProvider, out {name})",
        lambda text, styles, _p, target: try_parse(kind, text, target, styles.number),
    )
    table.method("ToString()", net_text)
    table.method("ToString(string)", lambda value, spec: net_text(value, spec or ""))
    table.method(
        "ToString(System.IFormatProvider)", lambda value, provider: net_text(value, invariant=is_invariant(provider))
    )
    table.method(
        "ToString(string, System.IFormatProvider)",
        lambda value, spec, provider: net_text(value, spec or "", invariant=is_invariant(provider)),
    )
    table.method(f"CompareTo({name})", natural_order)
    table.method("CompareTo(object)", natural_order)
    table.method(f"Equals({name})", lambda value, other: bool(value == other))
    if kind in INTEGER_RANGE:
        least, most, make = INTEGER_RANGE[kind]
        table.static_property("MaxValue", lambda: make(most), name)
        table.static_property("MinValue", lambda: make(least), name)


_CODES: Final = enums.TYPE_CODE.names or {}

# ---------------------------------------------------------------- Boolean

BOOLEAN: Final = members_of(net.BOOLEAN)


def parse_bool(text: str | None) -> bool:
    """`bool.Parse`."""
    if text is None:
        raise null_argument("value")
    word = text.strip().strip("\0").lower()
    if word not in ("true", "false"):
        raise NetError.of("System.FormatException", f"String '{text}' was not recognized as a valid Boolean.")
    return word == "true"


def _try_parse_bool(text: str | None, target: PSReference) -> bool:
    word = (text or "").strip().lower()
    target.set(word == "true")
    return word in ("true", "false")


# ---------------------------------------------------------------- Decimal and BigInteger

DECIMAL: Final = members_of(net.DECIMAL)


def _decimal_operator(name: str) -> Callable[[Decimal, Decimal], Decimal]:
    def operate(one: Decimal, other: Decimal) -> Decimal:
        if not other and name in ("op_Division", "op_Modulus"):
            raise NetError.of("System.DivideByZeroException", "Attempted to divide by zero.")
        try:
            return decimal_operation(name, one, other)
        except OverflowError:
            raise overflow_error(net.DECIMAL) from None

    return operate


_BIG: Final = members_of(net.BIG_INTEGER)


def _big_division(one: int, other: int) -> int:
    if not other:
        raise NetError.of("System.DivideByZeroException", "Attempted to divide by zero.")
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


# ---------------------------------------------------------------- Math

MATH: Final = members_of(net.define("System.Math"))
_SIGNED: Final = ("sbyte", "int16", "int", "long", "single", "double", "decimal")
_ALL: Final = ("byte", "decimal", "double", "int16", "int", "long", "sbyte", "single", "uint16", "uint32", "uint64")


def _absolute(value: Any) -> Any:
    if isinstance(value, int):
        kind = getattr(value, "net_type", net.INT32)
        try:
            return to_numeric(abs(int(value)), kind)
        except OverflowError:
            raise NetError.of(
                "System.OverflowException", "Negating the minimum value of a twos complement number is invalid."
            ) from None
    return type(value)(abs(value))


def _extreme(chosen: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def pick(one: Any, other: Any) -> Any:
        if isinstance(one, float) and (math.isnan(one) or math.isnan(other)):
            return one if math.isnan(one) else other
        return chosen(one, other)

    return pick


def _sign(value: Any) -> int:
    if isinstance(value, float) and math.isnan(value):
        raise NetError.of("System.ArithmeticException", "Function does not accept floating point Not-a-Number values.")
    return int(value > 0) - int(value < 0)


_ROUNDING: Final = {0: ROUND_HALF_EVEN, 1: ROUND_HALF_UP, 2: ROUND_DOWN, 3: ROUND_FLOOR, 4: ROUND_CEILING}


def round_double(value: float, digits: int = 0, mode: int = 0) -> float:
    """`Math.Round(double, ...)`: .NET multiplies, rounds and divides."""
    if not 0 <= digits <= 15:
        raise out_of_range("Rounding digits must be between 0 and 15, inclusive.", "digits")
    if not math.isfinite(value) or abs(value) >= 1e16:
        return value
    power = 10.0**digits
    scaled = value * power
    return math.copysign(float(Decimal(scaled).quantize(Decimal(1), rounding=_ROUNDING[mode])) / power, value)


def round_decimal(value: Decimal, digits: int = 0, mode: int = 0) -> Decimal:
    """`Math.Round(decimal, ...)`."""
    if not 0 <= digits <= 28:
        raise out_of_range("Decimal can only round to between 0 and 28 digits of precision.", "decimals")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return value
    return value.quantize(Decimal(1).scaleb(-digits), rounding=_ROUNDING[mode])


def _guarded(work: Callable[..., float]) -> Callable[..., float]:
    """A function of Python's that raises where .NET answers NaN or an infinity."""

    def call(*values: float) -> float:
        try:
            return float(work(*values))
        except ValueError:
            return -math.inf if work in (math.log, math.log10, math.log2) and values[0] == 0 else math.nan
        except OverflowError:
            return math.inf
        except ZeroDivisionError:
            return math.inf

    return call


def _div_rem(one: int, other: int, rest: PSReference, make: Callable[[int], Any]) -> Any:
    if not other:
        raise NetError.of("System.DivideByZeroException", "Attempted to divide by zero.")
    quotient = _big_division(one, other)
    rest.set(make(one - quotient * other))
    return make(quotient)


for _kind, _name in (
    (net.SBYTE, "sbyte"),
    (net.BYTE, "byte"),
    (net.INT16, "int16"),
    (net.UINT16, "uint16"),
    (net.INT32, "int"),
    (net.UINT32, "uint32"),
    (net.INT64, "long"),
    (net.UINT64, "uint64"),
    (net.SINGLE, "single"),
    (net.DOUBLE, "double"),
    (net.DECIMAL, "decimal"),
    (net.BIG_INTEGER, "bigint"),
):
    _declare(_kind, _name)
for _kind in (*INTEGER_RANGE, net.SINGLE, net.DOUBLE, net.DECIMAL, net.BOOLEAN):
    members_of(_kind).method(
        "GetTypeCode()", lambda _value, number=_CODES[_kind.name]: EnumValue(enums.TYPE_CODE, number)
    )
for _kind, _make in ((net.DOUBLE, float), (net.SINGLE, Single)):
    _table = members_of(_kind)
    _name = _kind.name.lower()
    for _constant, _number in (
        ("NaN", math.nan),
        ("PositiveInfinity", math.inf),
        ("NegativeInfinity", -math.inf),
        ("MaxValue", 1.7976931348623157e308 if _make is float else 3.4028234663852886e38),
        ("MinValue", -1.7976931348623157e308 if _make is float else -3.4028234663852886e38),
        ("Epsilon", 5e-324 if _make is float else 1.401298464324817e-45),
    ):
        _table.static_property(_constant, lambda make=_make, number=_number: make(number), _name)
    _table.static(f"IsNaN({_name})", math.isnan)
    _table.static(f"IsInfinity({_name})", math.isinf)
    _table.static(f"IsPositiveInfinity({_name})", lambda value: value == math.inf)
    _table.static(f"IsNegativeInfinity({_name})", lambda value: value == -math.inf)
    _table.static(f"IsFinite({_name})", math.isfinite)
BOOLEAN.static("Parse(string)", parse_bool)
BOOLEAN.static("TryParse(string, out bool)", _try_parse_bool)
BOOLEAN.static_property("TrueString", lambda: "True", "string")
BOOLEAN.static_property("FalseString", lambda: "False", "string")
BOOLEAN.method("ToString()", net_text)
BOOLEAN.method("ToString(System.IFormatProvider)", lambda value, _provider: net_text(value))
BOOLEAN.method("CompareTo(bool)", lambda value, other: (value > other) - (value < other))
BOOLEAN.method("CompareTo(object)", lambda value, other: (value > other) - (value < other))
BOOLEAN.method("Equals(bool)", lambda value, other: value == other)
for _operator, _method in (
    ("op_Addition", "Add"),
    ("op_Subtraction", "Subtract"),
    ("op_Multiply", "Multiply"),
    ("op_Division", "Divide"),
    ("op_Modulus", "Remainder"),
):
    DECIMAL.static(f"{_operator}(decimal, decimal)", _decimal_operator(_operator))
    DECIMAL.static(f"{_method}(decimal, decimal)", _decimal_operator(_operator))


def _big_of_real(value: Any) -> BigInteger:
    if not math.isfinite(value):
        raise NetError.of("System.OverflowException", "BigInteger cannot represent infinity or NaN.")
    return BigInteger(int(value))


def _shifted(one: int, count: int) -> int:
    check_bits(one.bit_length() + count)
    return one << count if count >= 0 else one >> -count


def _power(one: int, power: int) -> int:
    if power < 0:
        raise out_of_range("Non-negative number required.", "exponent")
    check_bits(one.bit_length() * power)
    return int(one**power)


for _operator, _method, _work in (
    ("op_Addition", "Add", int.__add__),
    ("op_Subtraction", "Subtract", int.__sub__),
    ("op_Multiply", "Multiply", int.__mul__),
    ("op_Division", "Divide", _big_division),
    ("op_Modulus", "Remainder", lambda one, other: one - _big_division(one, other) * other),
    ("op_BitwiseAnd", "", int.__and__),
    ("op_BitwiseOr", "", int.__or__),
    ("op_ExclusiveOr", "", int.__xor__),
):
    for _shown in filter(None, (_operator, _method)):
        _BIG.static(f"{_shown}(bigint, bigint)", lambda one, other, work=_work: BigInteger(work(int(one), int(other))))
_BIG.static("op_LeftShift(bigint, int)", lambda one, count: BigInteger(_shifted(int(one), count)))
_BIG.static("op_RightShift(bigint, int)", lambda one, count: BigInteger(_shifted(int(one), -count)))

_BIG.static("Pow(bigint, int)", lambda one, power: BigInteger(_power(int(one), power)))
_BIG.static(
    "ModPow(bigint, bigint, bigint)", lambda one, power, modulus: BigInteger(pow(int(one), int(power), int(modulus)))
)
_BIG.static("Abs(bigint)", lambda one: BigInteger(abs(one)))
_BIG.static("GreatestCommonDivisor(bigint, bigint)", lambda one, other: BigInteger(math.gcd(one, other)))
_BIG.static("Max(bigint, bigint)", max)
_BIG.static("Min(bigint, bigint)", min)
_BIG.static_property("Zero", lambda: BigInteger(0), "bigint")
_BIG.static_property("One", lambda: BigInteger(1), "bigint")
_BIG.static_property("MinusOne", lambda: BigInteger(-1), "bigint")
_BIG.property("IsPowerOfTwo", lambda value: value > 0 and value & (value - 1) == 0, "bool")
_BIG.property("IsZero", lambda value: value == 0, "bool")
_BIG.property("IsOne", lambda value: value == 1, "bool")
_BIG.property("IsEven", lambda value: value % 2 == 0, "bool")
_BIG.property("Sign", lambda value: (value > 0) - (value < 0), "int")
for _kind in (*INTEGER_RANGE, net.CHAR):
    CAST_OPERATORS[_kind, net.BIG_INTEGER] = (lambda value: BigInteger(plain_number(value)), True)
for _kind in (net.DOUBLE, net.SINGLE, net.DECIMAL):
    CAST_OPERATORS[_kind, net.BIG_INTEGER] = (_big_of_real, False)
MATH.static_property("PI", lambda: math.pi, "double")
MATH.static_property("E", lambda: math.e, "double")
for _name in _SIGNED:
    MATH.static(f"Abs({_name})", _absolute)
    MATH.static(f"Sign({_name})", _sign)
for _name in _ALL:
    MATH.static(f"Max({_name}, {_name})", _extreme(max))
    MATH.static(f"Min({_name}, {_name})", _extreme(min))
    MATH.static(f"Clamp({_name}, {_name}, {_name})", lambda value, least, most: min(max(value, least), most))
MATH.static("Round(decimal)", round_decimal)
MATH.static("Round(decimal, int)", round_decimal)
MATH.static("Round(decimal, System.MidpointRounding)", lambda value, mode: round_decimal(value, 0, mode.number))
MATH.static(
    "Round(decimal, int, System.MidpointRounding)",
    lambda value, digits, mode: round_decimal(value, digits, mode.number),
)
MATH.static("Round(double)", round_double)
MATH.static("Round(double, int)", round_double)
MATH.static("Round(double, System.MidpointRounding)", lambda value, mode: round_double(value, 0, mode.number))
MATH.static(
    "Round(double, int, System.MidpointRounding)", lambda value, digits, mode: round_double(value, digits, mode.number)
)
for _name, _floating, _rounding in (
    ("Floor", math.floor, ROUND_FLOOR),
    ("Ceiling", math.ceil, ROUND_CEILING),
    ("Truncate", math.trunc, ROUND_DOWN),
):
    MATH.static(f"{_name}(decimal)", lambda value, rounding=_rounding: value.quantize(Decimal(1), rounding=rounding))
    MATH.static(
        f"{_name}(double)",
        lambda value, work=_floating: math.copysign(float(work(value)), value) if math.isfinite(value) else value,
    )
for _name, _real in (
    ("Sqrt", math.sqrt), ("Exp", math.exp), ("Log", math.log), ("Log10", math.log10), ("Log2", math.log2), ("Sin", math.sin),
    ("Cos", math.cos), ("Tan", math.tan), ("Asin", math.asin), ("Acos", math.acos), ("Atan", math.atan), ("Sinh", math.sinh),
    ("Cosh", math.cosh), ("Tanh", math.tanh), ("Cbrt", math.cbrt),
):  # fmt: skip
    MATH.static(f"{_name}(double)", _guarded(_real))
MATH.static("Log(double, double)", _guarded(math.log))
MATH.static("Pow(double, double)", _guarded(math.pow))
MATH.static("Atan2(double, double)", _guarded(math.atan2))
MATH.static("IEEERemainder(double, double)", _guarded(math.remainder))
MATH.static("BigMul(int, int)", lambda one, other: Int64(one * other))


MATH.static("DivRem(int, int, out int)", lambda one, other, rest: _div_rem(one, other, rest, int))
MATH.static("DivRem(long, long, out long)", lambda one, other, rest: _div_rem(one, other, rest, Int64))

DECIMAL.default = lambda: Decimal(0)
DECIMAL.static_property("MaxValue", lambda: DECIMAL_MAX, "decimal")
DECIMAL.static_property("MinValue", lambda: -DECIMAL_MAX, "decimal")
DECIMAL.static_property("Zero", lambda: Decimal(0), "decimal")
DECIMAL.static_property("One", lambda: Decimal(1), "decimal")
DECIMAL.static_property("MinusOne", lambda: Decimal(-1), "decimal")
DECIMAL.constructor("(double)", double_to_decimal)
DECIMAL.constructor("(int)", lambda value: fit_decimal(Decimal(value)))
DECIMAL.static("Round(decimal)", round_decimal)
DECIMAL.static("Round(decimal, int)", round_decimal)
DECIMAL.static("Truncate(decimal)", lambda value: value.quantize(Decimal(1), rounding=ROUND_DOWN))
DECIMAL.static("Floor(decimal)", lambda value: value.quantize(Decimal(1), rounding=ROUND_FLOOR))
DECIMAL.static("Ceiling(decimal)", lambda value: value.quantize(Decimal(1), rounding=ROUND_CEILING))
DECIMAL.static("ToInt32(decimal)", lambda value: to_numeric(value.quantize(Decimal(1), rounding=ROUND_DOWN), net.INT32))
DECIMAL.static("Negate(decimal)", lambda value: -value)

__all__ = ["format_error", "is_invariant", "overflow_error", "parse_bool", "parse_number", "round_double", "single"]
