"""List[T], Collection[T] and ArrayList."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import is_true, unroll
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, out_of_range
from jcad.lab.powershell.values import (
    Array,
    ArrayList,
    GenericList,
    NetList,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

from jcad.lab.powershell.types.arrays import (
    binary_search,
    clear_in_place,
    copy_to,
    given,
    index_of,
    last_index_of,
    reverse,
    sort_in_place,
)
from jcad.lab.powershell.types.sequences import (
    VOID,
    check_index,
    order,
)


def _remove(items: list[Value], value: Value) -> bool:
    place = index_of(items, value)
    if place >= 0:
        del items[place]
    return place >= 0


def _remove_at(items: NetList, index: int) -> Value:
    check_index(items, index)
    del items[index]
    return VOID


def _insert(items: NetList, index: int, value: Value) -> Value:
    check_index(items, index, end=True)
    items.insert(index, value)
    return VOID


def _range(items: NetList, start: int, count: int) -> list[Value]:
    if start < 0 or count < 0:
        raise out_of_range("Non-negative number required.", "index" if start < 0 else "count")
    if start + count > len(items):
        raise NetError.of(
            "System.ArgumentException",
            "Offset and length were out of bounds for the array or count is greater than the number of elements from index to "
            "the end of the source collection.",
        )
    return items[start : start + count]


def append(items: NetList, value: Value) -> Value:
    """`Add` without a result."""
    items.append(value)
    return VOID


def _extend(items: NetList, more: Any) -> Value:
    if more is None:
        raise null_argument("collection")
    items.extend(list(unroll(more) or ()))
    return VOID


def _remove_range(items: NetList, start: int, count: int) -> Value:
    _range(items, start, count)
    del items[start : start + count]
    return VOID


def _insert_range(items: NetList, index: int, more: Any) -> Value:
    check_index(items, index, end=True)
    items[index:index] = list(unroll(more) or ())
    return VOID


LIST: Final = members_of(net.LIST)
ARRAY_LIST: Final = members_of(net.ARRAY_LIST)
COLLECTION: Final = members_of(net.COLLECTION_1)


def _remove_all(items: NetList, test: Callable[[Value], Value]) -> int:
    kept = [item for item in items if not is_true(test(item))]
    count = len(items) - len(kept)
    items[:] = kept
    return count


def _for_each(items: NetList, action: Callable[[Value], Value]) -> Value:
    for item in list(items):
        action(item)
    return VOID


def _found(items: NetList, test: Callable[[Value], Value], *, last: bool = False) -> int:
    places = [place for place, item in enumerate(items) if is_true(test(item))]
    return -1 if not places else places[-1] if last else places[0]


def default_of(items: NetList) -> Value:
    """The default value of a list's element type."""
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    return default_element(items.net_type.args[0])


LIST.constructor("()", lambda kind: GenericList((), kind), needs_type=True)
LIST.constructor("(int)", lambda kind, _capacity: GenericList((), kind), needs_type=True)
LIST.constructor(
    "(System.Collections.Generic.IEnumerable[T0])",
    lambda kind, items: GenericList(given(items), kind),
    needs_type=True,
)
COLLECTION.constructor("()", lambda kind: GenericList((), kind), needs_type=True)
COLLECTION.constructor(
    "(System.Collections.Generic.IList[T0])", lambda kind, items: GenericList(given(items), kind), needs_type=True
)
ARRAY_LIST.constructor("()", ArrayList)
ARRAY_LIST.constructor("(int)", lambda _capacity: ArrayList())
ARRAY_LIST.constructor("(System.Collections.ICollection)", lambda items: ArrayList(given(items)))
for _table, _item in ((LIST, "T0"), (COLLECTION, "T0"), (ARRAY_LIST, "object")):
    _table.property("Count", len, "int")
    _table.property("Capacity", lambda items: max(4, len(items)), "int", lambda _items, _value: None)
    _table.method("Clear()", clear_in_place)
    _table.method(f"Contains({_item})", lambda items, value: index_of(items, value) >= 0)
    _table.method("CopyTo(System.Array)", lambda items, target: copy_to(items, target, 0))
    _table.method("CopyTo(System.Array, int)", copy_to)
    _table.method(f"IndexOf({_item})", index_of)
    _table.method(f"IndexOf({_item}, int)", index_of)
    _table.method(f"LastIndexOf({_item})", last_index_of)
    _table.method(f"Insert(int, {_item})", _insert)
    _table.method("RemoveAt(int)", _remove_at)
    _table.method("RemoveRange(int, int)", _remove_range)
    _table.method("Reverse()", reverse)
    _table.method("Reverse(int, int)", reverse)
    _table.method("Sort()", sort_in_place)
    _table.method("Sort(System.Collections.IComparer)", sort_in_place)
    _table.method(f"BinarySearch({_item})", lambda items, value: binary_search(items, value, order))
    _table.method("TrimExcess()" if _table is not ARRAY_LIST else "TrimToSize()", lambda _items: VOID)
    _table.method(
        "ToArray()",
        lambda items: Array(items, net.array_of(items.net_type.args[0] if items.net_type.args else net.OBJECT)),
    )
for _table in (LIST, COLLECTION):
    _table.method("Add(T0)", append)
    _table.method("Remove(T0)", _remove)
LIST.method("AddRange(System.Collections.Generic.IEnumerable[T0])", _extend)
LIST.method("InsertRange(int, System.Collections.Generic.IEnumerable[T0])", _insert_range)
LIST.method("GetRange(int, int)", lambda items, start, count: GenericList(_range(items, start, count), items.net_type))
LIST.method("Sort(System.Comparison`1)", sort_in_place)
LIST.method("Exists(System.Predicate`1)", lambda items, test: _found(items, test) >= 0)
LIST.method(
    "Find(System.Predicate`1)",
    lambda items, test: next((item for item in items if is_true(test(item))), default_of(items)),
)
LIST.method(
    "FindLast(System.Predicate`1)",
    lambda items, test: next((one for one in reversed(items) if is_true(test(one))), default_of(items)),
)
LIST.method(
    "FindAll(System.Predicate`1)",
    lambda items, test: GenericList([one for one in items if is_true(test(one))], items.net_type),
)
LIST.method("FindIndex(System.Predicate`1)", _found)
LIST.method("FindLastIndex(System.Predicate`1)", lambda items, test: _found(items, test, last=True))
LIST.method("RemoveAll(System.Predicate`1)", _remove_all)
LIST.method("TrueForAll(System.Predicate`1)", lambda items, test: all(is_true(test(item)) for item in items))
LIST.method("ForEach(System.Action`1)", _for_each)  # a Collection has none: there it is PowerShell's own method
LIST.method("AsReadOnly()", lambda items: GenericList(items, items.net_type))


ARRAY_LIST.method("Add(object)", lambda items, value: (items.append(value), len(items) - 1)[1])
ARRAY_LIST.method("Remove(object)", lambda items, value: (_remove(items, value), VOID)[1])
ARRAY_LIST.method("AddRange(System.Collections.ICollection)", _extend)
ARRAY_LIST.method("InsertRange(int, System.Collections.ICollection)", _insert_range)
ARRAY_LIST.method("GetRange(int, int)", lambda items, start, count: ArrayList(_range(items, start, count)))
ARRAY_LIST.method("Clone()", ArrayList)
ARRAY_LIST.method("ToArray(type)", lambda items, kind: Array([cast(item, kind) for item in items], net.array_of(kind)))
for _name in ("IsFixedSize", "IsReadOnly", "IsSynchronized"):
    ARRAY_LIST.property(_name, lambda _items: False, "bool")
