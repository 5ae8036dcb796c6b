"""System.Linq.Enumerable, as far as scripts reach for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.limits import check_items
from jcad.lab.powershell.objects import unroll
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import StringComparer, out_of_range
from jcad.lab.powershell.values import (
    INT32_MAX,
    OBJECT_ARRAY,
    Array,
    Value,
    plain_key,
)

if TYPE_CHECKING:
    pass

from jcad.lab.powershell.types.arrays import (
    index_of,
)
from jcad.lab.powershell.types.sequences import (
    net_equal,
    order,
    sorted_by,
)

_LINQ: Final = members_of(net.define("System.Linq.Enumerable"))
_OBJECTS: Final = "System.Collections.Generic.IEnumerable[object]"


def _typed(items: Any) -> list[Value]:
    return list(unroll(items) or ())


def _sum(items: Any) -> Value:
    from jcad.lab.powershell.operators.arithmetic import add  # noqa: PLC0415  - the one use

    total: Value = 0
    for item in _typed(items):
        total = add(total, item)
    return total


def _sequence(items: list[Value], like: Any) -> Array:
    return Array(items, like.net_type if isinstance(like, Array) else OBJECT_ARRAY)


def _some(items: Any) -> list[Value]:
    """The elements; there must be one."""
    found = _typed(items)
    if not found:
        raise NetError.of("System.InvalidOperationException", "Sequence contains no elements")
    return found


def _distinct(items: Any, comparer: StringComparer) -> list[Value]:
    found: dict[Any, Value] = {}
    for item in _typed(items):
        found.setdefault(comparer.fold(item), item)
    return list(found.values())


def _range(start: int, count: int) -> Array:
    if count < 0 or start + count - 1 > INT32_MAX:
        raise out_of_range("Specified argument was out of the range of valid values.", "count")
    check_items(count)
    return Array(range(start, start + count), net.array_of(net.INT32))


def _set_work(one: Any, other: Any, *, keep: bool) -> Array:
    wanted = {plain_key(item) for item in _typed(other)}
    return _sequence(
        list({plain_key(item): item for item in _typed(one) if (plain_key(item) in wanted) == keep}.values()), one
    )


def _sequence_equal(one: Any, other: Any) -> bool:
    first, second = _typed(one), _typed(other)
    return len(first) == len(second) and all(net_equal(a, b) for a, b in zip(first, second, strict=True))


_LINQ.static("Sum(System.Collections.IEnumerable)", _sum)
_LINQ.static("Count(System.Collections.IEnumerable)", lambda items: len(_typed(items)))
_LINQ.static("Any(System.Collections.IEnumerable)", lambda items: bool(_typed(items)))
_LINQ.static("First(System.Collections.IEnumerable)", lambda items: _some(items)[0])
_LINQ.static("Last(System.Collections.IEnumerable)", lambda items: _some(items)[-1])
_LINQ.static("Max(System.Collections.IEnumerable)", lambda items: sorted_by(_some(items), order)[-1])
_LINQ.static("Min(System.Collections.IEnumerable)", lambda items: sorted_by(_some(items), order)[0])
_LINQ.static("ToArray(System.Collections.IEnumerable)", lambda items: _sequence(_typed(items), items))
_LINQ.static("Reverse(System.Collections.IEnumerable)", lambda items: _sequence(_typed(items)[::-1], items))
_LINQ.static(
    "Distinct(System.Collections.IEnumerable)",
    lambda items: _sequence(list({plain_key(one): one for one in _typed(items)}.values()), items),
)
_LINQ.static(
    "Distinct(System.Collections.IEnumerable, System.StringComparer)",
    lambda items, by: _sequence(_distinct(items, by), items),
)
_LINQ.static(
    "Contains(System.Collections.IEnumerable, object)", lambda items, value: index_of(_typed(items), value) >= 0
)
_LINQ.static(
    "Except(System.Collections.IEnumerable, System.Collections.IEnumerable)",
    lambda one, other: _set_work(one, other, keep=False),
)
_LINQ.static(
    "Intersect(System.Collections.IEnumerable, System.Collections.IEnumerable)",
    lambda one, other: _set_work(one, other, keep=True),
)
_LINQ.static(
    "Concat(System.Collections.IEnumerable, System.Collections.IEnumerable)",
    lambda one, other: _sequence(_typed(one) + _typed(other), one),
)
_LINQ.static("Range(int, int)", _range)
_LINQ.static("Skip(System.Collections.IEnumerable, int)", lambda items, count: _sequence(_typed(items)[count:], items))
_LINQ.static("Take(System.Collections.IEnumerable, int)", lambda items, count: _sequence(_typed(items)[:count], items))
_LINQ.static(
    "SequenceEqual(System.Collections.IEnumerable, System.Collections.IEnumerable)",
    _sequence_equal,
)
