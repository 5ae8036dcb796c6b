"""Format-Table and Format-List of custom objects: the objects that tell a host what to show.

What other types look like is said by the format files of Windows, which the lab has not: they are refused by name.
"""

from __future__ import annotations

import fnmatch
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.formatting.packets import (
    FormatPacket,
    autosize,
    end_data,
    field,
    group_end,
    group_start,
    list_entry,
    list_field,
    list_header,
    packet,
    start_data,
    table_column,
    table_entry,
    table_header,
)
from jcad.lab.powershell.objects import is_true, to_text, unroll
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types.displaysets import display_set
from jcad.lab.powershell.values import Dictionary, PSCustomObject, ScriptBlock, base_of, pstypenames, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_COLUMNS: Final = 10
_SHOWN_ITEMS: Final = 4  # $FormatEnumerationLimit
_RIGHT: Final = 3  # TextAlignment
_LEFT: Final = 1
_NUMBERS: Final = (int, float, Decimal)


class _Column:
    """One property to show: under which label, by name or computed."""

    __slots__ = ("computed", "label", "source")

    def __init__(self, label: str, source: str | ScriptBlock) -> None:
        self.label = label
        self.source = source
        self.computed = label != source


class _Formatter(Cmdlet):
    """What the two have in common: a start, an entry an object, an end."""

    __slots__ = ("_begun", "_columns")
    most: ClassVar[int | None] = None
    """How many properties are shown where none are named."""

    def begin(self) -> None:
        """Make ready for the first object."""
        self._begun = False
        self._columns: list[_Column] = []

    def process(self) -> None:
        """Take one object."""
        if "InputObject" not in self.bound:
            return
        value = self.bound["InputObject"]
        if not isinstance(value, PSCustomObject):
            raise LabUnsupported(
                f"{self.info.name} of {'$null' if value is None else type_of(base_of(value)).full_name}"
            )
        if not self._begun:
            self._columns = list(self._wanted(value))
            self._begun = True
            self.context.write(start_data(self._header(value), autosize() if self.on("AutoSize") else None))
            self.context.write(group_start())
        self.context.write(packet(self._entry(value)))

    def end(self) -> None:
        """Finish after the last object."""
        if self._begun:
            self.context.write(group_end())
            self.context.write(end_data())

    def _wanted(self, value: PSCustomObject) -> Iterator[_Column]:
        """The columns that -Property names, or those that the type shows, or all."""
        asked = self.bound.get("Property")
        names = [member.name for member in value.extended.values() if member.kind.endswith("Property")]
        if asked is None:
            shown = display_set(self.context.engine, pstypenames(value))
            yield from (_Column(name, name) for name in (names if shown is None else shown)[: self.most])
            return
        for one in unroll(asked) or [asked]:
            yield from self._named(base_of(one), names)

    def _named(self, asked: Any, names: list[str]) -> Iterator[_Column]:
        if isinstance(asked, Dictionary):
            yield self._computed(asked)
        elif isinstance(asked, ScriptBlock):
            yield _Column(asked.text.strip(), asked)
        elif any(sign in to_text(asked) for sign in "*?["):
            pattern = to_text(asked).lower()
            yield from (_Column(name, name) for name in names if fnmatch.fnmatchcase(name.lower(), pattern))
        else:
            text = to_text(asked)
            text = next((name for name in names if name.lower() == text.lower()), text)
            yield _Column(text, text)

    @staticmethod
    def _computed(table: Dictionary) -> _Column:
        entries = {to_text(key).lower(): item for key, item in table.items()}
        label = next((entries[key] for key in ("name", "n", "label", "l") if key in entries), None)
        found = base_of(next((entries[key] for key in ("expression", "e") if key in entries), None))
        others = set(entries) - {"name", "n", "label", "l", "expression", "e"}
        if others:
            raise LabUnsupported(f"a calculated property with {min(others)}")
        text = None if label is None else to_text(label)
        if isinstance(found, ScriptBlock):
            return _Column(text or found.text.strip(), found)
        return _Column(text or to_text(found), to_text(found))

    def _value(self, column: _Column, value: PSCustomObject) -> Any:
        if isinstance(column.source, str):
            found = access.get_property(value, column.source)
            return None if found is access.MISSING else found
        out = self.context.invoke(column.source, under=value)
        return out[0] if len(out) == 1 else (out or None)

    def _field(self, column: _Column, value: PSCustomObject) -> FormatPacket:
        try:
            return field(_shown(self._value(column, value)))
        except (Failure, NetError):
            return field("")

    def _header(self, first: PSCustomObject) -> FormatPacket:
        raise NotImplementedError

    def _entry(self, value: PSCustomObject) -> FormatPacket:
        raise NotImplementedError


def _shown(value: Any) -> str:
    """A value in one field: collections in braces, the first four of them."""
    items = unroll(value) if not isinstance(base_of(value), str) else None
    if items is None:
        return "" if value is None else to_text(value)
    listed = list(items)
    parts = [to_text(item) for item in listed[:_SHOWN_ITEMS]]
    if len(listed) > _SHOWN_ITEMS:
        parts[-1] += "..." if is_desktop() else "\u2026"
    return "{" + ", ".join(parts) + "}"


@core("Format-Table", unsupported="DisplayError Expand Force GroupBy RepeatHeader ShowError View Wrap")
class FormatTable(_Formatter):
    """A table: a column a property, ten at most where none are named."""

    __slots__ = ()
    most = _MOST_COLUMNS

    def _header(self, first: PSCustomObject) -> FormatPacket:
        columns = [self._column(column, first) for column in self._columns]
        return table_header(columns, hide=is_true(self.bound.get("HideTableHeaders", False)), desktop=is_desktop())

    def _column(self, column: _Column, first: PSCustomObject) -> FormatPacket:
        return table_column(column.label, self._alignment(column, first), own=not column.computed, desktop=is_desktop())

    def _alignment(self, column: _Column, first: PSCustomObject) -> int:
        value = base_of(self._value(column, first))
        return _RIGHT if isinstance(value, _NUMBERS) and not isinstance(value, bool) else _LEFT

    def _entry(self, value: PSCustomObject) -> FormatPacket:
        return table_entry([self._field(column, value) for column in self._columns])


@core("Format-List", unsupported="DisplayError Expand Force GroupBy ShowError View")
class FormatList(_Formatter):
    """A list: a line a property."""

    __slots__ = ()

    def _header(self, first: PSCustomObject) -> FormatPacket:
        del first
        return list_header()

    def _entry(self, value: PSCustomObject) -> FormatPacket:
        return list_entry([list_field(column.label, self._field(column, value)) for column in self._columns])
