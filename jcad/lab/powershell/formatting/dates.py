"""Dates, times, time spans and GUIDs as text, and dates and time spans from text. en-US (the invariant culture where said).

Source: "Standard/Custom date and time format strings" and "TimeSpan format strings" of the .NET documentation.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Final, NamedTuple

from jcad.lab.powershell.formatting.numbers import BadFormat
from jcad.lab.powershell.values import TICKS_PER_DAY, TICKS_PER_SECOND, DateTime, DateTimeOffset, TimeSpan

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

#: The separator before AM and PM in en-US: ICU (PowerShell 7) has a narrow no-break space, Windows a space.
NARROW_SPACE: Final = "\u202f"

_EPOCH: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001  - ticks have no zone of their own
MAX_TICKS: Final = 3_155_378_975_999_999_999


class Parts(NamedTuple):
    """A date's calendar parts; `fraction` in ticks, `weekday` 0 for Sunday."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    fraction: int
    weekday: int


def parts_of(ticks: int) -> Parts:
    """Ticks as calendar parts."""
    days, rest = divmod(ticks, TICKS_PER_DAY)
    date = dt.date.fromordinal(days + 1)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Parts(date.year, date.month, date.day, hour, minute, second, fraction, (days + 1) % 7)


def ticks_of(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Calendar parts as ticks; raises ValueError where there is no such date or time."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        raise ValueError((hour, minute, second))
    days = dt.date(year, month, day).toordinal() - 1
    return days * TICKS_PER_DAY + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND


def local_offset(ticks: int) -> int:
    """Minutes east of UTC of the lab's clock: the lab's hosts live in UTC."""
    del ticks
    return 0


_INVARIANT: Final = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "M": "MMMM dd",
    "Y": "yyyy MMMM",
}
_ENGLISH: Final = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "t": "h:mm~tt",
    "T": "h:mm:ss~tt",
    "f": "dddd, MMMM d, yyyy h:mm~tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss~tt",
    "g": "M/d/yyyy h:mm~tt",
    "G": "M/d/yyyy h:mm:ss~tt",
    "M": "MMMM d",
    "Y": "MMMM yyyy",
}
_COMMON: Final = {
    "R": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
    "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
    "O": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
}


def format_date(value: DateTime | DateTimeOffset, spec: str, *, invariant: bool = False, desktop: bool = False) -> str:
    """`ToString(spec)` of a date; an empty spec is G. Raises BadFormat."""
    spec = spec or "G"
    if len(spec) == 1:
        return _standard_date(value, spec, invariant=invariant, desktop=desktop)
    if spec.startswith("%") and len(spec) == 2:
        spec = spec[1:]
    return _custom_date(value, spec)


def _standard_date(value: DateTime | DateTimeOffset, letter: str, *, invariant: bool, desktop: bool) -> str:
    letter = {"r": "R", "o": "O", "m": "M", "y": "Y"}.get(letter, letter)
    if letter == "U" and isinstance(value, DateTime):
        letter = "F"
    if letter in "Ru" and isinstance(value, DateTimeOffset):
        value = DateTime(value.ticks - value.offset * 60 * TICKS_PER_SECOND, 1)
    pattern = _COMMON.get(letter) or (_INVARIANT if invariant else _ENGLISH).get(letter)
    if pattern is None:
        raise BadFormat
    if letter == "G" and isinstance(value, DateTimeOffset):
        pattern += " zzz"
    return _custom_date(value, pattern.replace("~", " " if desktop else NARROW_SPACE))


_DATE_TOKEN: Final = re.compile(r"y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K|g+|\\(.)|'([^']*)'|\"([^\"]*)\"|%|.", re.DOTALL)


def _custom_date(value: DateTime | DateTimeOffset, spec: str) -> str:
    parts = parts_of(value.ticks)
    out: list[str] = []
    for found in _DATE_TOKEN.finditer(spec):
        token = found[0]
        if token[0] == "\\" or token[0] in "'\"":
            if token in {"'", '"'}:
                raise BadFormat
            out.append(found[1] or found[2] or found[3] or "")
        elif token[0] in "Ff":
            text = _fraction(parts.fraction, token)
            if not text and out and out[-1] == ".":
                out.pop()
            out.append(text)
        else:
            out.append(_date_token(value, parts, token))
    return "".join(out)


def _fraction(fraction: int, token: str) -> str:
    if len(token) > 7:
        raise BadFormat
    text = f"{fraction:07d}"[: len(token)]
    return text if token[0] == "f" else text.rstrip("0")


def _date_token(value: DateTime | DateTimeOffset, parts: Parts, token: str) -> str:  # noqa: C901  - one table of letters
    letter, count = token[0], len(token)
    if letter == "y":
        return f"{parts.year % 100:0{count}d}" if count <= 2 else f"{parts.year:0{count}d}"
    if letter == "M":
        return (
            MONTHS[parts.month - 1]
            if count > 3
            else MONTHS[parts.month - 1][:3]
            if count == 3
            else f"{parts.month:0{count}d}"
        )
    if letter == "d":
        return DAYS[parts.weekday] if count > 3 else DAYS[parts.weekday][:3] if count == 3 else f"{parts.day:0{count}d}"
    if letter == "H":
        return f"{parts.hour:0{min(count, 2)}d}"
    if letter == "h":
        return f"{(parts.hour + 11) % 12 + 1:0{min(count, 2)}d}"
    if letter == "m":
        return f"{parts.minute:0{min(count, 2)}d}"
    if letter == "s":
        return f"{parts.second:0{min(count, 2)}d}"
    if letter == "t":
        return ("AM" if parts.hour < 12 else "PM")[: min(count, 2)]
    if letter == "K":
        return _kind_suffix(value)
    if letter == "z":
        return _offset_text(_offset_of(value), count)
    if letter == "g":
        return "A.D."
    return "" if letter == "%" else token


def _offset_of(value: DateTime | DateTimeOffset) -> int:
    if isinstance(value, DateTimeOffset):
        return value.offset
    return 0 if value.kind == 1 else local_offset(value.ticks)


def _kind_suffix(value: DateTime | DateTimeOffset) -> str:
    if isinstance(value, DateTime) and value.kind != 2:
        return "Z" if value.kind == 1 else ""
    return _offset_text(_offset_of(value), 3)


def _offset_text(minutes: int, count: int) -> str:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"{sign}{hours}" if count == 1 else f"{sign}{hours:02d}" if count == 2 else f"{sign}{hours:02d}:{rest:02d}"


# ---------------------------------------------------------------- time spans and GUIDs


def format_timespan(value: TimeSpan, spec: str) -> str:
    """`ToString(spec)` of a time span; raises BadFormat."""
    ticks = value.ticks
    sign = "-" if ticks < 0 else ""
    seconds, fraction = divmod(abs(ticks), TICKS_PER_SECOND)
    days, rest = divmod(seconds, 86_400)
    hours, minutes, second = rest // 3600, rest // 60 % 60, rest % 60
    if spec in {"", "c", "t", "T"}:
        head = f"{sign}{days}." if days else sign
        return f"{head}{hours:02d}:{minutes:02d}:{second:02d}" + (f".{fraction:07d}" if fraction else "")
    if spec == "g":
        head = f"{sign}{days}:" if days else sign
        tail = f".{fraction:07d}".rstrip("0") if fraction else ""
        return f"{head}{hours}:{minutes:02d}:{second:02d}{tail}"
    if spec == "G":
        return f"{sign}{days}:{hours:02d}:{minutes:02d}:{second:02d}.{fraction:07d}"
    if len(spec) == 1:
        raise BadFormat
    return _custom_timespan((days, hours, minutes, second), fraction, spec)


_SPAN_TOKEN: Final = re.compile(r"d+|h+|m+|s+|f+|F+|\\(.)|'([^']*)'|\"([^\"]*)\"|%|.", re.DOTALL)


def _custom_timespan(parts: tuple[int, int, int, int], fraction: int, spec: str) -> str:
    out: list[str] = []
    for found in _SPAN_TOKEN.finditer(spec):
        token = found[0]
        if token[0] in "dhms":
            out.append(f"{parts['dhms'.index(token[0])]:0{len(token)}d}")
        elif token[0] in "fF":
            out.append(_fraction(fraction, token))
        elif token[0] in "\\'\"" and len(token) > 1:
            out.append(found[1] or found[2] or found[3] or "")
        elif token != "%":
            raise BadFormat  # every literal must be quoted or escaped
    return "".join(out)


def format_guid(value: uuid.UUID, spec: str) -> str:
    """`ToString(spec)` of a GUID: N, D, B, P or X; raises BadFormat."""
    kind = (spec or "D").upper()
    text = str(value)
    if kind == "D":
        return text
    if kind == "N":
        return value.hex
    if kind == "B":
        return "{" + text + "}"
    if kind == "P":
        return "(" + text + ")"
    if kind == "X":
        tail = ",".join(f"0x{octet:02x}" for octet in value.bytes[8:])
        return f"{{0x{value.time_low:08x},0x{value.time_mid:04x},0x{value.time_hi_version:04x},{{{tail}}}}}"
    raise BadFormat
