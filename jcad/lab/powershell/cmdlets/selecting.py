"""Select-Object."""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.cmdlets.properties import (
    PropertyExpression,
    names_of,
    property_expressions,
    property_value,
)
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.evaluate.frame import StopUpstream, emit
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.operators import equals
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import NoteProperty, PSCustomObject, PSObject, base_of, pstypenames

_CUSTOM: Final = "System.Management.Automation.PSCustomObject"


@core("Select-Object", unsupported="CaseInsensitive")
class SelectObject(Cmdlet):
    """Choose objects by position, and properties of them."""

    __slots__ = ("_count", "_excluded", "_held", "_properties", "_seen", "_written")

    def begin(self) -> None:
        """Make ready for the first object."""
        self._properties = property_expressions(self.bound.get("Property"), self.context, "name expression")
        self._excluded = [to_text(name).lower() for name in self.bound.get("ExcludeProperty") or ()]
        self._count = 0
        self._written = 0
        self._held: list[Any] = []
        self._seen: list[Any] = []
        if self._excluded and not self._properties and not is_desktop():
            self._properties = [PropertyExpression("*", "*")]

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "InputObject" not in self.bound:
            return
        item = self.bound["InputObject"]
        index = self._count
        self._count += 1
        if "Index" in self.bound or "SkipIndex" in self.bound:
            self._by_index(item, index)
        elif "Last" in self.bound or "SkipLast" in self.bound:
            self._hold(item)
        elif index >= self.bound.get("Skip", 0):
            self._first(item)

    def _by_index(self, item: Any, index: int) -> None:
        wanted = self.bound.get("Index")
        if wanted is not None:
            if index in wanted:
                self._write(item)
            if not self.on("Wait") and wanted and index >= max(wanted):
                raise StopUpstream(self.context.owner)  # type: ignore[attr-defined]
        elif index not in self.bound["SkipIndex"]:
            self._write(item)

    def _first(self, item: Any) -> None:
        limit = self.bound.get("First")
        if limit is None:
            self._write(item)
            return
        if self._written < limit:
            self._written += 1
            self._write(item)
        if self._written >= limit and not self.on("Wait") and not self.on("Unique"):
            raise StopUpstream(self.context.owner)  # type: ignore[attr-defined]

    def _hold(self, item: Any) -> None:
        """Keep what may be among the last; `-First` with `-Last` lets the first through."""
        if "SkipLast" in self.bound:
            if self._count <= self.bound.get("Skip", 0):
                return
            self._held.append(item)
            if len(self._held) > self.bound["SkipLast"]:
                self._write(self._held.pop(0))
            return
        limit = self.bound.get("First", 0)
        if self._written < limit:
            self._written += 1
            self._write(item)
            return
        self._held.append(item)
        if len(self._held) > self.bound["Last"] + self.bound.get("Skip", 0):
            self._held.pop(0)

    def end(self) -> None:
        """Finish after the last object: what is unique is known, and written, only now; $null never is."""
        if "Last" in self.bound:
            skip = self.bound.get("Skip", 0)
            for item in self._held[: len(self._held) - skip] if skip else self._held:
                self._write(item)
        for item in self._seen:
            if item is not None:
                self.context.write(item)

    # ---- one object --------------------------------------------------------------------------------------------------

    def _write(self, item: Any) -> None:
        if self.bound.get("ExpandProperty"):  # $null and "" are as if it were not given
            self._expand(item)
            return
        chosen = self._project(item) if self._properties else item
        if self.on("Unique"):
            if any(_alike(chosen, known) for known in self._seen):
                return
            self._seen.append(chosen)
            return
        self.context.write(chosen)

    def _project(self, item: Any) -> PSCustomObject:
        names = pstypenames(item) if item is not None else [_CUSTOM]
        made = PSCustomObject({}, [f"Selected.{names[0]}", _CUSTOM, "System.Object"])
        for one in self._properties:
            self._add(made, one, item)
        return made

    def _add(self, made: PSCustomObject, one: PropertyExpression, item: Any) -> None:
        if not isinstance(one.source, str):
            self._put(made, one.label, one.evaluate(item, self.context))
            return
        matching = one.matching(item)
        if one.is_wild:
            for name in matching:
                if not self._is_excluded(name):
                    value = property_value(item, name)
                    self._put(made, name, None if value is access.MISSING else value)
            return
        renamed = one.label != one.source
        name = one.label if renamed else (matching[0] if matching else one.label)
        if not self._is_excluded(name):
            self._put(made, name, one.evaluate(item, self.context))

    def _is_excluded(self, name: str) -> bool:
        import fnmatch  # noqa: PLC0415  - rarely needed

        return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in self._excluded)

    def _put(self, made: PSCustomObject, name: str, value: Any) -> None:
        if name.lower() in made.extended:
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.PSArgumentException",
                        f'The property cannot be processed because the property "{name}" already exists.',
                    ),
                    "AlreadyExistingUserSpecifiedPropertyNoExpand",
                    "InvalidOperation",
                )
            )
            return
        made.extended[name.lower()] = NoteProperty(name, value)

    # ---- -ExpandProperty ---------------------------------------------------------------------------------------------

    def _expand(self, item: Any) -> None:
        name = self.bound["ExpandProperty"]
        if any(sign in name for sign in "*?["):
            raise LabUnsupported(f"Select-Object -ExpandProperty {name}")
        value = property_value(item, name)
        if value is access.MISSING:
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.PSArgumentException", f'Property "{name}" cannot be found.'
                    ),
                    "ExpandPropertyNotFound",
                    "InvalidArgument",
                    item,
                )
            )
            return
        if not self._properties:
            self._write_expanded(value)
            return
        out: list[Any] = []
        emit(value, out.append)
        for one in out:
            self.context.write(self._with_properties(one, item))

    def _write_expanded(self, value: Any) -> None:
        if not self.on("Unique"):
            emit(value, self.context.write)
            return
        out: list[Any] = []
        emit(value, out.append)
        for one in out:
            if not any(_alike(one, known) for known in self._seen):
                self._seen.append(one)

    def _with_properties(self, value: Any, item: Any) -> Any:
        extra = self._project(item).extended
        if isinstance(value, PSCustomObject):
            twin = PSCustomObject(dict(value.extended), value.type_names)
            twin.extended.update(extra)
            return twin
        return PSObject(base_of(value), dict(extra))


def _alike(one: Any, other: Any) -> bool:
    """Whether -Unique takes two objects for the same: by their properties, or as values with case."""
    first, second = base_of(one), base_of(other)
    if isinstance(first, PSCustomObject) and isinstance(second, PSCustomObject):
        names = names_of(first)
        if [name.lower() for name in names] != [name.lower() for name in names_of(second)]:
            return False
        return all(
            equals(property_value(first, name), property_value(second, name), ignore_case=False) for name in names
        )
    return equals(one, other, ignore_case=False)
