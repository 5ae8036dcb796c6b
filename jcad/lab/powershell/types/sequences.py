"""What lists of .NET have in common: equality, order, ranges, enumerators."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import utf16
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import enumerable, unroll
from jcad.lab.powershell.operators.comparison import compare, natural_order, same
from jcad.lab.powershell.types import delegates
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import StringComparer, out_of_range
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Char,
    NetList,
    NetObject,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


del delegates  # imported for its declarations: signatures name predicates and comparisons

VOID: Final = AUTOMATION_NULL


def net_equal(one: Value, other: Value) -> bool:
    """`object.Equals`: no conversion."""
    if one is None or other is None:
        return one is other
    return type_of(one) is type_of(other) and same(one, other)


def order(one: Value, other: Value) -> int:
    """The default comparer's order; InvalidOperationException where there is none."""
    if one is None or other is None:
        return (one is not None) - (other is not None)
    if type(one) is str and type(other) is str:
        return compare(one, other, ignore_case=False) or 0
    found = natural_order(one, other) if type_of(one) is type_of(other) else None
    if found is None:
        raise NetError.of("System.InvalidOperationException", "Failed to compare two elements in the array.")
    return found


def sorted_by(items: Iterable[Value], comparer: Callable[[Value, Value], int]) -> list[Value]:
    """The items in order."""
    return sorted(items, key=functools.cmp_to_key(comparer))


def comparison_of(comparer: Any) -> Callable[[Value, Value], int]:
    """A comparer object or a Comparison delegate as a function."""
    if isinstance(comparer, StringComparer):
        return comparer.compare
    if comparer is None:
        return order
    return lambda one, other: int(cast(comparer(one, other), net.INT32))


def sort_key(comparer: Callable[[Value, Value], int]) -> Callable[[tuple[Value, Value]], Any]:
    """The key by which pairs are sorted: what the comparer says of their first parts."""
    ordered = functools.cmp_to_key(comparer)
    return lambda pair: ordered(pair[0])


def index_error() -> NetError:
    """The index of a list's method is out of range."""
    return out_of_range(
        "Index was out of range. Must be non-negative and less than the size of the collection.", "index"
    )


def check_index(items: NetList, index: int, *, end: bool = False) -> None:
    """Raise ArgumentOutOfRangeException unless the index is within."""
    if not 0 <= index < len(items) + end:
        raise index_error()


ENUMERATOR: Final = net.define("System.Collections.Enumerator", interfaces=(net.IENUMERATOR,))


class Enumerator(NetObject):
    """What GetEnumerator answers."""

    __slots__ = ("items", "position")
    net_type = ENUMERATOR

    def __init__(self, items: Iterable[Value]) -> None:
        super().__init__()
        self.items = list(items)
        self.position = -1

    def current(self) -> Value:
        """The element it stands on."""
        if not 0 <= self.position < len(self.items):
            raise NetError.of(
                "System.InvalidOperationException", "Enumeration has either not started or has already finished."
            )
        return self.items[self.position]

    def move_next(self) -> bool:
        """One step on."""
        self.position += 1
        return self.position < len(self.items)

    def reset(self) -> Value:
        """Back to before the first element."""
        self.position = -1
        return VOID

    def rest(self) -> list[Value]:
        """What a pipeline still gets from it."""
        return self.items[self.position + 1 :]


class ArrayEnumerator(Enumerator):
    """What GetEnumerator of an array answers."""

    __slots__ = ()
    net_type = net.define("System.ArrayEnumerator", base=ENUMERATOR, interfaces=(net.IENUMERATOR,))


def enumerator(items: Value) -> Enumerator:
    """The enumerator of a collection."""
    kind = ArrayEnumerator if isinstance(items, Array) else Enumerator
    return kind(unroll(items) or ())


enumerable(Enumerator, Enumerator.rest)
enumerable(ArrayEnumerator, ArrayEnumerator.rest)
_ENUMERATOR = members_of(ENUMERATOR)
_ENUMERATOR.property("Current", Enumerator.current)
_ENUMERATOR.property("Key", lambda self: self.current().key)
_ENUMERATOR.property("Value", lambda self: self.current().value)
_ENUMERATOR.property("Entry", Enumerator.current)
_ENUMERATOR.method("MoveNext()", Enumerator.move_next)
_ENUMERATOR.method("Reset()", Enumerator.reset)
_ENUMERATOR.method("Dispose()", lambda _self: VOID)

members_of(net.IENUMERABLE).method("GetEnumerator()", enumerator)
members_of(net.STRING).method("GetEnumerator()", lambda text: Enumerator(Char(unit) for unit in utf16.units(text)))
