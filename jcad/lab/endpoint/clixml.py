"""CLIXML elements (MS-PSRP 2.2.5), written as a real server writes them: text, primitive values, references, type names.

Pure. What an object consists of is known to `serialize`; how an element looks, and which has been written before, here.
"""

from __future__ import annotations

import contextlib
import math
import re
import struct
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import values as ps
from jcad.lab.powershell.formatting.dates import format_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOM: Final = b"\xef\xbb\xbf"
"""What the data of every message begins with."""

_SPECIAL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff&<>\ufffe\uffff]|_(?=[xX])")
_MARKUP: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\ufffe": "&#xFFFE;", "\uffff": "&#xFFFF;"}
_TICKS_PER_SECOND: Final = 10_000_000


def text(value: str) -> str:
    """Text as element content.

    Control characters, every half of a surrogate pair, and an underscore that could be read as the begin of such an
    escape are written `_xHHHH_`; two characters that XML forbids are written as references all the same, as the real
    serializer does.
    """
    return _SPECIAL.sub(_escaped, value)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character in _MARKUP:
        return _MARKUP[character]
    units = character.encode("utf-16-le", "surrogatepass")
    return "".join(f"_x{unit:04X}_" for (unit,) in struct.iter_unpack("<H", units))


def attribute(name: str) -> str:
    """Text as the value of an attribute."""
    return text(name).replace('"', "&quot;")


def named(name: str | None) -> str:
    """The attribute that names a property; nothing where there is no name."""
    return "" if name is None else f' N="{attribute(name)}"'


def double(value: float, *, plain_below: int = 17) -> str:
    """A double as .NET writes it for XML: shortest digits, an exponent from 1E+17 up and below 1E-05."""
    return _float(value, repr(float(value)), plain_below)


def single(value: float) -> str:
    """A single: the shortest digits that give the same 32 bits."""
    if math.isfinite(value):
        for digits in range(1, 10):
            shortest = f"{value:.{digits}g}"
            with contextlib.suppress(OverflowError):  # rounded up, the largest single is none
                if struct.pack("<f", float(shortest)) == struct.pack("<f", value):
                    return _float(value, shortest, 9)
    return _float(value, repr(float(value)), 9)


def _float(value: float, digits: str, plain_below: int) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign, mantissa, shift = Decimal(digits).normalize().as_tuple()
    assert isinstance(shift, int)  # noqa: S101  - finite, by the cases above
    exponent = len(mantissa) + shift - 1
    written = "".join(map(str, mantissa))
    minus = "-" if sign else ""
    if -5 < exponent < plain_below:
        return minus + format(abs(Decimal(digits)), "f").removesuffix(".0")
    fraction = "." + written[1:] if len(written) > 1 else ""
    return f"{minus}{written[0]}{fraction}E{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def timespan(ticks: int) -> str:
    """A time span as an xs:duration: P1DT2H3M4.005S."""
    minus, ticks = ("-", -ticks) if ticks < 0 else ("", ticks)
    seconds, fraction = divmod(ticks, _TICKS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    date = f"{day}D" if day else ""
    parts = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "")
    if second or fraction or not (date or parts):
        decimals = f".{fraction:07d}".rstrip("0") if fraction else ""
        parts += f"{second}{decimals}S"
    return f"{minus}P{date}{'T' if parts else ''}{parts}"


def is_primitive(value: Any) -> bool:
    """Whether a value is written as one element with text (MS-PSRP 2.2.5.1)."""
    return type(value) in _PRIMITIVES


def primitive(value: Any, name: str | None = None) -> str:
    """A primitive value as its element."""
    tag, write = _PRIMITIVES[type(value)]
    content = write(value)
    return f"<{tag}{named(name)}>{content}</{tag}>"


def nil(name: str | None = None) -> str:
    """`$null` inside an object."""
    return f"<Nil{named(name)} />"


def _number(value: int) -> str:
    return str(int(value))


_PRIMITIVES: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    str: ("S", text),
    bool: ("B", lambda value: "true" if value else "false"),
    int: ("I32", _number),
    ps.SByte: ("SB", _number),
    ps.Byte: ("By", _number),
    ps.Int16: ("I16", _number),
    ps.UInt16: ("U16", _number),
    ps.UInt32: ("U32", _number),
    ps.Int64: ("I64", _number),
    ps.UInt64: ("U64", _number),
    float: ("Db", double),
    ps.Single: ("Sg", single),
    Decimal: ("D", lambda value: format(value, "f")),
    ps.Char: ("C", lambda value: str(value.code)),
    ps.DateTime: ("DT", lambda value: format_date(value, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", invariant=True)),
    uuid.UUID: ("G", str),
    ps.TimeSpan: ("TS", lambda value: timespan(value.ticks)),
    ps.Version: ("Version", str),
}


class References:
    """What one message has written: objects by identity, lists of type names. Each is written once."""

    def __init__(self) -> None:
        self._objects: dict[int, tuple[int, Any]] = {}
        self._types: dict[tuple[str, ...], int] = {}
        self._next = 0

    def number(self) -> int:
        """The RefId of the next object."""
        self._next += 1
        return self._next - 1

    def keep(self, value: Any, number: int) -> None:
        """Remember an object that is being written (and keep it alive: its identity is its key)."""
        self._objects[id(value)] = (number, value)

    def known(self, value: Any, name: str | None) -> str | None:
        """The reference to an object that has been written; None where it has not."""
        found = self._objects.get(id(value))
        return None if found is None else f'<Ref{named(name)} RefId="{found[0]}" />'

    def types(self, names: Sequence[str]) -> str:
        """The type names of an object, or the reference to them."""
        if not names:
            return ""
        key = tuple(names)
        found = self._types.get(key)
        if found is not None:
            return f'<TNRef RefId="{found}" />'
        number = self._types[key] = len(self._types)
        return f'<TN RefId="{number}">' + "".join(f"<T>{text(each)}</T>" for each in names) + "</TN>"
