"""Numbers: reading them from text, and turning one numeric type into another. PowerShell's and .NET's rules; pure.

scan('0x10'), scan('1kb')    a number literal, as the parser and the operators read one; None where it is none
to_numeric(3.5, net.INT32)   checked conversion, rounding half to even; OverflowError where it does not fit
"""

from __future__ import annotations

import decimal
import math
import re
import struct
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.values import (
    INT32_MAX,
    INT32_MIN,
    BigInteger,
    Byte,
    Int16,
    Int64,
    SByte,
    Single,
    UInt16,
    UInt32,
    UInt64,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.nettype import NetType

DECIMAL_MAX: Final = Decimal(79228162514264337593543950335)
_DECIMAL: Final = decimal.Context(prec=29, rounding=ROUND_HALF_EVEN)
_WIDE: Final = decimal.Context(prec=60, rounding=ROUND_HALF_EVEN)

#: Integer type -> (least, most, Python class).
INTEGER_RANGE: Final[dict[NetType, tuple[int, int, Callable[[int], Any]]]] = {
    net.INT32: (INT32_MIN, INT32_MAX, int),
    **{kind.net_type: (kind.least, kind.most, kind) for kind in (SByte, Byte, Int16, UInt16, UInt32, Int64, UInt64)},
}


def single(value: float) -> Single:
    """A double rounded to 32 bits."""
    if math.isinf(value) or math.isnan(value):
        return Single(value)
    try:
        return Single(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return Single(math.copysign(math.inf, value))


def fit_decimal(value: Decimal) -> Decimal:
    """The value with at most 28 or 29 digits, as System.Decimal holds it; OverflowError where it is too large."""
    if not value.is_finite() or abs(value) > DECIMAL_MAX:
        raise OverflowError(value)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        value = value.quantize(Decimal(1), context=_WIDE)
    digits = value.as_tuple().digits
    if len(digits) > 29 or abs(int("".join(map(str, digits)))) > int(DECIMAL_MAX):
        value = decimal.Context(prec=28, rounding=ROUND_HALF_EVEN).plus(value)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -28:
        value = value.quantize(Decimal(1).scaleb(-28), context=_WIDE)
    return value


def double_to_decimal(value: float) -> Decimal:
    """`(decimal)double`: 15 significant digits (7 of a single), trailing zeros gone."""
    if not abs(value) < 1e29:  # infinite, none, or more than any decimal
        raise OverflowError(value)
    precision = 7 if isinstance(value, Single) else 15
    rounded = decimal.Context(prec=precision, rounding=ROUND_HALF_EVEN).plus(Decimal(float(value)))
    if rounded == 0:
        return Decimal(0)
    plain = rounded.normalize()
    exponent = plain.as_tuple().exponent
    return fit_decimal(
        plain.quantize(Decimal(1), context=_WIDE) if isinstance(exponent, int) and exponent > 0 else plain
    )


def to_numeric(value: Any, kind: NetType) -> Any:
    """A number (bool and Char's code as int included) as another numeric type; OverflowError where it does not fit."""
    limits = INTEGER_RANGE.get(kind)
    if limits is not None:
        least, most, make = limits
        whole = value if isinstance(value, int) else _rounded(value)
        if not least <= whole <= most:
            raise OverflowError(value)
        return make(int(whole))
    if kind is net.DOUBLE:
        return float(value)
    if kind is net.SINGLE:
        return single(float(value))
    if kind is net.DECIMAL:
        if isinstance(value, float):
            return double_to_decimal(value)
        return fit_decimal(Decimal(int(value)) if isinstance(value, int) else value)
    return BigInteger(int(value))


def _rounded(value: float | Decimal) -> int:
    if isinstance(value, Decimal):
        return int(value.to_integral_value(ROUND_HALF_EVEN))
    if math.isnan(value) or math.isinf(value):
        raise OverflowError(value)
    return round(value)


# ---------------------------------------------------------------- text

_LITERAL: Final = re.compile(
    r"""\s*(?P<sign>[+-]?)
    (?: 0[xX](?P<hex>[0-9a-fA-F]+) (?P<hexsuffix>[lL]?) (?P<hexunit>[kKmMgGtTpP][bB])?
      | (?P<digits>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) (?P<suffix>[dDlL]?) (?P<unit>[kKmMgGtTpP][bB])? )\s*\Z""",
    re.VERBOSE,
)
_UNITS: Final = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}


def scan(text: str) -> Any:
    """The number that a literal of this text would be (int, long, decimal, double; KB, MB ...), or None."""
    found = _LITERAL.match(text)
    if found is None:
        return None
    if found["hex"]:
        return _scan_hex(found)
    unit = _UNITS.get((found["unit"] or "").lower(), 1)
    digits, suffix = found["digits"], found["suffix"].lower()
    negative = found["sign"] == "-"
    if suffix == "d":
        try:
            return fit_decimal((-1 if negative else 1) * Decimal(digits) * unit)
        except OverflowError:
            return None
    if "." in digits or "e" in digits.lower():
        number = float(digits) * unit * (-1 if negative else 1)
        if suffix == "l":
            whole = _rounded(number) if math.isfinite(number) else None
            return Int64(whole) if whole is not None and Int64.least <= whole <= Int64.most else None
        return number
    whole = int(digits) * unit * (-1 if negative else 1)
    if suffix == "l":
        return Int64(whole) if Int64.least <= whole <= Int64.most else None
    return _smallest(whole)


def _scan_hex(found: re.Match[str]) -> Any:
    digits = found["hex"]
    whole = int(digits, 16)
    if found["hexsuffix"] or len(digits.lstrip("0")) > 8:
        if whole >> 64:
            return None
        whole = whole - (1 << 64) if whole >> 63 else whole
        wide = True
    else:
        whole = whole - (1 << 32) if whole >> 31 and len(digits) <= 8 else whole
        wide = False
    whole *= _UNITS.get((found["hexunit"] or "").lower(), 1) * (-1 if found["sign"] == "-" else 1)
    if wide:
        return Int64(whole) if Int64.least <= whole <= Int64.most else None
    return _smallest(whole)


def _smallest(whole: int) -> Any:
    if INT32_MIN <= whole <= INT32_MAX:
        return whole
    if Int64.least <= whole <= Int64.most:
        return Int64(whole)
    if abs(whole) <= DECIMAL_MAX:
        return Decimal(whole)
    return float(whole)


_WHOLE: Final = re.compile(r"[\s\0]*([+-]?\d+)[\s\0]*\Z")
_BASED: Final = re.compile(r"\s*(?:#|0[xX]|&[hH])([0-9A-Fa-f]+)\s*\Z")
_REAL: Final = re.compile(r"\s*[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*\Z")
_SPECIAL: Final = {
    "nan": math.nan,
    "infinity": math.inf,
    "-infinity": -math.inf,
    "+infinity": math.inf,
    "∞": math.inf,
    "-∞": -math.inf,
}


def text_to_number(text: str, kind: NetType) -> Any:
    """`[kind]$text` for a numeric type; ValueError where it is no number, OverflowError where it does not fit."""
    if not text:
        return to_numeric(0, kind)
    based = _BASED.match(text)
    if based is not None:
        return _based(int(based[1], 16), kind)
    if kind in INTEGER_RANGE:
        whole = _WHOLE.match(text)
        if whole is not None:
            return to_numeric(int(whole[1]), kind)
        return to_numeric(parse_real(text), kind)
    if kind is net.DECIMAL:
        return parse_decimal(text, exponent=True)
    return to_numeric(parse_real(text), kind)


def _based(number: int, kind: NetType) -> Any:
    limits = INTEGER_RANGE.get(kind)
    if limits is not None and limits[0] < 0:
        bits = (limits[1] + 1).bit_length()
        if number >> bits:
            raise OverflowError(number)
        number = number - (1 << bits) if number >> (bits - 1) else number
    return to_numeric(number, kind)


def parse_real(text: str) -> float:
    """`double.Parse` of the invariant culture: thousands separators allowed. Raises ValueError."""
    if _REAL.match(text) is None:
        special = _SPECIAL.get(text.strip().lower())
        if special is None:
            raise ValueError(text)
        return special
    return float(text.replace(",", ""))


def parse_decimal(text: str, *, exponent: bool = False) -> Decimal:
    """`decimal.Parse` of the invariant culture. Raises ValueError or OverflowError."""
    if _REAL.match(text) is None or ("e" in text.lower() and not exponent):
        raise ValueError(text)
    return fit_decimal(Decimal(text.strip().replace(",", "")))


def parse_integer(text: str, kind: NetType) -> Any:
    """`int.Parse` and its kin (NumberStyles.Integer). Raises ValueError or OverflowError."""
    whole = _WHOLE.match(text)
    if whole is None:
        raise ValueError(text)
    return to_numeric(int(whole[1]), kind)
