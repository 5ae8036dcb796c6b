"""HashSet and SortedSet, Queue and Stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import enumerable, is_true
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    Array,
    HashSet,
    NetObject,
    NetType,
    PSReference,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

from jcad.lab.powershell.types.arrays import (
    clear_in_place,
    copy_to,
    given,
    index_of,
)
from jcad.lab.powershell.types.dictionaries import clear_table, fold_of
from jcad.lab.powershell.types.lists import append
from jcad.lab.powershell.types.sequences import (
    VOID,
    comparison_of,
    sorted_by,
)


class SortedSet(NetObject):
    """SortedSet[T]: enumerated in order."""

    __slots__ = ("comparer", "entries", "fold", "net_type")

    def __init__(self, items: Iterable[Value], net_type: NetType, comparer: Any = None) -> None:
        super().__init__()
        self.net_type = net_type
        self.comparer = comparer
        self.fold = fold_of(comparer)
        self.entries: dict[Any, Value] = {}
        for item in items:
            self.entries.setdefault(self.fold(item), item)

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(sorted_by(self.entries.values(), comparison_of(self.comparer)))


HASH_SET: Final = members_of(net.HASH_SET)
SORTED_SET: Final = members_of(net.SORTED_SET)
_ITEMS: Final = "System.Collections.Generic.IEnumerable[T0]"
_SAME: Final = "System.Collections.Generic.IEqualityComparer[T0]"
_ORDER: Final = "System.Collections.Generic.IComparer[T0]"


def _set_add(self: Any, value: Value) -> bool:
    key = self.fold(value)
    if key in self.entries:
        return False
    self.entries[key] = value
    return True


def _folded(self: Any, items: Any) -> dict[Any, Value]:
    return {self.fold(item): item for item in given(items)}


def _union(self: Any, items: Any) -> Value:
    for item in given(items):
        _set_add(self, item)
    return VOID


def _keep(test: Callable[[Any, dict[Any, Value]], bool]) -> Callable[[Any, Any], Value]:
    def change(self: Any, items: Any) -> Value:
        other = _folded(self, items)
        self.entries = {key: value for key, value in self.entries.items() if test(key, other)}
        return VOID

    return change


def _symmetric(self: Any, items: Any) -> Value:
    for key, value in _folded(self, items).items():
        if key in self.entries:
            del self.entries[key]
        else:
            self.entries[key] = value
    return VOID


def _set_remove_where(self: Any, test: Callable[[Value], Value]) -> int:
    gone = [key for key, value in self.entries.items() if is_true(test(value))]
    for key in gone:
        del self.entries[key]
    return len(gone)


_ABSENT: Final = object()


def _empty(name: str) -> NetError:
    return NetError.of("System.InvalidOperationException", f"{name} empty.")


def _take(place: int, name: str, *, remove: bool) -> Callable[[Sequence], Value]:
    def take(items: Sequence) -> Value:
        if not items:
            raise _empty(name)
        return items.pop(place) if remove else items[place]

    return take


def _try_take(place: int, *, remove: bool) -> Callable[[Sequence, PSReference], bool]:
    def take(items: Sequence, target: PSReference) -> bool:
        if not items:
            target.set(None)
            return False
        target.set(items.pop(place) if remove else items[place])
        return True

    return take


enumerable(SortedSet, list)
HASH_SET.constructor("()", lambda kind: HashSet((), kind), needs_type=True)
HASH_SET.constructor("(int)", lambda kind, _capacity: HashSet((), kind), needs_type=True)
HASH_SET.constructor(f"({_ITEMS})", lambda kind, items: HashSet(given(items), kind), needs_type=True)
HASH_SET.constructor(f"({_SAME})", lambda kind, comparer: HashSet((), kind, fold_of(comparer)), needs_type=True)
HASH_SET.constructor(
    f"({_ITEMS}, {_SAME})",
    lambda kind, items, comparer: HashSet(given(items), kind, fold_of(comparer)),
    needs_type=True,
)
SORTED_SET.constructor("()", lambda kind: SortedSet((), kind), needs_type=True)
SORTED_SET.constructor(f"({_ITEMS})", lambda kind, items: SortedSet(given(items), kind), needs_type=True)
SORTED_SET.constructor(f"({_ORDER})", lambda kind, comparer: SortedSet((), kind, comparer), needs_type=True)
SORTED_SET.constructor(
    f"({_ITEMS}, {_ORDER})", lambda kind, items, comparer: SortedSet(given(items), kind, comparer), needs_type=True
)
SORTED_SET.property("Min", lambda self: next(iter(self), None))
SORTED_SET.property("Max", lambda self: list(self)[-1] if len(self) else None)
for _table in (HASH_SET, SORTED_SET):
    _table.property("Count", len, "int")
    _table.method("Add(T0)", _set_add)
    _table.method("Clear()", clear_table)
    _table.method("Contains(T0)", lambda self, value: self.fold(value) in self.entries)
    _table.method("Remove(T0)", lambda self, value: self.entries.pop(self.fold(value), _ABSENT) is not _ABSENT)
    _table.method("CopyTo(System.Array)", lambda self, target: copy_to(self, target, 0))
    _table.method("CopyTo(System.Array, int)", copy_to)
    _table.method(f"UnionWith({_ITEMS})", _union)
    _table.method(f"IntersectWith({_ITEMS})", _keep(lambda key, other: key in other))
    _table.method(f"ExceptWith({_ITEMS})", _keep(lambda key, other: key not in other))
    _table.method(f"SymmetricExceptWith({_ITEMS})", _symmetric)
    _table.method(f"IsSubsetOf({_ITEMS})", lambda self, items: self.entries.keys() <= _folded(self, items).keys())
    _table.method(f"IsSupersetOf({_ITEMS})", lambda self, items: self.entries.keys() >= _folded(self, items).keys())
    _table.method(f"IsProperSubsetOf({_ITEMS})", lambda self, items: self.entries.keys() < _folded(self, items).keys())
    _table.method(
        f"IsProperSupersetOf({_ITEMS})", lambda self, items: self.entries.keys() > _folded(self, items).keys()
    )
    _table.method(f"SetEquals({_ITEMS})", lambda self, items: self.entries.keys() == _folded(self, items).keys())
    _table.method(f"Overlaps({_ITEMS})", lambda self, items: bool(self.entries.keys() & _folded(self, items).keys()))
    _table.method("RemoveWhere(System.Predicate`1)", _set_remove_where)


for _kind, _item, _name in (
    (net.QUEUE_1, "T0", "Queue"),
    (net.QUEUE, "object", "Queue"),
    (net.STACK_1, "T0", "Stack"),
    (net.STACK, "object", "Stack"),
):
    _table = members_of(_kind)
    _is_queue = _name == "Queue"
    _place = 0 if _is_queue else -1
    _source = _ITEMS if _kind in (net.QUEUE_1, net.STACK_1) else "System.Collections.ICollection"
    _table.constructor("()", lambda kind: Sequence((), kind), needs_type=True)
    _table.constructor("(int)", lambda kind, _capacity: Sequence((), kind), needs_type=True)
    _table.constructor(f"({_source})", lambda kind, items: Sequence(given(items), kind), needs_type=True)
    _table.property("Count", len, "int")
    _table.method(f"{'Enqueue' if _is_queue else 'Push'}({_item})", append)
    _table.method(f"{'Dequeue' if _is_queue else 'Pop'}()", _take(_place, _name, remove=True))
    _table.method("Peek()", _take(_place, _name, remove=False))
    _table.method("Clear()", clear_in_place)
    _table.method(f"Contains({_item})", lambda items, value: index_of(items, value) >= 0)
    _table.method(
        "ToArray()",
        lambda items: Array(
            items.enumerated(), net.array_of(items.net_type.args[0] if items.net_type.args else net.OBJECT)
        ),
    )
    _table.method("CopyTo(System.Array, int)", lambda items, target, index: copy_to(items.enumerated(), target, index))
    _table.method("Clone()", lambda items: Sequence(items, items.net_type))
    if _kind in (net.QUEUE_1, net.STACK_1):
        _table.method(f"{'TryDequeue' if _is_queue else 'TryPop'}(out T0)", _try_take(_place, remove=True))
        _table.method("TryPeek(out T0)", _try_take(_place, remove=False))
