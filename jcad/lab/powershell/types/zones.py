"""TimeZoneInfo: the lab's hosts live in UTC, and know no other zone."""

from __future__ import annotations

from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import DateTime, NetObject, TimeSpan

_NAMES: Final = {"utc", "etc/utc"}
_LOCAL: Final = 2  # DateTimeKind
_UTC: Final = 1


class TimeZoneInfo(NetObject):
    """The zone UTC."""

    __slots__ = ()
    net_type = net.define("System.TimeZoneInfo")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimeZoneInfo)

    def __hash__(self) -> int:
        return 0


def _zone(name: str | None) -> TimeZoneInfo:
    if name is None:
        raise null_argument("id")
    if name.lower() not in _NAMES:
        raise LabUnsupported(f"the time zone {name}")
    return TimeZoneInfo()


def _to_utc(value: DateTime) -> DateTime:
    return DateTime(value.ticks, _UTC)


def _from_utc(value: DateTime, _zone: TimeZoneInfo) -> DateTime:
    if value.kind == _LOCAL:
        why = "the supplied DateTime did not have the Kind property set correctly."
        message = f"The conversion could not be completed because {why}"
        raise NetError.of("System.ArgumentException", message)
    return DateTime(value.ticks, _UTC)


_ZONE: Final = members_of(TimeZoneInfo.net_type)
_ZONE.static_property("Utc", TimeZoneInfo, "System.TimeZoneInfo")
_ZONE.static_property("Local", TimeZoneInfo, "System.TimeZoneInfo")
_ZONE.static("FindSystemTimeZoneById(string)", _zone)
_ZONE.static("ConvertTimeToUtc(datetime)", _to_utc)
_ZONE.static("ConvertTimeFromUtc(datetime, System.TimeZoneInfo)", _from_utc)
_ZONE.static("ConvertTime(datetime, System.TimeZoneInfo)", lambda value, _zone: _to_utc(value))
_ZONE.static(
    "ConvertTimeBySystemTimeZoneId(datetime, string)", lambda value, name: _from_utc(_to_utc(value), _zone(name))
)
_ZONE.property("Id", lambda _zone: "UTC", "string")
_ZONE.property("HasIanaId", lambda _zone: True, "bool")
_ZONE.property("DisplayName", lambda _zone: "(UTC) Coordinated Universal Time", "string")
for _name in ("StandardName", "DaylightName"):
    _ZONE.property(_name, lambda _zone: "Coordinated Universal Time", "string")
_ZONE.property("BaseUtcOffset", lambda _zone: TimeSpan(0), "timespan")
_ZONE.property("SupportsDaylightSavingTime", lambda _zone: False, "bool")
_ZONE.method("GetUtcOffset(datetime)", lambda _zone, _when: TimeSpan(0))
_ZONE.method("IsDaylightSavingTime(datetime)", lambda _zone, _when: False)
_ZONE.method("ToString()", lambda _zone: "(UTC) Coordinated Universal Time")
textual(TimeZoneInfo, lambda _zone, _spec, _invariant: "(UTC) Coordinated Universal Time")
