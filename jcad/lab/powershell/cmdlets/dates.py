"""Get-Date, New-TimeSpan, New-Guid and Get-Culture."""

from __future__ import annotations

import uuid
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.formatting.dateparse import now_ticks
from jcad.lab.powershell.formatting.dates import parts_of, ticks_of
from jcad.lab.powershell.objects import net_text, to_text
from jcad.lab.powershell.types.cultures import make_culture
from jcad.lab.powershell.types.times import span_of
from jcad.lab.powershell.values import TICKS_PER_DAY, TICKS_PER_SECOND, DateTime, TimeSpan

_UNIX_EPOCH: Final = 621_355_968_000_000_000


_UNIX: Final = {
    "Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "H": "HH", "I": "hh", "M": "mm", "S": "ss", "p": "tt", "A": "dddd", "a": "ddd",
    "B": "MMMM", "b": "MMM", "h": "MMM", "T": "HH:mm:ss", "R": "HH:mm", "D": "MM/dd/yy", "x": "MM/dd/yy", "F": "yyyy-MM-dd",
    "Z": "zz", "r": "hh:mm:ss tt", "X": "HH:mm:ss", "c": "ddd dd MMM yyyy HH:mm:ss",
}  # fmt: skip


def unix_text(value: DateTime, pattern: str) -> str:
    """-UFormat: the format specifiers of Unix' date that Get-Date knows."""
    letters = iter(pattern.removeprefix("+"))
    return "".join(_unix_part(value, next(letters, "")) if letter == "%" else letter for letter in letters)


def _unix_part(value: DateTime, letter: str) -> str:
    if letter in _UNIX:
        return net_text(value, "'" + "'" + _UNIX[letter])
    parts = parts_of(value.ticks)
    day_of_year = (value.ticks - ticks_of(parts.year, 1, 1)) // TICKS_PER_DAY + 1
    known = {
        "j": f"{day_of_year:03d}",
        "u": str(parts.weekday or 7),
        "w": str(parts.weekday),
        "e": f"{parts.day:2d}",
        "s": str((value.ticks - _UNIX_EPOCH) // TICKS_PER_SECOND),
        "n": "\n",
        "t": "\t",
        "%": "%",
    }
    if letter not in known:
        raise LabUnsupported(f"Get-Date -UFormat %{letter}")
    return known[letter]


@core("Get-Date", unsupported="DisplayHint AsUTC")
class GetDate(Cmdlet):
    """The clock, or a date with some of its parts set; -Format makes it text."""

    def process(self) -> None:
        """Write the date."""
        value = self._date()
        unix = self.bound.get("UFormat")
        if unix is not None:
            self.context.write(unix_text(value, unix))
            return
        pattern = self.bound.get("Format")
        if pattern is None:
            self.context.write(value)
            return
        known = {
            "filedate": "yyyyMMdd",
            "filedateuniversal": "yyyyMMdd'Z'",
            "filedatetime": "yyyyMMdd'T'HHmmssffff",
            "filedatetimeuniversal": "yyyyMMdd'T'HHmmssffff'Z'",
        }
        self.context.write(net_text(value, known.get(pattern.lower(), pattern)))

    def _date(self) -> DateTime:
        seconds = self.bound.get("UnixTimeSeconds")
        if seconds is not None:
            return DateTime(_UNIX_EPOCH + int(seconds) * TICKS_PER_SECOND, 2)
        given = self.bound.get("Date")
        value = DateTime(now_ticks(), 2) if given is None else given
        names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
        if not any(name in self.bound for name in (*names, "Millisecond")):
            return value
        parts = parts_of(value.ticks)
        numbers = [self.bound.get(name, parts[place]) for place, name in enumerate(names)]
        millisecond = self.bound.get("Millisecond")
        fraction = parts.fraction if millisecond is None else millisecond * 10_000
        try:
            return DateTime(ticks_of(*numbers) + fraction, value.kind)
        except ValueError:
            raise LabUnsupported(f"Get-Date with the parts {numbers}") from None


@core("New-TimeSpan")
class NewTimeSpan(Cmdlet):
    """From parts, or between two dates (the clock where one is left out)."""

    def process(self) -> None:
        """Write the time span."""
        if self.context.set_name == "Time":
            parts = {
                "Days": TICKS_PER_DAY,
                "Hours": 3600 * TICKS_PER_SECOND,
                "Minutes": 60 * TICKS_PER_SECOND,
                "Seconds": TICKS_PER_SECOND,
                "Milliseconds": 10_000,
            }
            self.context.write(span_of(sum(self.bound.get(name, 0) * unit for name, unit in parts.items())))
            return
        now = DateTime(now_ticks(), 2)
        start, end = self.bound.get("Start", now), self.bound.get("End", now)
        self.context.write(TimeSpan(end.ticks - start.ticks))


@core("New-Guid")
class NewGuid(Cmdlet):
    """A random GUID, the empty one, or one from text."""

    def process(self) -> None:
        """Write the GUID."""
        text = self.bound.get("InputObject")
        if text is not None:
            self._from_text(to_text(text))
        else:
            self.context.write(uuid.UUID(int=0) if self.on("Empty") else uuid.uuid4())

    def _from_text(self, text: str) -> None:
        from jcad.lab.powershell.errors import NetError  # noqa: PLC0415  - only here
        from jcad.lab.powershell.types.identity import parse_guid  # noqa: PLC0415  - only here

        try:
            self.context.write(parse_guid(text))
        except NetError as error:
            record = ErrorRecord(
                NetException(error.exception.type_name, error.exception.message),
                "StringNotRecognizedAsGuid",
                "InvalidArgument",
                text,
            )
            self.context.write_error(record)


@core("Get-Culture", unsupported="Name NoUserOverrides ListAvailable")
class GetCulture(Cmdlet):
    """The culture of the lab's hosts."""

    def process(self) -> None:
        """Write it."""
        self.context.write(make_culture("en-US"))


@core("Get-UICulture")
class GetUICulture(Cmdlet):
    """The user interface culture of the lab's hosts."""

    def process(self) -> None:
        """Write it."""
        self.context.write(make_culture("en-US"))


__all__: list[Any] = ["GetDate", "NewGuid", "NewTimeSpan", "net"]
