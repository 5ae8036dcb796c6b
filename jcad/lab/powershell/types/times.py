"""DateTime, DateTimeOffset and TimeSpan."""

from __future__ import annotations

import calendar
import math
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.construct import CAST_OPERATORS
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.formatting.dateparse import localized, now_ticks, parse_date, parse_exact, parse_timespan
from jcad.lab.powershell.formatting.dates import MAX_TICKS, Parts, local_offset, parts_of, ticks_of
from jcad.lab.powershell.objects import net_text
from jcad.lab.powershell.operators.comparison import natural_order
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.numbers import is_invariant
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    DateTime,
    DateTimeOffset,
    EnumValue,
    Int64,
    PSReference,
    TimeSpan,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FILE_TIME_EPOCH: Final = 504_911_232_000_000_000
UNIX_EPOCH: Final = 621_355_968_000_000_000
_MILLISECOND: Final = 10_000

DATE: Final = members_of(net.DATETIME)
SPAN: Final = members_of(net.TIMESPAN)


def _date(ticks: int, kind: int = 0) -> DateTime:
    if not 0 <= ticks <= MAX_TICKS:
        raise out_of_range("The added or subtracted value results in an un-representable DateTime.", "value")
    return DateTime(ticks, kind)


def _calendar(*parts: int) -> int:
    try:
        return ticks_of(*parts)
    except ValueError:
        why = "Year, Month, and Day parameters describe an un-representable DateTime."
        raise NetError.of("System.ArgumentOutOfRangeException", why) from None


def _unparsable(text: Any) -> NetError:
    return NetError.of("System.FormatException", f"String '{text}' was not recognized as a valid DateTime.")


def parse(text: str | None, styles: int = 0) -> DateTime:
    """`DateTime.Parse`."""
    if text is None:
        raise null_argument("s")
    try:
        return localized(*parse_date(text), styles)
    except (ValueError, OverflowError):
        raise _unparsable(text) from None


def parse_exactly(text: str | None, patterns: Iterable[str], styles: int = 0, *, invariant: bool = True) -> DateTime:
    """`DateTime.ParseExact`."""
    if text is None:
        raise null_argument("s")
    for pattern in patterns:
        try:
            found = parse_exact(text.strip() if styles & 3 else text, pattern, invariant=invariant)
        except (ValueError, OverflowError):
            continue
        return localized(*found, styles)
    raise _unparsable(text)


def _try(target: PSReference, read: Callable[[], Any], default: Any) -> bool:
    try:
        target.set(read())
    except NetError:
        target.set(default)
        return False
    return True


def _make(*parts: Any, kind: int = 0) -> DateTime:
    year, month, day, *rest = parts
    hour, minute, second, millisecond = (*rest, 0, 0, 0, 0)[:4]
    try:
        ticks = ticks_of(year, month, day, hour, minute, second)
    except ValueError:
        if rest and not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
            raise NetError.of(
                "System.ArgumentOutOfRangeException",
                "Hour, Minute, and Second parameters describe an un-representable DateTime.",
            ) from None
        raise NetError.of(
            "System.ArgumentOutOfRangeException",
            "Year, Month, and Day parameters describe an un-representable DateTime.",
        ) from None
    return DateTime(ticks + millisecond * _MILLISECOND, kind)


def _from_ticks(ticks: int, kind: int = 0) -> DateTime:
    if not 0 <= ticks <= MAX_TICKS:
        raise out_of_range("Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.", "ticks")
    return DateTime(int(ticks), kind)


def _day_of_year(parts: Parts) -> int:
    return (ticks_of(parts.year, parts.month, parts.day) - ticks_of(parts.year, 1, 1)) // TICKS_PER_DAY + 1


def _month_length(year: int, month: int) -> int:
    if not 1 <= month <= 12:
        raise out_of_range("Month must be between one and twelve.", "month")
    return calendar.monthrange(year, month)[1]


def _from_file_time(ticks: int, kind: int) -> DateTime:
    if not 0 <= ticks <= MAX_TICKS - FILE_TIME_EPOCH:
        raise out_of_range("Not a valid Win32 FileTime.", "fileTime")
    return DateTime(int(ticks) + FILE_TIME_EPOCH, kind)


def _adder(unit: int) -> Callable[[DateTime, float], DateTime]:
    def add(value: DateTime, amount: float) -> DateTime:
        if not math.isfinite(amount):
            raise out_of_range("Value to add was out of range.", "value")
        whole = int(amount)
        ticks = whole * unit + round((amount - whole) * unit)
        return _date(value.ticks + ticks, value.kind)

    return add


def _add_months(value: DateTime, months: int) -> DateTime:
    parts = parts_of(value.ticks)
    total = parts.year * 12 + parts.month - 1 + months
    year, month = total // 12, total % 12 + 1
    if not 1 <= year <= 9999:
        raise out_of_range("The added or subtracted value results in an un-representable DateTime.", "months")
    day = min(parts.day, calendar.monthrange(year, month)[1])
    return DateTime(ticks_of(year, month, day) + value.ticks % TICKS_PER_DAY, value.kind)


def _file_time(value: DateTime) -> Int64:
    ticks = value.ticks - FILE_TIME_EPOCH
    if ticks < 0:
        raise out_of_range("Not a valid Win32 FileTime.", "fileTime")
    return Int64(ticks)


# ---------------------------------------------------------------- TimeSpan

_UNITS: Final = (
    ("Days", TICKS_PER_DAY),
    ("Hours", 3600 * TICKS_PER_SECOND),
    ("Minutes", 60 * TICKS_PER_SECOND),
    ("Seconds", TICKS_PER_SECOND),
    ("Milliseconds", _MILLISECOND),
)
_MODULI: Final = {"Hours": 24, "Minutes": 60, "Seconds": 60, "Milliseconds": 1000}


def span_of(ticks: float) -> TimeSpan:
    """A time span of so many ticks; OverflowException where it is too long."""
    if math.isnan(ticks):
        raise NetError.of("System.ArgumentException", "TimeSpan does not accept floating point Not-a-Number values.")
    if not Int64.least <= ticks <= Int64.most:
        raise NetError.of("System.OverflowException", "TimeSpan overflowed because the duration is too long.")
    return TimeSpan(int(ticks))


def _component(unit: int, modulus: int | None) -> Callable[[TimeSpan], int]:
    def read(value: TimeSpan) -> int:
        whole = abs(value.ticks) // unit
        if modulus is not None:
            whole %= modulus
        return -whole if value.ticks < 0 else whole

    return read


def _build_span(*parts: int) -> TimeSpan:
    if len(parts) == 3:
        parts = (0, *parts)
    days, hours, minutes, seconds, milliseconds = (*parts, 0)[:5]
    return span_of(
        (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * TICKS_PER_SECOND + milliseconds * _MILLISECOND
    )


def parse_span(text: str | None) -> TimeSpan:
    """`TimeSpan.Parse`."""
    if text is None:
        raise null_argument("input")
    try:
        return parse_timespan(text)
    except ValueError:
        raise NetError.of(
            "System.FormatException", f"String '{text}' was not recognized as a valid TimeSpan."
        ) from None
    except OverflowError:
        message = (
            f"The TimeSpan string '{text}' could not be parsed because at least one of the numeric components is out of range or "
            f"contains too many digits."
        )
        raise NetError.of("System.OverflowException", message) from None


def _divided(span: TimeSpan, by: float) -> TimeSpan:
    if math.isnan(by):
        raise NetError.of(
            "System.ArgumentException",
            "TimeSpan does not accept floating point Not-a-Number values. (Parameter 'divisor')",
        )
    return span_of(math.inf if by == 0 else round(span.ticks / by))


def _quotient(one: TimeSpan, other: TimeSpan) -> float:
    if other.ticks:
        return one.ticks / other.ticks
    return math.nan if not one.ticks else math.copysign(math.inf, one.ticks)


# ---------------------------------------------------------------- DateTimeOffset

OFFSET: Final = members_of(net.DATETIME_OFFSET)


def parse_offset(text: str | None) -> DateTimeOffset:
    """`DateTimeOffset.Parse`."""
    if text is None:
        raise null_argument("input")
    try:
        ticks, offset = parse_date(text)
    except (ValueError, OverflowError):
        raise _unparsable(text) from None
    return DateTimeOffset(ticks, local_offset(ticks) if offset is None else offset)


def _from_date(value: DateTime) -> DateTimeOffset:
    return DateTimeOffset(value.ticks, 0 if value.kind == 1 else local_offset(value.ticks))


def _utc_ticks(value: DateTimeOffset) -> int:
    return value.ticks - value.offset * 60 * TICKS_PER_SECOND


def _to_offset(value: DateTimeOffset, span: TimeSpan) -> DateTimeOffset:
    return DateTimeOffset(_utc_ticks(value) + span.ticks, span.ticks // (60 * TICKS_PER_SECOND))


DATE.constructor("(long)", _from_ticks)
DATE.constructor("(long, System.DateTimeKind)", lambda ticks, kind: _from_ticks(ticks, kind.number))
DATE.constructor("(int, int, int)", _make)
DATE.constructor("(int, int, int, int, int, int)", _make)
DATE.constructor("(int, int, int, int, int, int, int)", _make)
DATE.constructor(
    "(int, int, int, int, int, int, System.DateTimeKind)", lambda *parts: _make(*parts[:-1], kind=parts[-1].number)
)
DATE.constructor(
    "(int, int, int, int, int, int, int, System.DateTimeKind)", lambda *parts: _make(*parts[:-1], kind=parts[-1].number)
)
DATE.default = lambda: DateTime(0)
for _position, _name in enumerate(("Year", "Month", "Day", "Hour", "Minute", "Second")):
    DATE.property(_name, lambda value, place=_position: parts_of(value.ticks)[place], "int")
DATE.property("Millisecond", lambda value: parts_of(value.ticks).fraction // _MILLISECOND, "int")
DATE.property("Microsecond", lambda value: parts_of(value.ticks).fraction // 10 % 1000, "int")
DATE.property(
    "DayOfWeek", lambda value: EnumValue(enums.DAY_OF_WEEK, parts_of(value.ticks).weekday), "System.DayOfWeek"
)
DATE.property("DayOfYear", lambda value: _day_of_year(parts_of(value.ticks)), "int")
DATE.property("Ticks", lambda value: Int64(value.ticks), "long")
DATE.property("Kind", lambda value: EnumValue(enums.DATE_KIND, value.kind), "System.DateTimeKind")
DATE.property("Date", lambda value: DateTime(value.ticks - value.ticks % TICKS_PER_DAY, value.kind), "datetime")
DATE.property("TimeOfDay", lambda value: TimeSpan(value.ticks % TICKS_PER_DAY), "timespan")
DATE.property("DateTime", lambda value: f"{net_text(value, 'D')} {net_text(value, 'T')}", "string")
DATE.static_property("MinValue", lambda: DateTime(0), "datetime")
DATE.static_property("MaxValue", lambda: DateTime(MAX_TICKS), "datetime")
DATE.static_property("UnixEpoch", lambda: DateTime(UNIX_EPOCH, 1), "datetime")
DATE.static_property("Now", lambda: DateTime(now_ticks(), 2), "datetime")
DATE.static_property("UtcNow", lambda: DateTime(now_ticks(utc=True), 1), "datetime")
DATE.static_property("Today", lambda: DateTime(now_ticks() // TICKS_PER_DAY * TICKS_PER_DAY, 2), "datetime")
DATE.static("Parse(string)", parse)
DATE.static("Parse(string, System.IFormatProvider)", lambda text, _provider: parse(text))
DATE.static(
    "Parse(string, System.IFormatProvider, System.Globalization.DateTimeStyles)",
    lambda text, _p, styles: parse(text, styles.number),
)
DATE.static(
    "ParseExact(string, string, System.IFormatProvider)",
    lambda text, pattern, p: parse_exactly(text, [pattern], invariant=is_invariant(p)),
)
DATE.static(
    "ParseExact(string, string, System.IFormatProvider, System.Globalization.DateTimeStyles)",
    lambda text, pattern, p, styles: parse_exactly(text, [pattern], styles.number, invariant=is_invariant(p)),
)
DATE.static(
    "ParseExact(string, string[], System.IFormatProvider, System.Globalization.DateTimeStyles)",
    lambda text, patterns, p, styles: parse_exactly(text, patterns, styles.number, invariant=is_invariant(p)),
)
DATE.static("TryParse(string, out datetime)", lambda text, target: _try(target, lambda: parse(text), DateTime(0)))
DATE.static(
    "TryParse(string, System.IFormatProvider, System.Globalization.DateTimeStyles, out datetime)",
    lambda text, _p, styles, target: _try(target, lambda: parse(text, styles.number), DateTime(0)),
)
DATE.static(
    "TryParseExact(string, string, System.IFormatProvider, System.Globalization.DateTimeStyles, out datetime)",
    lambda text, pattern, p, styles, target: _try(
        target, lambda: parse_exactly(text, [pattern], styles.number, invariant=is_invariant(p)), DateTime(0)
    ),
)
DATE.static(
    "TryParseExact(string, string[], System.IFormatProvider, System.Globalization.DateTimeStyles, out datetime)",
    lambda text, patterns, p, styles, target: _try(
        target, lambda: parse_exactly(text, patterns, styles.number, invariant=is_invariant(p)), DateTime(0)
    ),
)
DATE.static("DaysInMonth(int, int)", _month_length)
DATE.static("IsLeapYear(int)", calendar.isleap)
DATE.static("Compare(datetime, datetime)", natural_order)
DATE.static("Equals(datetime, datetime)", lambda one, other: one.ticks == other.ticks)
DATE.static("SpecifyKind(datetime, System.DateTimeKind)", lambda value, kind: DateTime(value.ticks, kind.number))


def _from_binary(data: int) -> DateTime:
    ticks = data & 0x3FFFFFFFFFFFFFFF
    if ticks > MAX_TICKS:
        bounds = "DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks. (Parameter 'dateData')"
        message = f"The binary data must result in a DateTime with ticks between {bounds}"
        raise NetError.of("System.ArgumentException", message)
    return DateTime(ticks, (data >> 62) & 3)


DATE.static("FromFileTime(long)", lambda ticks: _from_file_time(ticks, 2))
DATE.static("FromFileTimeUtc(long)", lambda ticks: _from_file_time(ticks, 1))
DATE.static("FromBinary(long)", _from_binary)
DATE.static(
    "FromOADate(double)", lambda days: DateTime(round(days * 86_400_000) * _MILLISECOND + 599_264_352_000_000_000)
)
DATE.static("op_Addition(datetime, timespan)", lambda value, span: _date(value.ticks + span.ticks, value.kind))
DATE.static("op_Subtraction(datetime, datetime)", lambda one, other: TimeSpan(one.ticks - other.ticks))
DATE.static("op_Subtraction(datetime, timespan)", lambda value, span: _date(value.ticks - span.ticks, value.kind))
for _name, _unit in (
    ("AddDays", TICKS_PER_DAY), ("AddHours", 3600 * TICKS_PER_SECOND), ("AddMinutes", 60 * TICKS_PER_SECOND),
    ("AddSeconds", TICKS_PER_SECOND), ("AddMilliseconds", _MILLISECOND),
):  # fmt: skip
    DATE.method(f"{_name}(double)", _adder(_unit))
DATE.method("AddTicks(long)", lambda value, ticks: _date(value.ticks + ticks, value.kind))
DATE.method("AddMonths(int)", _add_months)
DATE.method("AddYears(int)", lambda value, years: _add_months(value, years * 12))
DATE.method("Add(timespan)", lambda value, span: _date(value.ticks + span.ticks, value.kind))
DATE.method("Subtract(datetime)", lambda value, other: TimeSpan(value.ticks - other.ticks))
DATE.method("Subtract(timespan)", lambda value, span: _date(value.ticks - span.ticks, value.kind))
DATE.method("CompareTo(datetime)", natural_order)
DATE.method("CompareTo(object)", natural_order)
DATE.method("Equals(datetime)", lambda value, other: value.ticks == other.ticks)
DATE.method(
    "ToUniversalTime()", lambda value: DateTime(value.ticks - (0 if value.kind == 1 else local_offset(value.ticks)), 1)
)
DATE.method("ToLocalTime()", lambda value: DateTime(value.ticks, 2))
DATE.method("ToFileTime()", _file_time)
DATE.method("ToFileTimeUtc()", _file_time)
DATE.method("ToBinary()", lambda value: Int64(value.ticks | (value.kind << 62 if value.kind < 2 else -(1 << 63))))
DATE.method("ToOADate()", lambda value: (value.ticks - 599_264_352_000_000_000) / TICKS_PER_DAY)
DATE.method("IsDaylightSavingTime()", lambda _value: False)
DATE.method("ToShortDateString()", lambda value: net_text(value, "d"))
DATE.method("ToLongDateString()", lambda value: net_text(value, "D"))
DATE.method("ToShortTimeString()", lambda value: net_text(value, "t"))
DATE.method("ToLongTimeString()", lambda value: net_text(value, "T"))
for _table in (DATE, SPAN, members_of(net.DATETIME_OFFSET), members_of(net.GUID)):
    _table.method("ToString()", net_text)
    _table.method("ToString(string)", lambda value, spec: net_text(value, spec or ""))
    _table.method(
        "ToString(string, System.IFormatProvider)",
        lambda value, spec, provider: net_text(value, spec or "", invariant=is_invariant(provider)),
    )
for _table in (DATE, members_of(net.DATETIME_OFFSET)):
    _table.method(
        "ToString(System.IFormatProvider)", lambda value, provider: net_text(value, invariant=is_invariant(provider))
    )
SPAN.constructor("(long)", lambda ticks: TimeSpan(int(ticks)))
SPAN.constructor("(int, int, int)", _build_span)
SPAN.constructor("(int, int, int, int)", _build_span)
SPAN.constructor("(int, int, int, int, int)", _build_span)
SPAN.default = lambda: TimeSpan(0)
for _name, _unit in _UNITS:
    SPAN.property(_name, _component(_unit, _MODULI.get(_name)), "int")
    SPAN.property(f"Total{_name}", lambda value, unit=_unit: value.ticks / unit, "double")
    SPAN.static(
        f"From{_name}(double)",
        lambda amount, unit=_unit: span_of(round(amount * unit) if math.isfinite(amount) else amount),
    )
SPAN.property("Ticks", lambda value: Int64(value.ticks), "long")
SPAN.static("FromTicks(long)", lambda ticks: TimeSpan(int(ticks)))
SPAN.static_property("Zero", lambda: TimeSpan(0), "timespan")
SPAN.static_property("MaxValue", lambda: TimeSpan(Int64.most), "timespan")
SPAN.static_property("MinValue", lambda: TimeSpan(Int64.least), "timespan")
for _name, _ticks in (
    ("TicksPerDay", TICKS_PER_DAY), ("TicksPerHour", 3600 * TICKS_PER_SECOND), ("TicksPerMinute", 60 * TICKS_PER_SECOND),
    ("TicksPerSecond", TICKS_PER_SECOND), ("TicksPerMillisecond", _MILLISECOND),
):  # fmt: skip
    SPAN.static_property(_name, lambda ticks=_ticks: Int64(ticks), "long")
SPAN.static("Parse(string)", parse_span)
SPAN.static("Parse(string, System.IFormatProvider)", lambda text, _provider: parse_span(text))
SPAN.static("TryParse(string, out timespan)", lambda text, target: _try(target, lambda: parse_span(text), TimeSpan(0)))
SPAN.static(
    "TryParse(string, System.IFormatProvider, out timespan)",
    lambda text, _p, target: _try(target, lambda: parse_span(text), TimeSpan(0)),
)
SPAN.static("Compare(timespan, timespan)", natural_order)
SPAN.static("op_Addition(timespan, timespan)", lambda one, other: span_of(one.ticks + other.ticks))
SPAN.static("op_Subtraction(timespan, timespan)", lambda one, other: span_of(one.ticks - other.ticks))
SPAN.static("op_UnaryNegation(timespan)", lambda value: span_of(-value.ticks))
SPAN.static("op_UnaryPlus(timespan)", lambda value: value)
SPAN.static(
    "op_Multiply(timespan, double)", lambda span, by: span_of(round(span.ticks * by) if math.isfinite(by) else by)
)
SPAN.static(
    "op_Multiply(double, timespan)", lambda by, span: span_of(round(span.ticks * by) if math.isfinite(by) else by)
)
SPAN.static("op_Division(timespan, double)", _divided)
SPAN.static("op_Division(timespan, timespan)", _quotient)
SPAN.method("Add(timespan)", lambda one, other: span_of(one.ticks + other.ticks))
SPAN.method("Subtract(timespan)", lambda one, other: span_of(one.ticks - other.ticks))
SPAN.method("Multiply(double)", lambda span, by: span_of(round(span.ticks * by)))
SPAN.method("Divide(double)", _divided)
SPAN.method("Divide(timespan)", _quotient)
SPAN.method("Negate()", lambda value: span_of(-value.ticks))
SPAN.method("Duration()", lambda value: span_of(abs(value.ticks)))
SPAN.method("CompareTo(timespan)", natural_order)
SPAN.method("CompareTo(object)", natural_order)
SPAN.method("Equals(timespan)", lambda one, other: one.ticks == other.ticks)
OFFSET.constructor("(datetime)", _from_date)
OFFSET.constructor(
    "(datetime, timespan)", lambda value, span: DateTimeOffset(value.ticks, span.ticks // (60 * TICKS_PER_SECOND))
)
OFFSET.default = lambda: DateTimeOffset(0)
OFFSET.static("Parse(string)", parse_offset)
OFFSET.static("Parse(string, System.IFormatProvider)", lambda text, _provider: parse_offset(text))
OFFSET.static(
    "TryParse(string, out System.DateTimeOffset)",
    lambda text, target: _try(target, lambda: parse_offset(text), DateTimeOffset(0)),
)


def _since_epoch(count: int, unit: int, parameter: str) -> DateTimeOffset:
    ticks = UNIX_EPOCH + int(count) * unit
    if not 0 <= ticks <= MAX_TICKS:
        least, most = -UNIX_EPOCH // unit, (MAX_TICKS - UNIX_EPOCH) // unit
        raise out_of_range(f"Valid values are between {least} and {most}, inclusive.", parameter)
    return DateTimeOffset(ticks)


OFFSET.static("FromUnixTimeSeconds(long)", lambda count: _since_epoch(count, TICKS_PER_SECOND, "seconds"))
OFFSET.static("FromUnixTimeMilliseconds(long)", lambda count: _since_epoch(count, _MILLISECOND, "milliseconds"))
OFFSET.static_property("Now", lambda: _from_date(DateTime(now_ticks(), 2)))
OFFSET.static_property("UtcNow", lambda: _from_date(DateTime(now_ticks(utc=True), 1)))
OFFSET.property("DateTime", lambda value: DateTime(value.ticks), "datetime")
OFFSET.property("UtcDateTime", lambda value: DateTime(_utc_ticks(value), 1), "datetime")
OFFSET.property("LocalDateTime", lambda value: DateTime(_utc_ticks(value), 2), "datetime")
OFFSET.property("Offset", lambda value: TimeSpan(value.offset * 60 * TICKS_PER_SECOND), "timespan")
OFFSET.property("Ticks", lambda value: Int64(value.ticks), "long")
OFFSET.property("UtcTicks", lambda value: Int64(_utc_ticks(value)), "long")
OFFSET.property("Date", lambda value: DateTime(value.ticks // TICKS_PER_DAY * TICKS_PER_DAY), "datetime")
OFFSET.property("TimeOfDay", lambda value: TimeSpan(value.ticks % TICKS_PER_DAY), "timespan")
OFFSET.property("TotalOffsetMinutes", lambda value: value.offset, "int")
OFFSET.property(
    "DayOfWeek", lambda value: EnumValue(enums.DAY_OF_WEEK, parts_of(value.ticks).weekday), "System.DayOfWeek"
)
OFFSET.property(
    "DayOfYear",
    lambda value: (value.ticks - ticks_of(parts_of(value.ticks).year, 1, 1)) // TICKS_PER_DAY + 1,
    "int",
)
for _name, _unit in (("Millisecond", _MILLISECOND), ("Microsecond", 10)):
    OFFSET.property(_name, lambda value, unit=_unit: value.ticks // unit % 1000, "int")
OFFSET.property("Nanosecond", lambda value: value.ticks % 10 * 100, "int")
OFFSET.constructor("(long, timespan)", lambda ticks, span: DateTimeOffset(ticks, span.ticks // (60 * TICKS_PER_SECOND)))
OFFSET.constructor(
    "(int, int, int, int, int, int, timespan)",
    lambda *parts: DateTimeOffset(_calendar(*parts[:6]), parts[6].ticks // (60 * TICKS_PER_SECOND)),
)
for _position, _name in enumerate(("Year", "Month", "Day", "Hour", "Minute", "Second")):
    OFFSET.property(_name, lambda value, place=_position: parts_of(value.ticks)[place], "int")
OFFSET.method("ToUnixTimeSeconds()", lambda value: Int64((_utc_ticks(value) - UNIX_EPOCH) // TICKS_PER_SECOND))
OFFSET.method("ToUnixTimeMilliseconds()", lambda value: Int64((_utc_ticks(value) - UNIX_EPOCH) // _MILLISECOND))
OFFSET.method("ToUniversalTime()", lambda value: DateTimeOffset(_utc_ticks(value)))
OFFSET.method("ToLocalTime()", lambda value: DateTimeOffset(_utc_ticks(value)))
OFFSET.method("ToOffset(timespan)", _to_offset)
for _name, _unit in _UNITS:
    OFFSET.method(
        f"Add{_name}(double)",
        lambda value, amount, unit=_unit: DateTimeOffset(value.ticks + round(amount * unit), value.offset),
    )


CAST_OPERATORS[net.DATETIME, net.DATETIME_OFFSET] = (_from_date, True)

__all__ = ["Value", "parse", "parse_span"]
