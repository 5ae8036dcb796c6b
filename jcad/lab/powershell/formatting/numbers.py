"""Numbers as text: round-trip forms, .NET's standard (N2, X8 ...) and custom (0.00, #,##0 ...) numeric formats.

Source: "Standard numeric format strings" and "Custom numeric format strings" of the .NET documentation. en-US and the invariant
culture differ here only in the currency sign. A format that .NET refuses raises `BadFormat`.
"""

from __future__ import annotations

import decimal
import math
import re
import struct
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from jcad.lab.powershell.limits import check_text
from jcad.lab.powershell.values import BigInteger, Single

_STANDARD: Final = re.compile(r"([A-Za-z])(\d{0,9})\Z")
_EXACT: Final = decimal.Context(prec=1100, rounding=ROUND_HALF_UP, Emin=-decimal.MAX_EMAX, Emax=decimal.MAX_EMAX)

Number = int | float | Decimal


class BadFormat(Exception):
    """A format string that .NET refuses."""


def digits_of(value: float) -> str:
    """The shortest digits that give the same double (or single) again, as Python's repr writes them."""
    if isinstance(value, Single):
        for precision in range(1, 10):
            text = f"{float(value):.{precision}g}"
            if struct.unpack("f", struct.pack("f", float(text)))[0] == float(value):
                return text
    return float.__repr__(float(value))


def _special(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return None


def invariant_special(value: float) -> str | None:
    """NaN and the infinities in the invariant culture; None for a number proper."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return None


def float_text(value: float, *, invariant: bool = True) -> str:
    """`ToString()` of a double or single: shortest round-trip form, E+nn from 1E+15 (singles: 1E+08) on."""
    special = invariant_special(value) if invariant else _special(value)
    if special is not None:
        return special
    return _general(
        Decimal(digits_of(value)), 7 if isinstance(value, Single) else 15, negative_zero=_is_minus_zero(value)
    )


def framework_text(value: float) -> str:
    """`ToString()` of a double or single on .NET Framework: 15 (singles: 7) digits, and no minus before zero."""
    special = invariant_special(value)
    if special is not None:
        return special
    precision = 7 if isinstance(value, Single) else 15
    return _general(Decimal(f"{float(value):.{precision}g}"), precision)


def _is_minus_zero(value: float) -> bool:
    return value == 0 and math.copysign(1, value) < 0


def _general(number: Decimal, precision: int, *, negative_zero: bool = False, marker: str = "E") -> str:
    """The G form of a number whose digits are final: scientific outside 1E-05 <= |n| < 10**precision."""
    if number == 0:
        return "-0" if negative_zero else "0"
    sign = "-" if number < 0 else ""
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0") or "0"
    exponent = number.adjusted()
    if -5 < exponent < precision:
        return sign + _plain(digits, exponent)
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}{marker}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _plain(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if len(digits) <= exponent + 1:
        return digits + "0" * (exponent + 1 - len(digits))
    return digits[: exponent + 1] + "." + digits[exponent + 1 :]


def decimal_text(value: Decimal) -> str:
    """`ToString()` of a decimal: its scale is kept (2.50), never an exponent."""
    return format(value, "f")


def number_text(value: Number, *, invariant: bool = True) -> str:
    """`ToString()` of any number."""
    if isinstance(value, float):
        return float_text(value, invariant=invariant)
    return decimal_text(value) if isinstance(value, Decimal) else str(int(value))


def format_number(value: Number, spec: str, *, invariant: bool = False) -> str:
    """`ToString(spec)` of a number; raises BadFormat."""
    if not spec:
        return number_text(value, invariant=invariant)
    if isinstance(value, float):
        special = invariant_special(value) if invariant else _special(value)
        if special is not None:
            return special
    standard = _STANDARD.match(spec)
    if standard is None:
        return _custom(value, spec)
    digits = int(standard[2]) if standard[2] else -1
    check_text(digits)
    return _standard(value, standard[1], digits, invariant=invariant)


def _exact(value: Number) -> Decimal:
    """The number as the decimal that .NET formats from."""
    if isinstance(value, Single):
        return Decimal(float(value))
    return Decimal(value)


def _standard(value: Number, letter: str, digits: int, *, invariant: bool) -> str:
    upper = letter.upper()
    if upper in "DXB":
        return _integral(value, letter, digits)
    exact = _exact(value)
    if upper == "N":
        return _signed(exact, _fixed(abs(exact), _or(digits, 2), group=True))
    if upper == "F":
        return _signed(exact, _fixed(abs(exact), _or(digits, 2)))
    if upper == "C":
        sign = "¤" if invariant else "$"
        text = sign + _fixed(abs(exact), _or(digits, 2), group=True)
        if not _is_negative(exact, text):
            return text
        return f"({text})" if invariant else "-" + text
    if upper == "P":
        text = _fixed(abs(exact) * 100, _or(digits, 2), group=True)
        return _signed(exact, text + (" %" if invariant else "%"))
    if upper == "E":
        return _scientific(exact, _or(digits, 6), letter)
    if upper == "G":
        return _general_spec(value, digits, letter)
    if upper == "R" and isinstance(value, (float, BigInteger)):
        return number_text(value, invariant=invariant)
    raise BadFormat


def _or(digits: int, default: int) -> int:
    return default if digits < 0 else digits


def _integral(value: Number, letter: str, digits: int) -> str:
    if not isinstance(value, int):
        raise BadFormat
    if letter in "Dd":
        return ("-" if value < 0 else "") + str(abs(int(value))).rjust(max(digits, 1), "0")
    bits = _bits(value)
    number = int(value) & ((1 << bits) - 1) if bits else int(value)
    if letter in "Bb":
        return format(number, "b").rjust(max(digits, 1), "0")
    text = _big_hex(number) if not bits else format(number, "X")
    text = text if letter == "X" else text.lower()
    return text.rjust(max(digits, 1), "0")


def _bits(value: int) -> int:
    if isinstance(value, BigInteger):
        return 0
    most = getattr(value, "most", (1 << 31) - 1)
    return 8 * ((int(most).bit_length() + 7) // 8)


def _big_hex(number: int) -> str:
    length = number.bit_length() // 8 + 1
    text = number.to_bytes(length, "big", signed=True).hex().upper()
    return text.lstrip("0") or "0" if number >= 0 and text[0] == "0" and text[1:2] < "8" else text


def _fixed(number: Decimal, digits: int, *, group: bool = False) -> str:
    quantum = Decimal(1).scaleb(-digits)
    text = format(number.quantize(quantum, context=_EXACT), "f")
    whole, _, rest = text.partition(".")
    if group:
        whole = _grouped(whole)
    return whole + ("." + rest if rest else "")


def _grouped(whole: str) -> str:
    return f"{int(whole):,}" if len(whole) > 3 else whole


def _is_negative(number: Decimal, text: str) -> bool:
    """.NET Core writes -0.00 for a negative number that rounds to nothing."""
    return number < 0 or (number == 0 and number.is_signed() and bool(text))


def _signed(number: Decimal, text: str) -> str:
    return "-" + text if _is_negative(number, text) else text


def _scientific(number: Decimal, digits: int, letter: str, least: int = 3) -> str:
    text = format(number, f".{digits}e") if number == 0 else _rounded_scientific(number, digits)
    mantissa, _, exponent = text.partition("e")
    value = int(exponent)
    return f"{mantissa}{letter}{'-' if value < 0 else '+'}{abs(value):0{least}d}"


def _rounded_scientific(number: Decimal, digits: int) -> str:
    exponent = number.adjusted()
    rounded = number.scaleb(-exponent, context=_EXACT).quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    if abs(rounded) >= 10:
        exponent += 1
        rounded = (rounded / 10).quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    return f"{format(rounded, 'f')}e{exponent}"


def _general_spec(value: Number, digits: int, letter: str) -> str:
    marker = "E" if letter == "G" else "e"
    if digits <= 0:
        if isinstance(value, float):
            text = float_text(value)
            return text if letter == "G" else text.replace("E", "e")
        return number_text(value)
    exact = _exact(value)
    if exact == 0:
        return "0"
    rounded = decimal.Context(prec=digits, rounding=ROUND_HALF_UP).plus(exact)
    return _general(rounded, digits, marker=marker)


# ---------------------------------------------------------------- custom formats


def _sections(spec: str) -> list[str]:
    """The format's sections: split at `;` outside quotes and escapes."""
    parts, current, quote, position = [], "", "", 0
    while position < len(spec):
        letter = spec[position]
        if quote:
            quote = "" if letter == quote else quote
        elif letter == "\\":
            current += spec[position : position + 2]
            position += 2
            continue
        elif letter in "'\"":
            quote = letter
        elif letter == ";":
            parts.append(current)
            current = ""
            position += 1
            continue
        current += letter
        position += 1
    return [*parts, current]


def _custom(value: Number, spec: str) -> str:
    exact = _exact(value) if not isinstance(value, float) else Decimal(digits_of(value))
    parts = _sections(spec)
    part, negative = parts[0], exact < 0
    if exact < 0 and len(parts) > 1 and parts[1]:
        part, negative = parts[1], False
    elif exact == 0 and len(parts) > 2 and parts[2]:
        part = parts[2]
    text, is_zero = _custom_section(abs(exact), part)
    if is_zero and exact != 0 and len(parts) > 2 and parts[2]:
        return _custom_section(Decimal(0), parts[2])[0]
    return "-" + text if negative and not is_zero else text


_TOKEN: Final = re.compile(r"\\(.)|'([^']*)'?|\"([^\"]*)\"?|([Ee][+-]?0+)|(.)", re.DOTALL)


def _custom_section(number: Decimal, part: str) -> tuple[str, bool]:
    """The text of one section, and whether the number was rounded to nothing."""
    tokens = [
        (m[1] or m[2] or m[3] or "", "") if m[5] is None and m[4] is None else ("", m[4] or m[5])
        for m in _TOKEN.finditer(part)
    ]
    exponent = next((mark for _, mark in tokens if len(mark) > 1), "")
    marks = [mark for _, mark in tokens]
    point = marks.index(".") if "." in marks else len(marks)
    places = [index for index, mark in enumerate(marks) if mark in {"0", "#"}]
    before = [index for index in places if index < point]
    after = [index for index in places if index > point]
    number, group = _scaled(number, marks, before, point)
    power = 0
    if exponent and number:
        power = number.adjusted() - max(len(before), 1) + 1
        number = number.scaleb(-power, context=_EXACT)
    rounded = number.quantize(Decimal(1).scaleb(-len(after)), context=_EXACT)
    whole, _, rest = format(rounded, "f").partition(".")
    whole = whole.lstrip("0")
    first_zero = next((n for n, index in enumerate(before) if marks[index] == "0"), len(before))
    whole = whole.rjust(len(before) - first_zero, "0")
    last_zero = max((n for n, index in enumerate(after) if marks[index] == "0"), default=-1)
    rest = rest[: last_zero + 1] + rest[last_zero + 1 :].rstrip("0")
    return _laid_out(tokens, before, after, whole, rest, point, group, power), rounded == 0


def _scaled(number: Decimal, marks: list[str], before: list[int], point: int) -> tuple[Decimal, bool]:
    number = number.scaleb(2 * marks.count("%") + 3 * marks.count("‰"), context=_EXACT)
    commas = [index for index, mark in enumerate(marks) if mark == "," and index < point]
    if not before:
        return number, False
    trailing = [index for index in commas if index > before[-1]]
    group = any(before[0] < index < before[-1] for index in commas)
    return number.scaleb(-3 * len(trailing), context=_EXACT), group


def _laid_out(  # noqa: C901, PLR0917  - the parts of one number
    tokens: list[tuple[str, str]],
    before: list[int],
    after: list[int],
    whole: str,
    rest: str,
    point: int,
    group: bool,
    power: int,
) -> str:
    out: list[str] = []
    left = len(whole)
    for index, (literal, mark) in enumerate(tokens):
        if index in before:
            remaining = len(before) - before.index(index)
            count = left - remaining + 1 if index == before[0] else 1 if left >= remaining else 0
            for _ in range(max(count, 0)):
                out.append(whole[len(whole) - left])
                left -= 1
                if group and left and left % 3 == 0:
                    out.append(",")
        elif index in after:
            out.append(rest[after.index(index) : after.index(index) + 1])
        elif mark == ".":
            out.append("." if index == point and rest else "")
        elif len(mark) > 1:
            zeros = mark.count("0")
            sign = "-" if power < 0 else "+" if "+" in mark else ""
            out.append(f"{mark[0]}{sign}{abs(power):0{zeros}d}")
        elif mark != ",":
            out.append(literal or mark)
    if not before and whole:
        position = next((n for n, (_, mark) in enumerate(tokens) if mark == "."), None)
        if position is not None:
            out.insert(position, whole)
    return "".join(out)
