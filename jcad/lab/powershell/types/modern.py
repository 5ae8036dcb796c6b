"""SemanticVersion, DateOnly and TimeOnly: types that PowerShell 7 has and Windows PowerShell 5.1 has not.

`types.resolve` finds none of these for 5.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.formatting.dateparse import parse_date
from jcad.lab.powershell.formatting.dates import format_date, parts_of, ticks_of
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.operators.comparison import ORDERS
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.names import ACCELERATORS
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    DateTime,
    EnumValue,
    Int64,
    NetObject,
    TimeSpan,
    Version,
)

if TYPE_CHECKING:
    from jcad.lab.powershell.values import PSReference

_SEMANTIC: Final = re.compile(
    r"(?P<major>\d+)(\.(?P<minor>\d+))?(\.(?P<patch>\d+))?(-(?P<pre>[0-9A-Za-z.-]+))?(\+(?P<build>[0-9A-Za-z.-]+))?\Z"
)
_MIDNIGHT: Final = "System.ArgumentOutOfRangeException"


class SemanticVersion(NetObject):
    """A version as semver.org has it: 7.4.0-preview.1+build5."""

    __slots__ = ("build", "major", "minor", "patch", "pre_release")
    net_type = net.define("System.Management.Automation.SemanticVersion", interfaces=(net.ICOMPARABLE,))

    def __init__(
        self, major: int, minor: int = 0, patch: int = 0, pre_release: str | None = None, build: str | None = None
    ) -> None:
        super().__init__()
        self.major, self.minor, self.patch = major, minor, patch
        self.pre_release, self.build = pre_release, build

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return text + (f"-{self.pre_release}" if self.pre_release else "") + (f"+{self.build}" if self.build else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemanticVersion) and self.order() == other.order()

    def __hash__(self) -> int:
        return hash(str(self))

    def order(self) -> tuple[Any, ...]:
        """What it is ordered by: a pre-release comes before its release, numbers in it before words; the build is nothing."""
        parts = (self.pre_release or "").split(".") if self.pre_release else []
        labels = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
        return (self.major, self.minor, self.patch, not parts, labels)


def _parse_semantic(text: str | None) -> SemanticVersion:
    if text is None:
        raise null_argument("version")
    found = _SEMANTIC.match(text)
    if found is None:
        raise NetError.of("System.FormatException", f"The input string '{text}' was not in a correct format.")
    major, minor, patch = (int(found[name] or 0) for name in ("major", "minor", "patch"))
    return SemanticVersion(major, minor, patch, found["pre"], found["build"])


def _made(*parts: Any) -> SemanticVersion:
    if any(isinstance(part, int) and part < 0 for part in parts):
        raise NetError.of(
            "System.Management.Automation.PSArgumentException", "Cannot process argument because it is negative."
        )
    return SemanticVersion(*parts)


def _order(one: SemanticVersion, other: SemanticVersion) -> int:
    return (one.order() > other.order()) - (one.order() < other.order())


def _try_semantic(text: str, target: PSReference) -> bool:
    try:
        target.set(_parse_semantic(text))
    except NetError:
        target.set(None)
        return False
    return True


class DateOnly(NetObject):
    """A day without a time: `number` days since the first of January of the year 1."""

    __slots__ = ("number",)
    net_type = net.define("System.DateOnly", is_value=True, interfaces=(net.ICOMPARABLE, net.IFORMATTABLE))

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DateOnly) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    @property
    def ticks(self) -> int:
        """Its midnight, in ticks."""
        return self.number * TICKS_PER_DAY


class TimeOnly(NetObject):
    """A time of any day, in ticks since midnight."""

    __slots__ = ("ticks",)
    net_type = net.define("System.TimeOnly", is_value=True, interfaces=(net.ICOMPARABLE, net.IFORMATTABLE))

    def __init__(self, ticks: int) -> None:
        super().__init__()
        self.ticks = ticks % TICKS_PER_DAY

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimeOnly) and self.ticks == other.ticks

    def __hash__(self) -> int:
        return hash(self.ticks)


def _day(year: int, month: int, day: int) -> DateOnly:
    try:
        return DateOnly(ticks_of(year, month, day) // TICKS_PER_DAY)
    except ValueError:
        raise NetError.of(_MIDNIGHT, "Year, Month, and Day parameters describe an un-representable DateTime.") from None


def _time(hour: int, minute: int, second: int = 0, millisecond: int = 0) -> TimeOnly:
    try:
        return TimeOnly(ticks_of(1, 1, 1, hour, minute, second) + millisecond * (TICKS_PER_SECOND // 1000))
    except ValueError:
        raise NetError.of(
            _MIDNIGHT, "Hour, Minute, and Second parameters describe an un-representable DateTime."
        ) from None


def _read(text: str | None, kind: str) -> int:
    if text is None:
        raise null_argument("s")
    try:
        return parse_date(text)[0]
    except (ValueError, OverflowError):
        raise NetError.of("System.FormatException", f"String '{text}' was not recognized as a valid {kind}.") from None


def _with_months(value: DateOnly, months: int) -> DateOnly:
    parts = parts_of(value.ticks)
    year, month = divmod(parts.year * 12 + parts.month - 1 + months, 12)
    for day in range(parts.day, 27, -1):
        try:
            return DateOnly(ticks_of(year, month + 1, day) // TICKS_PER_DAY)
        except ValueError:
            continue
    return _day(year, month + 1, min(parts.day, 28))


def _bounded(number: int) -> DateOnly:
    if not 0 <= number <= 3_652_058:
        raise out_of_range("Value to add was out of range.", "value")
    return DateOnly(number)


def _declare_versions() -> None:
    ACCELERATORS["semver"] = "System.Management.Automation.SemanticVersion"
    members = members_of(SemanticVersion.net_type)
    members.constructor("(string)", _parse_semantic)
    for signature in (
        "(int)",
        "(int, int)",
        "(int, int, int)",
        "(int, int, int, string)",
        "(int, int, int, string, string)",
    ):
        members.constructor(signature, _made)
    members.constructor("(version)", _from_version)
    members.static("Parse(string)", _parse_semantic)
    members.static("TryParse(string, out System.Management.Automation.SemanticVersion)", _try_semantic)
    members.static_property("Empty", lambda: SemanticVersion(0), "System.Management.Automation.SemanticVersion")
    for name, getter in (("Major", "major"), ("Minor", "minor"), ("Patch", "patch")):
        members.property(name, lambda value, part=getter: getattr(value, part), "int")
    members.property("PreReleaseLabel", lambda value: value.pre_release, "string")
    members.property("BuildLabel", lambda value: value.build, "string")
    members.method("ToString()", str)
    members.method("CompareTo(object)", _order)
    textual(SemanticVersion, lambda value, _spec, _invariant: str(value))
    ORDERS[SemanticVersion] = _order


def _from_version(version: Version) -> SemanticVersion:
    if version.revision > 0:
        raise NetError.of(
            "System.Management.Automation.PSArgumentException", "Cannot process argument because it has a revision."
        )
    return SemanticVersion(version.major, version.minor, max(0, version.build))


def _declare_days() -> None:
    members = members_of(DateOnly.net_type)
    members.default = lambda: DateOnly(0)
    members.constructor("(int, int, int)", _day)
    members.static("FromDateTime(datetime)", lambda value: DateOnly(value.ticks // TICKS_PER_DAY))
    members.static("FromDayNumber(int)", _bounded)
    members.static("Parse(string)", lambda text: DateOnly(_read(text, "DateOnly") // TICKS_PER_DAY))
    members.static_property("MinValue", lambda: DateOnly(0), "System.DateOnly")
    members.static_property("MaxValue", lambda: DateOnly(3_652_058), "System.DateOnly")
    for name, part in (("Year", "year"), ("Month", "month"), ("Day", "day")):
        members.property(name, lambda value, part=part: getattr(parts_of(value.ticks), part), "int")
    members.property(
        "DayOfWeek", lambda value: EnumValue(enums.DAY_OF_WEEK, parts_of(value.ticks).weekday), "System.DayOfWeek"
    )
    members.property(
        "DayOfYear",
        lambda value: value.number - ticks_of(parts_of(value.ticks).year, 1, 1) // TICKS_PER_DAY + 1,
        "int",
    )
    members.property("DayNumber", lambda value: value.number, "int")
    members.method("AddDays(int)", lambda value, days: _bounded(value.number + days))
    members.method("AddMonths(int)", _with_months)
    members.method("AddYears(int)", lambda value, years: _with_months(value, 12 * years))
    members.method("ToDateTime(System.TimeOnly)", lambda value, time: DateTime(value.ticks + time.ticks, 0))
    members.method("ToString()", lambda value: _day_text(value, "", invariant=False))
    members.method("ToString(string)", lambda value, spec: _day_text(value, spec, invariant=False))
    textual(DateOnly, lambda value, spec, invariant: _day_text(value, spec, invariant=invariant))
    ORDERS[DateOnly] = lambda one, other: (one.number > other.number) - (one.number < other.number)


def _day_text(value: DateOnly, spec: str, *, invariant: bool) -> str:
    return format_date(DateTime(value.ticks, 0), spec or "d", invariant=invariant)


def _declare_times() -> None:
    members = members_of(TimeOnly.net_type)
    members.default = lambda: TimeOnly(0)
    for signature in ("(int, int)", "(int, int, int)", "(int, int, int, int)"):
        members.constructor(signature, _time)
    members.constructor("(long)", TimeOnly)
    members.static("FromDateTime(datetime)", lambda value: TimeOnly(value.ticks))
    members.static("FromTimeSpan(timespan)", lambda value: TimeOnly(value.ticks))
    members.static("Parse(string)", lambda text: TimeOnly(_read(text, "TimeOnly")))
    members.static_property("MinValue", lambda: TimeOnly(0), "System.TimeOnly")
    members.static_property("MaxValue", lambda: TimeOnly(TICKS_PER_DAY - 1), "System.TimeOnly")
    for name, part in (("Hour", "hour"), ("Minute", "minute"), ("Second", "second")):
        members.property(name, lambda value, part=part: getattr(parts_of(value.ticks), part), "int")
    for name, unit in (("Millisecond", 10_000), ("Microsecond", 10)):
        members.property(name, lambda value, unit=unit: value.ticks // unit % 1000, "int")
    members.property("Nanosecond", lambda value: value.ticks % 10 * 100, "int")
    members.property("Ticks", lambda value: Int64(value.ticks), "long")
    members.method("Add(timespan)", lambda value, span: TimeOnly(value.ticks + span.ticks))
    members.method("ToTimeSpan()", lambda value: TimeSpan(value.ticks))
    members.method("ToString()", lambda value: _time_text(value, "", invariant=False))
    members.method("ToString(string)", lambda value, spec: _time_text(value, spec, invariant=False))
    textual(TimeOnly, lambda value, spec, invariant: _time_text(value, spec, invariant=invariant))
    ORDERS[TimeOnly] = lambda one, other: (one.ticks > other.ticks) - (one.ticks < other.ticks)


def _time_text(value: TimeOnly, spec: str, *, invariant: bool) -> str:
    return format_date(DateTime(value.ticks, 0), spec or "t", invariant=invariant)


_declare_versions()
_declare_days()
_declare_times()
