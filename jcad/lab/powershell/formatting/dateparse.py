"""Dates and time spans from text, as DateTime.Parse, ParseExact and TimeSpan.Parse read them (en-US or invariant).

A text that .NET refuses raises ValueError. `today` (ticks) supplies what a text leaves out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.formatting.dates import _COMMON, _ENGLISH, _INVARIANT, DAYS, MONTHS, parts_of, ticks_of
from jcad.lab.powershell.values import TICKS_PER_DAY, TICKS_PER_SECOND, DateTime, TimeSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTH: Final = {name.lower(): number for number, name in enumerate(MONTHS, 1)} | {
    name[:3].lower(): number for number, name in enumerate(MONTHS, 1)
}
_DAY_NAMES: Final = {name.lower() for name in DAYS} | {name[:3].lower() for name in DAYS}


def now_ticks(*, utc: bool = False) -> int:
    """The clock's time in ticks; the lab's hosts live in UTC."""
    del utc
    moment = dt.datetime.now(dt.UTC)
    seconds = (moment.toordinal() - 1) * 86_400 + moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds * TICKS_PER_SECOND + moment.microsecond * 10


_TIME: Final = re.compile(
    r"(?<![\d/.-])(?P<h>\d{1,2}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2})(?:\.(?P<f>\d{1,9}))?)?\s*(?P<ap>[AaPp][Mm]?\b)?"
    r"|(?<![\d/.:-])(?P<h2>\d{1,2})\s*(?P<ap2>[AaPp][Mm])\b"
)
_ZONE: Final = re.compile(
    r"\s*(?:(?P<z>Z|GMT|UTC)|(?P<sign>[+-])(?P<oh>\d{1,2})(?::?(?P<om>\d{2}))?)\s*\Z", re.IGNORECASE
)


def parse_date(text: str, *, today: int | None = None) -> tuple[int, int | None]:  # noqa: C901  - one text, many forms
    """Clock ticks as written, and the offset in minutes (None: none was written). Raises ValueError."""
    source = text.strip()
    if not source or not source.isprintable():
        raise ValueError(text)
    body, offset = source, None
    time_part: tuple[int, int, int, int] | None = None
    compact = re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})[Tt](\d{1,2}:.*)", source)
    if compact:
        body = compact[1] + " " + compact[2]
    found = _TIME.search(body)
    if found:
        time_part = _time_of(found)
        rest = body[found.end() :]
        zone = _ZONE.match(rest)
        if zone:
            offset, rest = _offset(zone), ""
        body = (body[: found.start()] + " " + rest).strip()
    elif body[-1:] in "Zz" and re.fullmatch(r"\d{4}-\d{2}-\d{2}[Zz]", body):
        body, offset = body[:-1], 0
    today = now_ticks() if today is None else today
    if not body:
        if time_part is None:
            raise ValueError(text)
        day = today - today % TICKS_PER_DAY
    else:
        day = _calendar(body, today)
    hour, minute, second, fraction = time_part or (0, 0, 0, 0)
    if minute > 59 or second > 59:
        raise ValueError(text)
    if hour == 24 and not (minute or second or fraction):
        return day + TICKS_PER_DAY, offset
    if hour > 23:
        raise ValueError(text)
    return day + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction, offset


def _time_of(found: re.Match[str]) -> tuple[int, int, int, int]:
    hour = int(found["h"] or found["h2"])
    half = (found["ap"] or found["ap2"] or "").lower()
    if half:
        if not 0 <= hour <= 12:
            raise ValueError(found[0])
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    fraction = found["f"] or ""
    ticks = int(fraction[:7].ljust(7, "0")) if fraction else 0
    if len(fraction) > 7 and fraction[7] >= "5":
        ticks += 1
    return hour, int(found["m"] or 0), int(found["s"] or 0), ticks


def _offset(zone: re.Match[str]) -> int:
    if zone["z"]:
        return 0
    hours, minutes = int(zone["oh"]), int(zone["om"] or 0)
    if hours > 14 or minutes > 59:
        raise ValueError(zone[0])
    return (hours * 60 + minutes) * (-1 if zone["sign"] == "-" else 1)


def _calendar(body: str, today: int) -> int:
    """A date without its time: numbers and names in the orders that en-US reads."""
    words = [word for word in re.split(r"[\s,]+", body) if word]
    weekday = None
    if words and words[0].rstrip(".").lower() in _DAY_NAMES:
        weekday = words.pop(0).lower()[:3]
    if not words:
        raise ValueError(body)
    ticks = (
        _named_month(words, today) if any(re.search(r"[A-Za-z]", word) for word in words) else _numeric(words, today)
    )
    if weekday is not None and DAYS[parts_of(ticks).weekday][:3].lower() != weekday:
        raise ValueError(body)
    return ticks


def _year(number: str) -> int:
    if len(number) > 4:
        raise ValueError(number)
    year = int(number)
    return year if len(number) > 2 else year + (2000 if year < 50 else 1900)


def _named_month(words: list[str], today: int) -> int:
    parts = [part for word in words for part in word.split("-") if part]
    names = [index for index, part in enumerate(parts) if part.lower().rstrip(".") in _MONTH]
    if len(names) != 1 or len(parts) > 3:
        raise ValueError(words)
    month = _MONTH[parts[names[0]].lower().rstrip(".")]
    numbers = [part for index, part in enumerate(parts) if index != names[0]]
    if not numbers or not all(re.fullmatch(r"\d{1,4}", number) for number in numbers):
        raise ValueError(words)
    if len(numbers) == 1:
        if len(numbers[0]) > 2:
            return ticks_of(_year(numbers[0]), month, 1)
        return ticks_of(parts_of(today).year, month, int(numbers[0]))
    first, second = numbers
    if len(first) > 2:  # a year first: 2026 Jan 31, 2026-Jan-31
        return ticks_of(_year(first), month, int(second))
    return ticks_of(_year(second), month, int(first))


def _numeric(words: list[str], today: int) -> int:
    if len(words) == 3:
        words = ["/".join(words)]
    if len(words) != 1:
        raise ValueError(words)
    parts = re.split(r"[/.\-]", words[0])
    if not all(re.fullmatch(r"\d{1,4}", part) for part in parts):
        raise ValueError(words)
    if len(parts) == 2:
        if len(parts[0]) == 4:
            return ticks_of(int(parts[0]), int(parts[1]), 1)
        if len(parts[1]) == 4:
            return ticks_of(int(parts[1]), int(parts[0]), 1)
        return ticks_of(parts_of(today).year, int(parts[0]), int(parts[1]))
    if len(parts) != 3:
        raise ValueError(words)
    if len(parts[0]) > 2:
        return ticks_of(_year(parts[0]), int(parts[1]), int(parts[2]))
    return ticks_of(_year(parts[2]), int(parts[0]), int(parts[1]))


# ---------------------------------------------------------------- exact formats

_FIELD: Final = re.compile(r"y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K|\\(.)|'([^']*)'|\"([^\"]*)\"|%|.", re.DOTALL)
_PATTERNS: Final = {
    "yyyy": r"(?P<y>\d{4})",
    "yy": r"(?P<y2>\d{2})",
    "y": r"(?P<y2>\d{1,2})",
    "MMMM": "(?P<MN>" + "|".join(MONTHS) + ")",
    "MMM": "(?P<MN>" + "|".join(name[:3] for name in MONTHS) + ")",
    "MM": r"(?P<M>\d{2})",
    "M": r"(?P<M>\d{1,2})",
    "dddd": "(?P<DN>" + "|".join(DAYS) + ")",
    "ddd": "(?P<DN>" + "|".join(name[:3] for name in DAYS) + ")",
    "dd": r"(?P<d>\d{2})",
    "d": r"(?P<d>\d{1,2})",
    "HH": r"(?P<H>\d{2})",
    "H": r"(?P<H>\d{1,2})",
    "hh": r"(?P<h>\d{2})",
    "h": r"(?P<h>\d{1,2})",
    "mm": r"(?P<m>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "ss": r"(?P<s>\d{2})",
    "s": r"(?P<s>\d{1,2})",
    "tt": r"(?P<t>[AaPp][Mm])",
    "t": r"(?P<t>[AaPp])",
    "K": r"(?P<z>Z|[+-]\d{2}:\d{2}|)",
    "zzz": r"(?P<z>[+-]\d{1,2}:\d{2})",
    "zz": r"(?P<z>[+-]\d{2})",
    "z": r"(?P<z>[+-]\d{1,2})",
}


_NAMED: Final = re.compile(r"\(\?P<(\w+)>")


def exact_pattern(spec: str, *, invariant: bool = True) -> re.Pattern[str]:
    """The regular expression of a ParseExact format."""
    if len(spec) == 1:
        letter = {"r": "R", "o": "O", "m": "M", "y": "Y"}.get(spec, spec)
        table = _INVARIANT if invariant else _ENGLISH
        known = _COMMON.get(letter) or table.get(letter)
        if known is None:
            raise ValueError(spec)
        spec = known.replace("~", " ")
    elif spec.startswith("%") and len(spec) == 2:
        spec = spec[1:]
    out: list[str] = []
    for found in _FIELD.finditer(spec):
        token = found[0]
        if token[0] in "fF":
            out.append(rf"(?P<f>\d{{{len(token)}}})" if token[0] == "f" else rf"(?P<f>\d{{0,{len(token)}}})")
        elif token in _PATTERNS:
            out.append(_PATTERNS[token])
        elif token != "%":
            out.append(re.escape(found[1] or found[2] or found[3] or token))
    return re.compile("".join(_numbered(out)) + r"\Z", re.IGNORECASE)


def _numbered(parts: list[str]) -> Iterator[str]:
    """The parts of a pattern, with a number at the name of a field that was there before: `d`, `d__2`."""
    seen: Counter[str] = Counter()
    for part in parts:
        named = _NAMED.match(part)
        if named is None:
            yield part
            continue
        name = named[1]
        seen[name] += 1
        yield part if seen[name] == 1 else f"(?P<{name}__{seen[name]}>{part[named.end() :]}"


def _agree(part: dict[str, str | None]) -> bool:
    """Whether fields that stand there more than once say the same."""
    for name, value in part.items():
        first, again, _ = name.partition("__")
        if again and (value or "").lstrip("0").lower() != (part[first] or "").lstrip("0").lower():
            return False
    return True


def parse_exact(text: str, spec: str, *, invariant: bool = True, today: int | None = None) -> tuple[int, int | None]:
    """As `parse_date`, but the text must have exactly this format."""
    found = exact_pattern(spec, invariant=invariant).match(text)
    if found is None:
        raise ValueError(text)
    part = found.groupdict()
    if not _agree(part):
        raise ValueError(text)
    base = parts_of(now_ticks() if today is None else today)
    has_date = any(part.get(key) for key in ("y", "y2", "M", "MN", "d"))
    year = int(part["y"]) if part.get("y") else _year(part["y2"].zfill(2)) if part.get("y2") else base.year
    month = int(part["M"]) if part.get("M") else _MONTH[part["MN"].lower()] if part.get("MN") else 0
    day = int(part["d"]) if part.get("d") else 0
    if not has_date:
        month, day = base.month, base.day
    hour = int(part.get("H") or part.get("h") or 0)
    if part.get("h") and (not 1 <= hour <= 12):
        raise ValueError(text)
    if part.get("t") and part.get("h"):
        hour = hour % 12 + (12 if part["t"].lower()[0] == "p" else 0)
    ticks = ticks_of(year, month or 1, day or 1, hour, int(part.get("m") or 0), int(part.get("s") or 0))
    if part.get("DN") and DAYS[parts_of(ticks).weekday][:3].lower() != part["DN"].lower()[:3]:
        raise ValueError(text)
    zone = part.get("z")
    offset = None
    if zone:
        offset = 0 if zone in {"Z", "z"} else _zone_minutes(zone)
    if spec in {"R", "r", "u"}:
        offset = None
    return ticks + int((part.get("f") or "").ljust(7, "0")), offset


def _zone_minutes(zone: str) -> int:
    hours, _, minutes = zone[1:].partition(":")
    return (int(hours) * 60 + int(minutes or 0)) * (-1 if zone[0] == "-" else 1)


def localized(ticks: int, offset: int | None, styles: int = 0) -> DateTime:
    """What DateTime.Parse makes of clock ticks and an offset: local time, or what `DateTimeStyles` ask for."""
    adjust, local, universal, round_trip = styles & 16, styles & 32, styles & 64, styles & 128
    if offset is None:
        if universal:
            return DateTime(ticks, 1 if adjust else 2)
        if local:
            return DateTime(ticks, 1 if adjust else 2)
        return DateTime(ticks, 0)
    instant = ticks - offset * 60 * TICKS_PER_SECOND
    if adjust or (round_trip and offset == 0):
        return DateTime(instant, 1)
    return DateTime(instant, 2)


# ---------------------------------------------------------------- time spans

_SPAN: Final = re.compile(
    r"(?P<sign>-)?(?:(?P<d>\d+)(?:\.(?=\d+:\d+)|:(?=\d+:\d+:\d+)))?(?:(?P<h>\d+):(?P<m>\d+)(?::(?P<s>\d+)(?:\.(?P<f>\d{1,7}))?)?)\Z"
)


def parse_timespan(text: str) -> TimeSpan:
    """`TimeSpan.Parse`: days alone, h:mm, h:mm:ss, d.hh:mm:ss.fffffff. Raises ValueError, or OverflowError."""
    source = text.strip()
    if re.fullmatch(r"-?\d+", source):
        days = int(source)
        if abs(days) > 10_675_199:
            raise OverflowError(text)
        return TimeSpan(days * TICKS_PER_DAY)
    found = _SPAN.match(source)
    if found is None:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(found[key] or 0) for key in ("d", "h", "m", "s"))
    if found["d"] is None and hours > 23 and found["s"] is not None and "." not in source.split(":")[0]:
        raise OverflowError(text)
    if hours > 23 or minutes > 59 or seconds > 59 or days > 10_675_199:
        raise OverflowError(text)
    ticks = ((days * 24 + hours) * 3600 + minutes * 60 + seconds) * TICKS_PER_SECOND
    ticks += int((found["f"] or "").ljust(7, "0"))
    return TimeSpan(-ticks if found["sign"] else ticks)
