"""Sort-Object and Group-Object."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import access
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.cmdlets.properties import PropertyExpression, property_expressions
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.containers import plain_key
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.operators import compare
from jcad.lab.powershell.operators.collation import compare_text, sort_key
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    ArrayList,
    GenericList,
    Hashtable,
    NetList,
    NetObject,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_COLLECTION: Final = net.generic(net.COLLECTION_1, net.PS_OBJECT)


def order(one: Any, other: Any, *, ignore_case: bool) -> int:
    """How Sort-Object puts two keys: $null first, by value where they compare, else by text."""
    first, second = base_of(one), base_of(other)
    if first is None or second is None:
        return (first is not None) - (second is not None)
    try:
        result = compare(first, second, ignore_case=ignore_case)
    except Failure:
        result = compare_text(to_text(first), to_text(second), ignore_case=ignore_case)
    return result or 0


class _Keyed:
    """An object with its keys."""

    __slots__ = ("item", "keys")

    def __init__(self, item: Any, keys: list[Any]) -> None:
        self.item = item
        self.keys = keys


@core("Sort-Object", unsupported="Culture Stable Top Bottom")
class SortObject(Cmdlet):
    """Sort by value, property or script block."""

    __slots__ = ("_items", "_properties")

    def begin(self) -> None:
        """Make ready for the first object."""
        self._properties = property_expressions(
            self.bound.get("Property"), self.context, "expression ascending descending name"
        )
        self._items: list[Any] = []

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        item = self.bound.get("InputObject")
        if item is not None and item is not AUTOMATION_NULL:
            self._items.append(item)

    def end(self) -> None:
        """Finish after the last object."""
        ignore_case = not self.on("CaseSensitive")
        if not self._properties and all(type(item) is str for item in self._items):
            self._write_texts(2 if ignore_case else 3)
            return
        keyed = [_Keyed(item, self._keys(item)) for item in self._items]
        asked = itertools.count()
        directions = [self._descends(one) for one in self._properties] or [self.on("Descending")]

        def by_keys(one: _Keyed, other: _Keyed) -> int:
            if not next(asked) & 0x3FF:
                self.context.check_stop()
            for first, second, descending in zip(one.keys, other.keys, directions, strict=True):
                found = order(first, second, ignore_case=ignore_case)
                if found:
                    return -found if descending else found
            return 0

        keyed.sort(key=functools.cmp_to_key(by_keys))
        last: _Keyed | None = None
        for one in keyed:
            self.context.check_stop()
            if last is not None and self.on("Unique") and by_keys(last, one) == 0:
                continue
            last = one
            self.context.write(one.item)

    def _write_texts(self, levels: int) -> None:
        """What `order` makes of texts alone, by as many levels of their keys as count."""
        last: Any = None
        unique = self.on("Unique")
        for text in sorted(self._items, key=lambda text: sort_key(text)[:levels], reverse=self.on("Descending")):
            self.context.check_stop()
            key = sort_key(text)[:levels]
            if not unique or key != last:
                self.context.write(text)
            last = key

    def _descends(self, one: PropertyExpression) -> bool:
        return self.on("Descending") if one.descending is None else one.descending

    def _keys(self, item: Any) -> list[Any]:
        if not self._properties:
            return [item]
        return [one.evaluate(item, self.context) for one in self._properties]


class GroupInfo(NetObject):
    """A group of Group-Object: `values` are its keys, `items` its objects (None with -NoElement)."""

    __slots__ = ("count", "items", "values")
    net_type = net.define("Microsoft.PowerShell.Commands.GroupInfo")

    def __init__(self, values: list[Any]) -> None:
        super().__init__()
        self.values = values
        self.items: list[Any] = []
        self.count = 0

    @property
    def name(self) -> str:
        """The keys' texts, joined."""
        return ", ".join(_key_text(value) for value in self.values)


class GroupInfoNoElement(GroupInfo):
    """A group without its objects."""

    __slots__ = ()
    net_type = net.define("Microsoft.PowerShell.Commands.GroupInfoNoElement", base=GroupInfo.net_type)


def _key_text(value: Any) -> str:
    base = base_of(value)
    return " ".join(to_text(item) for item in base) if isinstance(base, NetList) else to_text(value)


def _declare() -> None:
    members = members_of(GroupInfo.net_type)
    members.property("Count", lambda g: g.count, "int")
    members.property("Name", lambda g: g.name, "string")
    members.property("Group", lambda g: GenericList(g.items, _COLLECTION))
    members.property("Values", lambda g: ArrayList(g.values))


_declare()


@core("Group-Object", unsupported="Culture")
class GroupObject(Cmdlet):
    """Group by value, property or script block."""

    __slots__ = ("_groups", "_index", "_properties")

    def begin(self) -> None:
        """Make ready for the first object."""
        self._properties = property_expressions(self.bound.get("Property"), self.context, "expression name")
        self._groups: list[GroupInfo] = []
        self._index: dict[Any, GroupInfo] = {}

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "InputObject" not in self.bound:
            return
        item = self.bound["InputObject"]
        if item is None or item is AUTOMATION_NULL:
            return
        keys = [one.evaluate(item, self.context) for one in self._properties] if self._properties else [item]
        group = self._group(keys)
        group.count += 1
        if not self.on("NoElement"):
            group.items.append(item)

    def _group(self, keys: list[Any]) -> GroupInfo:
        fold: Callable[[Any], Any] = plain_key if self.on("CaseSensitive") else _folded
        normal = tuple(_normal(key, fold) for key in keys)
        found = self._index.get(normal)
        if found is None:
            found = self._index[normal] = (GroupInfoNoElement if self.on("NoElement") else GroupInfo)(keys)
            self._groups.append(found)
        return found

    def end(self) -> None:
        """Finish after the last object."""
        if self.on("AsHashTable"):
            self._write_table()
            return
        for group in self._sorted():
            self.context.write(group)

    def _sorted(self) -> list[GroupInfo]:
        ignore_case = not self.on("CaseSensitive")

        def by_values(one: GroupInfo, other: GroupInfo) -> int:
            for first, second in zip(one.values, other.values, strict=True):
                found = order(first, second, ignore_case=ignore_case)
                if found:
                    return found
            return 0

        return sorted(self._groups, key=functools.cmp_to_key(by_values))

    def _write_table(self) -> None:
        table = Hashtable()
        as_text = self.on("AsString")
        for group in self._groups:
            if len(group.values) != 1:
                raise self.context.terminate(_one_key())
            key = group.name if as_text else group.values[0]
            if key is None:
                continue
            if key in table and not as_text:
                continue
            table.set(key, GenericList(group.items, _COLLECTION))
        self.context.write(table)


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else plain_key(value)


def _normal(value: Any, fold: Callable[[Any], Any]) -> Any:
    base = base_of(value)
    if isinstance(base, Array):
        return tuple(_normal(item, fold) for item in base)
    try:
        hash(base)
    except TypeError:
        return id(base)
    return access.MISSING if base is None else fold(base)


def _one_key() -> ErrorRecord:
    return ErrorRecord(
        NetException("System.ArgumentException", "Only one property can be used with AsHashTable."),
        "ArgumentException",
        "InvalidArgument",
    )
