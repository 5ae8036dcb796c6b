"""Measure-Object and Measure-Command."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any, Final

from jcad.lab.powershell import access
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.cmdlets.ordering import order
from jcad.lab.powershell.cmdlets.properties import PropertyExpression, property_expressions
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import TICKS_PER_SECOND, NetObject, TimeSpan, base_of

_NUMBERS: Final = (int, float, Decimal)


class Measurement(NetObject):
    """What Measure-Object found of one property."""

    __slots__ = ("asked", "best", "count", "name", "numeric", "squares", "total", "worst")
    net_type = net.define(
        "Microsoft.PowerShell.Commands.GenericMeasureInfo",
        base=net.define("Microsoft.PowerShell.Commands.MeasureInfo"),
    )

    def __init__(self, name: str | None, asked: frozenset[str]) -> None:
        super().__init__()
        self.name = name
        self.asked = asked
        self.count = 0
        self.numeric = 0
        self.total = 0.0
        self.squares = 0.0
        self.best: Any = None
        self.worst: Any = None


class ObjectMeasurement(Measurement):
    """The same where minimum and maximum may be any object."""

    __slots__ = ()
    net_type = net.define(
        "Microsoft.PowerShell.Commands.GenericObjectMeasureInfo",
        base=net.define("Microsoft.PowerShell.Commands.MeasureInfo"),
    )


class TextMeasurement(NetObject):
    """What Measure-Object -Line -Word -Character found."""

    __slots__ = ("asked", "characters", "lines", "name", "words")
    net_type = net.define(
        "Microsoft.PowerShell.Commands.TextMeasureInfo", base=net.define("Microsoft.PowerShell.Commands.MeasureInfo")
    )

    def __init__(self, name: str | None, asked: frozenset[str]) -> None:
        super().__init__()
        self.name = name
        self.asked = asked
        self.lines = self.words = self.characters = 0


def _declare() -> None:
    for kind in (Measurement, ObjectMeasurement):
        members = members_of(kind.net_type)
        members.property("Count", lambda m: m.count, "int")
        members.property("Average", _average)
        members.property("Sum", lambda m: m.total if "Sum" in m.asked and m.count else None)
        members.property("Maximum", lambda m: _extreme(m, "Maximum"))
        members.property("Minimum", lambda m: _extreme(m, "Minimum"))
        members.property("StandardDeviation", _deviation)
        members.property("Property", lambda m: m.name, "string")
    members = members_of(TextMeasurement.net_type)
    members.property("Lines", lambda m: m.lines if "Line" in m.asked else None)
    members.property("Words", lambda m: m.words if "Word" in m.asked else None)
    members.property("Characters", lambda m: m.characters if "Character" in m.asked else None)
    members.property("Property", lambda m: m.name, "string")


def _average(found: Measurement) -> Any:
    return found.total / found.count if "Average" in found.asked and found.count else None


def _deviation(found: Measurement) -> Any:
    if "StandardDeviation" not in found.asked or not found.count:
        return None
    if found.count == 1:
        return 0.0
    mean = found.total / found.count
    return float((max(found.squares - found.count * mean * mean, 0.0) / (found.count - 1)) ** 0.5)


def _extreme(found: Measurement, which: str) -> Any:
    if which not in found.asked:
        return None
    value = found.best if which == "Maximum" else found.worst
    if type(found) is Measurement and isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return float(value)
    return value


_declare()


@core("Measure-Object")
class MeasureObject(Cmdlet):
    """Count, and reckon with numbers or count in text."""

    __slots__ = ("_asked", "_found", "_properties", "_texts")

    def begin(self) -> None:
        """Make ready for the first object."""
        self._properties: list[PropertyExpression | None] = list(
            property_expressions(self.bound.get("Property"), self.context, "expression name")
        )
        asked = [name for name in ("Sum", "Average", "Maximum", "Minimum", "StandardDeviation") if self.on(name)]
        if self.on("AllStats"):
            asked = ["Sum", "Average", "Maximum", "Minimum", "StandardDeviation"]
        self._asked = frozenset(asked)
        self._texts: dict[str | None, TextMeasurement] = {}
        self._found: dict[str | None, Measurement] = {}

    def _is_text(self) -> bool:
        return any(self.on(name) for name in ("Line", "Word", "Character"))

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        item = self.bound.get("InputObject")
        if item is None:
            return
        for one in self._properties or [None]:
            self._measure(one, item)

    def _measure(self, one: PropertyExpression | None, item: Any) -> None:
        name = None if one is None else one.label
        value = item if one is None else one.find(item, self.context)
        if value is access.MISSING or value is None:
            return
        if self._is_text():
            self._text(name, to_text(value))
        else:
            self._value(name, value)

    def _value(self, name: str | None, value: Any) -> None:
        found = self._entry(name)
        if self._asked & {"Sum", "Average", "StandardDeviation"}:
            number = self._number(value)
            if number is None:
                return
            found.total += number
            found.squares += number * number
        found.count += 1
        if self._asked & {"Maximum", "Minimum"}:
            self._compare(found, value)

    def _compare(self, found: Measurement, value: Any) -> None:
        base = base_of(value)
        if isinstance(base, str):
            try:
                base = cast(base, net.DOUBLE)
            except Failure:
                base = base_of(value)
        if found.best is None or order(base, found.best, ignore_case=True) > 0:
            found.best = base
        if found.worst is None or order(base, found.worst, ignore_case=True) < 0:
            found.worst = base

    def _entry(self, name: str | None) -> Measurement:
        found = self._found.get(name)
        if found is None:
            plain = not self._asked or self._asked & {"Sum", "Average", "StandardDeviation"}
            kind = Measurement if plain else ObjectMeasurement
            found = self._found[name] = kind(name, self._asked)
        return found

    def _number(self, value: Any) -> float | None:
        base = base_of(value)
        if isinstance(base, _NUMBERS) and not isinstance(base, bool):
            return float(base)
        try:
            return float(cast(value, net.DOUBLE))
        except Failure:
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.PSInvalidOperationException",
                        f'Input object "{to_text(value)}" is not numeric.',
                    ),
                    "NonNumericInputObject",
                    "InvalidType",
                    value,
                )
            )
            return None

    def _text(self, name: str | None, text: str) -> None:
        asked = frozenset(one for one in ("Line", "Word", "Character") if self.on(one))
        found = self._texts.setdefault(name, TextMeasurement(name, asked))
        found.lines += len([line for line in text.split("\n") if line != "" or "\n" not in text]) if text else 0
        found.words += len(re.findall(r"\S+", text))
        found.characters += len(re.sub(r"\s", "", text)) if self.on("IgnoreWhiteSpace") else len(text)

    def end(self) -> None:
        """Finish after the last object."""
        if self._is_text():
            for text in self._texts.values() or [TextMeasurement(None, frozenset(("Line", "Word", "Character")))]:
                self.context.write(text)
            return
        if not self._found and not self._properties:
            self._entry(None)
        if not self._found and self._properties and not self._asked:
            self._entry(self._properties[0].label if self._properties[0] is not None else None)
        for found in self._found.values():
            self.context.write(found)


@core("Measure-Command")
class MeasureCommand(Cmdlet):
    """Run a script block and tell how long it took."""

    __slots__ = ("_ticks",)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._ticks = 0

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        begin = time.perf_counter()
        self.context.invoke(self.bound["Expression"], under=self.bound.get("InputObject"))
        self._ticks += round((time.perf_counter() - begin) * TICKS_PER_SECOND)

    def end(self) -> None:
        """Finish after the last object."""
        self.context.write(TimeSpan(self._ticks))
