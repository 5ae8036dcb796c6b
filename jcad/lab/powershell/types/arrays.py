"""Arrays, and what arrays and lists do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.limits import check_items
from jcad.lab.powershell.objects import is_true, unroll
from jcad.lab.powershell.types.grids import Grid
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import (
    OBJECT_ARRAY,
    Array,
    Dictionary,
    KeyValue,
    NetType,
    PSReference,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

from jcad.lab.powershell.types.sequences import (
    VOID,
    comparison_of,
    net_equal,
    order,
    sort_key,
    sorted_by,
)


def given(items: Any) -> list[Value]:
    """The elements of an argument that is a collection; ArgumentNullException for $null."""
    if items is None:
        raise null_argument("collection")
    found = unroll(items)
    if found is None:
        return [KeyValue(key, value) for key, value in items.items()] if isinstance(items, Dictionary) else [items]
    return list(found)


def clear_in_place(items: Any) -> Value:
    """`Clear()` of a list."""
    items.clear()
    return VOID


ARRAY: Final = members_of(net.ARRAY)


def _fixed(*_arguments: Value) -> Value:
    raise NetError.of("System.NotSupportedException", "Collection was of a fixed size.")


def copy_to(items: Iterable[Value], target: Array, index: int) -> Value:
    """`CopyTo`."""
    source = list(items)
    if index < 0 or index + len(source) > len(target):
        raise NetError.of(
            "System.ArgumentException",
            "Destination array was not long enough. Check the destination index, length, and the array's lower bounds.",
        )
    target[index : index + len(source)] = source
    return VOID


def _length(items: Any, dimension: int) -> int:
    if isinstance(items, Grid):
        return items.length(dimension)
    if dimension:
        raise NetError.of("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
    return len(items)


def _get_value(items: Array, index: int) -> Value:
    if not 0 <= index < len(items):
        raise NetError.of("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
    return items[index]


def _set_value(items: Array, value: Value, index: int) -> Value:
    _get_value(items, index)
    element = items.net_type.element or net.OBJECT
    if value is not None and not type_of(value).is_assignable_to(element):
        raise NetError.of("System.InvalidCastException", "Object cannot be stored in an array of this type.")
    items[index] = value
    return VOID


def index_of(items: Iterable[Value], value: Value, start: int = 0) -> int:
    """`IndexOf` by .NET's equality; -1 where it is not in."""
    return next((place for place, item in enumerate(items) if place >= start and net_equal(item, value)), -1)


def last_index_of(items: list[Value], value: Value) -> int:
    """`LastIndexOf`."""
    return _last_index(items, value, len(items) - 1)


def _index_within(items: Array, value: Value, start: int, count: int) -> int:
    if start < 0 or count < 0 or start + count > len(items):
        raise NetError.of("System.ArgumentOutOfRangeException", "Count must be positive and count must refer to a location "
                          "within the string/array/collection.\r\nParameter name: count")  # fmt: skip
    return index_of(items[: start + count], value, start)


def _last_index_from(items: Array, value: Value, start: int) -> int:
    if not -1 <= start < max(len(items), 1):
        raise NetError.of("System.ArgumentOutOfRangeException", "Index was out of range. Must be non-negative and less than "
                          "the size of the collection.\r\nParameter name: startIndex")  # fmt: skip
    return _last_index(items, value, min(start, len(items) - 1))


def _last_index(items: list[Value], value: Value, start: int) -> int:
    return next((place for place in range(start, -1, -1) if net_equal(items[place], value)), -1)


def _clear_array(items: Array, start: int, count: int) -> Value:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    fill = default_element(items.net_type.element or net.OBJECT)
    items[start : start + count] = [fill] * count
    return VOID


def sort_in_place(items: Any, comparer: Any = None) -> Value:
    """`Sort`, with a comparer or a comparison."""
    items[:] = sorted_by(items, comparison_of(comparer))
    return VOID


def _sort_with_keys(keys: Array, items: Array, comparer: Any = None) -> Value:
    compare_ = comparison_of(comparer)
    pairs: list[tuple[Value, Value]] = list(zip(list(keys), list(items), strict=False))
    pairs.sort(key=sort_key(compare_))
    keys[:] = [key for key, _ in pairs]
    items[:] = [item for _, item in pairs]
    return VOID


def reverse(items: Any, start: int = 0, count: int | None = None) -> Value:
    """`Reverse`, the whole or a range."""
    end = len(items) if count is None else start + count
    items[start:end] = list(reversed(items[start:end]))
    return VOID


def _copy_range(source: Array, start: int, target: Array, place: int, count: int) -> Value:
    if start + count > len(source) or place + count > len(target) or min(start, place, count) < 0:
        raise NetError.of(
            "System.ArgumentException",
            "Source array was not long enough. Check the source index, length, and the array's lower bounds.",
        )
    element = target.net_type.element or net.OBJECT
    target[place : place + count] = [
        item if element is net.OBJECT else cast(item, element) for item in source[start : start + count]
    ]
    return VOID


def _create(element: NetType, length: int) -> Array:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    check_items(length)
    return Array([default_element(element)] * length, net.array_of(element))


def _resize(target: PSReference, length: int) -> Value:
    old = target.get()
    fresh = _create(old.net_type.element or net.OBJECT, length)
    fresh[: min(length, len(old))] = old[:length]
    target.set(fresh)
    return VOID


def binary_search(items: Any, value: Value, compare_: Callable[[Value, Value], int]) -> int:
    """`BinarySearch`: the place, or the complement of where it would be."""
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        found = compare_(items[middle], value)
        if found == 0:
            return middle
        low, high = (middle + 1, high) if found < 0 else (low, middle - 1)
    return ~low


ARRAY.property("Count", len, "int")
ARRAY.property("Length", len, "int")
ARRAY.property("LongLength", len, "long")
ARRAY.property("Rank", lambda items: items.net_type.rank, "int")
ARRAY.property("SyncRoot", lambda items: items)
ARRAY.property("IsReadOnly", lambda _items: False, "bool")
ARRAY.property("IsFixedSize", lambda _items: True, "bool")
ARRAY.property("IsSynchronized", lambda _items: False, "bool")
ARRAY.method("Clone()", lambda items: Array(items, items.net_type))
ARRAY.method("CopyTo(System.Array, int)", copy_to)
ARRAY.method("GetLength(int)", _length)
ARRAY.method("GetUpperBound(int)", lambda items, dimension: _length(items, dimension) - 1)
ARRAY.method("GetLowerBound(int)", lambda _items, _dimension: 0)
ARRAY.method("GetValue(int)", _get_value)
ARRAY.method("SetValue(object, int)", _set_value)
ARRAY.method("Contains(object)", lambda items, value: any(net_equal(item, value) for item in items))
ARRAY.method("IndexOf(object)", index_of)
ARRAY.method("Add(object)", _fixed)
ARRAY.method("Insert(int, object)", _fixed)
ARRAY.method("Remove(object)", _fixed)
ARRAY.method("RemoveAt(int)", _fixed)
ARRAY.method("Clear()", lambda items: _clear_array(items, 0, len(items)))
ARRAY.method("Get(int)", _get_value)
ARRAY.method("Set(int, object)", lambda items, index, value: _set_value(items, value, index))
ARRAY.static("Sort(System.Array)", sort_in_place)
ARRAY.static("Sort(System.Array, System.Collections.IComparer)", sort_in_place)
ARRAY.static("Sort(System.Array, System.Array)", _sort_with_keys)
ARRAY.static("Sort(System.Array, System.Comparison`1)", sort_in_place)
ARRAY.static("Reverse(System.Array)", reverse)
ARRAY.static("Reverse(System.Array, int, int)", reverse)
ARRAY.static("IndexOf(System.Array, object)", index_of)
ARRAY.static("IndexOf(System.Array, object, int)", index_of)
ARRAY.static("IndexOf(System.Array, object, int, int)", _index_within)
ARRAY.static("LastIndexOf(System.Array, object)", last_index_of)
ARRAY.static("LastIndexOf(System.Array, object, int)", _last_index_from)
ARRAY.static("Clear(System.Array)", lambda items: _clear_array(items, 0, len(items)))
ARRAY.static("Clear(System.Array, int, int)", _clear_array)
ARRAY.static(
    "Copy(System.Array, System.Array, int)", lambda source, target, count: _copy_range(source, 0, target, 0, count)
)
ARRAY.static("Copy(System.Array, int, System.Array, int, int)", _copy_range)
ARRAY.static("CreateInstance(type, int)", _create)
ARRAY.static("Resize(ref object, int)", _resize)
ARRAY.static("Exists(object[], System.Predicate`1)", lambda items, test: any(is_true(test(item)) for item in items))
ARRAY.static(
    "Find(object[], System.Predicate`1)",
    lambda items, test: next((item for item in items if is_true(test(item))), None),
)
ARRAY.static(
    "FindAll(object[], System.Predicate`1)",
    lambda items, test: Array([item for item in items if is_true(test(item))], items.net_type),
)
ARRAY.static(
    "FindIndex(object[], System.Predicate`1)",
    lambda items, test: next((place for place, item in enumerate(items) if is_true(test(item))), -1),
)
ARRAY.static("BinarySearch(System.Array, object)", lambda items, value: binary_search(items, value, order))
ARRAY.static("Empty()", lambda: Array([], OBJECT_ARRAY))
