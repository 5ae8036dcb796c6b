"""Arrays, lists, dictionaries, sets, queues and stacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import enumerable, is_true, to_text, unroll
from jcad.lab.powershell.operators.comparison import compare, natural_order, same
from jcad.lab.powershell.types import delegates
from jcad.lab.powershell.types.grids import Grid
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import StringComparer, null_argument, out_of_range
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    OBJECT_ARRAY,
    Array,
    ArrayList,
    Dictionary,
    GenericDictionary,
    GenericList,
    HashSet,
    Hashtable,
    KeyValue,
    NetList,
    NetObject,
    NetType,
    OrderedDictionary,
    PSReference,
    Sequence,
    Value,
    plain_key,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

del delegates  # imported for its declarations

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


def index_error() -> NetError:
    """The index of a list's method is out of range."""
    return out_of_range(
        "Index was out of range. Must be non-negative and less than the size of the collection.", "index"
    )


def check_index(items: NetList, index: int, *, end: bool = False) -> None:
    """Raise ArgumentOutOfRangeException unless the index is within."""
    if not 0 <= index < len(items) + end:
        raise index_error()


# ---------------------------------------------------------------- enumerators

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

    def rest(self) -> list[Value]:
        """What a pipeline still gets from it."""
        return self.items[self.position + 1 :]


enumerable(Enumerator, Enumerator.rest)
_ENUMERATOR = members_of(ENUMERATOR)
_ENUMERATOR.property("Current", Enumerator.current)
_ENUMERATOR.property("Key", lambda self: self.current().key)
_ENUMERATOR.property("Value", lambda self: self.current().value)
_ENUMERATOR.property("Entry", Enumerator.current)
_ENUMERATOR.method("MoveNext()", Enumerator.move_next)
_ENUMERATOR.method("Reset()", lambda self: setattr(self, "position", -1) or VOID)
_ENUMERATOR.method("Dispose()", lambda _self: VOID)

members_of(net.IENUMERABLE).method("GetEnumerator()", lambda items: Enumerator(unroll(items) or ()))

# ---------------------------------------------------------------- arrays

ARRAY: Final = members_of(net.ARRAY)
ARRAY.property("Count", len, "int")
ARRAY.property("Length", len, "int")
ARRAY.property("LongLength", len, "long")
ARRAY.property("Rank", lambda items: items.net_type.rank, "int")
ARRAY.property("SyncRoot", lambda items: items)
ARRAY.property("IsReadOnly", lambda _items: False, "bool")
ARRAY.property("IsFixedSize", lambda _items: True, "bool")
ARRAY.property("IsSynchronized", lambda _items: False, "bool")


def _fixed(*_arguments: Value) -> Value:
    raise NetError.of("System.NotSupportedException", "Collection was of a fixed size.")


def _copy_to(items: Iterable[Value], target: Array, index: int) -> Value:
    source = list(items)
    if index < 0 or index + len(source) > len(target):
        raise NetError.of(
            "System.ArgumentException",
            "Destination array was not long enough. Check the destination index, length, and the array's lower bounds.",
        )
    target[index : index + len(source)] = source
    return VOID


ARRAY.method("Clone()", lambda items: Array(items, items.net_type))
ARRAY.method("CopyTo(System.Array, int)", _copy_to)
ARRAY.method("GetLength(int)", lambda items, dimension: _length(items, dimension))
ARRAY.method("GetUpperBound(int)", lambda items, dimension: _length(items, dimension) - 1)
ARRAY.method("GetLowerBound(int)", lambda _items, _dimension: 0)
ARRAY.method("GetValue(int)", lambda items, index: _get_value(items, index))
ARRAY.method("SetValue(object, int)", lambda items, value, index: _set_value(items, value, index))
ARRAY.method("Contains(object)", lambda items, value: any(net_equal(item, value) for item in items))
ARRAY.method("IndexOf(object)", lambda items, value: _index_of(items, value))
ARRAY.method("Add(object)", _fixed)
ARRAY.method("Insert(int, object)", _fixed)
ARRAY.method("Remove(object)", _fixed)
ARRAY.method("RemoveAt(int)", _fixed)
ARRAY.method("Clear()", lambda items: _clear_array(items, 0, len(items)))
ARRAY.method("Get(int)", lambda items, index: _get_value(items, index))
ARRAY.method("Set(int, object)", lambda items, index, value: _set_value(items, value, index))


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


def _index_of(items: Iterable[Value], value: Value, start: int = 0) -> int:
    return next((place for place, item in enumerate(items) if place >= start and net_equal(item, value)), -1)


def _last_index_of(items: list[Value], value: Value) -> int:
    return next((place for place in range(len(items) - 1, -1, -1) if net_equal(items[place], value)), -1)


def _clear_array(items: Array, start: int, count: int) -> Value:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    fill = default_element(items.net_type.element or net.OBJECT)
    items[start : start + count] = [fill] * count
    return VOID


def _sort_in_place(items: Any, comparer: Any = None) -> Value:
    items[:] = sorted_by(items, comparison_of(comparer))
    return VOID


def _sort_with_keys(keys: Array, items: Array, comparer: Any = None) -> Value:
    compare_ = comparison_of(comparer)
    pairs = sorted(
        zip(list(keys), list(items), strict=False),
        key=functools.cmp_to_key(lambda one, other: compare_(one[0], other[0])),
    )
    keys[:] = [key for key, _ in pairs]
    items[:] = [item for _, item in pairs]
    return VOID


def _reverse(items: Any, start: int = 0, count: int | None = None) -> Value:
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

    return Array([default_element(element)] * length, net.array_of(element))


def _resize(target: PSReference, length: int) -> Value:
    old = target.get()
    fresh = _create(old.net_type.element or net.OBJECT, length)
    fresh[: min(length, len(old))] = old[:length]
    target.set(fresh)
    return VOID


ARRAY.static("Sort(System.Array)", _sort_in_place)
ARRAY.static("Sort(System.Array, System.Collections.IComparer)", _sort_in_place)
ARRAY.static("Sort(System.Array, System.Array)", _sort_with_keys)
ARRAY.static("Sort(System.Array, System.Comparison`1)", _sort_in_place)
ARRAY.static("Reverse(System.Array)", _reverse)
ARRAY.static("Reverse(System.Array, int, int)", _reverse)
ARRAY.static("IndexOf(System.Array, object)", _index_of)
ARRAY.static("IndexOf(System.Array, object, int)", _index_of)
ARRAY.static("LastIndexOf(System.Array, object)", _last_index_of)
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
ARRAY.static("BinarySearch(System.Array, object)", lambda items, value: _binary_search(items, value, order))
ARRAY.static("Empty()", lambda: Array([], OBJECT_ARRAY))


def _binary_search(items: Any, value: Value, compare_: Callable[[Value, Value], int]) -> int:
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        found = compare_(items[middle], value)
        if found == 0:
            return middle
        low, high = (middle + 1, high) if found < 0 else (low, middle - 1)
    return ~low


# ---------------------------------------------------------------- lists


def _remove(items: list[Value], value: Value) -> bool:
    place = _index_of(items, value)
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
            "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of the source collection.",
        )
    return items[start : start + count]


def _add(items: NetList, value: Value) -> Value:
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


def _clear(items: Any) -> Value:
    items.clear()
    return VOID


LIST: Final = members_of(net.LIST)
ARRAY_LIST: Final = members_of(net.ARRAY_LIST)
COLLECTION: Final = members_of(net.COLLECTION_1)
LIST.constructor("()", lambda kind: GenericList((), kind), needs_type=True)
LIST.constructor("(int)", lambda kind, _capacity: GenericList((), kind), needs_type=True)
LIST.constructor(
    "(System.Collections.Generic.IEnumerable[T0])",
    lambda kind, items: GenericList(_given(items), kind),
    needs_type=True,
)
COLLECTION.constructor("()", lambda kind: GenericList((), kind), needs_type=True)
COLLECTION.constructor(
    "(System.Collections.Generic.IList[T0])", lambda kind, items: GenericList(_given(items), kind), needs_type=True
)
ARRAY_LIST.constructor("()", lambda: ArrayList())
ARRAY_LIST.constructor("(int)", lambda _capacity: ArrayList())
ARRAY_LIST.constructor("(System.Collections.ICollection)", lambda items: ArrayList(_given(items)))


def _given(items: Any) -> list[Value]:
    if items is None:
        raise null_argument("collection")
    found = unroll(items)
    if found is None:
        return [KeyValue(key, value) for key, value in items.items()] if isinstance(items, Dictionary) else [items]
    return list(found)


for _table, _item in ((LIST, "T0"), (COLLECTION, "T0"), (ARRAY_LIST, "object")):
    _table.property("Count", len, "int")
    _table.property("Capacity", lambda items: max(4, len(items)), "int", lambda _items, _value: None)
    _table.method("Clear()", _clear)
    _table.method(f"Contains({_item})", lambda items, value: _index_of(items, value) >= 0)
    _table.method("CopyTo(System.Array)", lambda items, target: _copy_to(items, target, 0))
    _table.method("CopyTo(System.Array, int)", _copy_to)
    _table.method(f"IndexOf({_item})", _index_of)
    _table.method(f"IndexOf({_item}, int)", _index_of)
    _table.method(f"LastIndexOf({_item})", _last_index_of)
    _table.method(f"Insert(int, {_item})", _insert)
    _table.method("RemoveAt(int)", _remove_at)
    _table.method("RemoveRange(int, int)", _remove_range)
    _table.method("Reverse()", _reverse)
    _table.method("Reverse(int, int)", _reverse)
    _table.method("Sort()", _sort_in_place)
    _table.method("Sort(System.Collections.IComparer)", _sort_in_place)
    _table.method(f"BinarySearch({_item})", lambda items, value: _binary_search(items, value, order))
    _table.method("TrimExcess()" if _table is not ARRAY_LIST else "TrimToSize()", lambda _items: VOID)
    _table.method(
        "ToArray()",
        lambda items: Array(items, net.array_of(items.net_type.args[0] if items.net_type.args else net.OBJECT)),
    )


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


for _table in (LIST, COLLECTION):
    _table.method("Add(T0)", _add)
    _table.method("Remove(T0)", _remove)
LIST.method("AddRange(System.Collections.Generic.IEnumerable[T0])", _extend)
LIST.method("InsertRange(int, System.Collections.Generic.IEnumerable[T0])", _insert_range)
LIST.method("GetRange(int, int)", lambda items, start, count: GenericList(_range(items, start, count), items.net_type))
LIST.method("Sort(System.Comparison`1)", _sort_in_place)
LIST.method("Exists(System.Predicate`1)", lambda items, test: _found(items, test) >= 0)
LIST.method(
    "Find(System.Predicate`1)",
    lambda items, test: next((item for item in items if is_true(test(item))), _default_of(items)),
)
LIST.method(
    "FindLast(System.Predicate`1)",
    lambda items, test: next((one for one in reversed(items) if is_true(test(one))), _default_of(items)),
)
LIST.method(
    "FindAll(System.Predicate`1)",
    lambda items, test: GenericList([one for one in items if is_true(test(one))], items.net_type),
)
LIST.method("FindIndex(System.Predicate`1)", _found)
LIST.method("FindLastIndex(System.Predicate`1)", lambda items, test: _found(items, test, last=True))
LIST.method("RemoveAll(System.Predicate`1)", _remove_all)
LIST.method("TrueForAll(System.Predicate`1)", lambda items, test: all(is_true(test(item)) for item in items))
if _table is LIST:  # a Collection has none: there it is PowerShell's own method
    LIST.method("ForEach(System.Action`1)", _for_each)
LIST.method("AsReadOnly()", lambda items: GenericList(items, items.net_type))


def _default_of(items: NetList) -> Value:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    return default_element(items.net_type.args[0])


ARRAY_LIST.method("Add(object)", lambda items, value: (items.append(value), len(items) - 1)[1])
ARRAY_LIST.method("Remove(object)", lambda items, value: (_remove(items, value), VOID)[1])
ARRAY_LIST.method("AddRange(System.Collections.ICollection)", _extend)
ARRAY_LIST.method("InsertRange(int, System.Collections.ICollection)", _insert_range)
ARRAY_LIST.method("GetRange(int, int)", lambda items, start, count: ArrayList(_range(items, start, count)))
ARRAY_LIST.method("Clone()", lambda items: ArrayList(items))
ARRAY_LIST.method("ToArray(type)", lambda items, kind: Array([cast(item, kind) for item in items], net.array_of(kind)))
for _name in ("IsFixedSize", "IsReadOnly", "IsSynchronized"):
    ARRAY_LIST.property(_name, lambda _items: False, "bool")

# ---------------------------------------------------------------- dictionaries

HASHTABLE: Final = members_of(net.HASHTABLE)
ORDERED: Final = members_of(net.ORDERED_DICTIONARY)
_EQUALITY: Final = "System.Collections.IEqualityComparer"


def fold_of(comparer: Any) -> Callable[[Value], Any]:
    """How keys are told apart under a comparer."""
    return comparer.fold if isinstance(comparer, StringComparer) else plain_key


def _filled(table: Dictionary, source: Any) -> Dictionary:
    for key, value in source.items():
        table.set(key, value)
    return table


HASHTABLE.constructor("()", lambda: Hashtable((), fold=plain_key))
HASHTABLE.constructor("(int)", lambda _capacity: Hashtable((), fold=plain_key))
HASHTABLE.constructor(f"({_EQUALITY})", lambda comparer: Hashtable((), fold=fold_of(comparer)))
HASHTABLE.constructor(f"(int, {_EQUALITY})", lambda _capacity, comparer: Hashtable((), fold=fold_of(comparer)))
HASHTABLE.constructor("(System.Collections.IDictionary)", lambda source: _filled(Hashtable((), fold=plain_key), source))
HASHTABLE.constructor(
    f"(System.Collections.IDictionary, {_EQUALITY})",
    lambda source, comparer: _filled(Hashtable((), fold=fold_of(comparer)), source),
)
ORDERED.constructor("()", lambda: OrderedDictionary((), fold=plain_key))
ORDERED.constructor("(int)", lambda _capacity: OrderedDictionary((), fold=plain_key))
ORDERED.constructor(f"({_EQUALITY})", lambda comparer: OrderedDictionary((), fold=fold_of(comparer)))


def duplicate_key(table: Dictionary, key: Value) -> NetError:
    """ArgumentException of Add."""
    if isinstance(table, GenericDictionary):
        text = f"An item with the same key has already been added. Key: {to_text(key)}"
    elif isinstance(table, OrderedDictionary):
        text = f"Item has already been added. Key in dictionary: '{to_text(key)}'  Key being added: '{to_text(key)}'"
    else:
        text = f"Item has already been added. Key in dictionary: '{to_text(key)}'  Key being added: '{to_text(key)}'"
    return NetError.of("System.ArgumentException", text)


def _add_pair(table: Dictionary, key: Value, value: Value) -> Value:
    if key is None:
        raise null_argument("key")
    if key in table:
        raise duplicate_key(table, key)
    table.set(key, value)
    return VOID


def _remove_key(table: Dictionary, key: Value) -> Value:
    if key is None:
        raise null_argument("key")
    table.remove(key)
    return VOID


def _clear_table(table: Any) -> Value:
    table.entries.clear()
    return VOID


def _has_key(table: Dictionary, key: Value) -> bool:
    if key is None:
        raise null_argument("key")
    return key in table


def keys_of(table: Dictionary) -> Value:
    """`.Keys`: a collection that a script may enumerate while it changes the dictionary's values (not its keys)."""
    return KeyCollection(table, values=False)


class KeyCollection(NetObject):
    """Keys or values of a dictionary, live."""

    __slots__ = ("table", "values")

    def __init__(self, table: Dictionary, *, values: bool) -> None:
        super().__init__()
        self.table = table
        self.values = values

    @property
    def net_type(self) -> NetType:  # type: ignore[override]
        """KeyCollection or ValueCollection of the dictionary's type."""
        return _VALUES if self.values else _KEYS

    def items(self) -> list[Value]:
        """The keys or values now."""
        return self.table.values() if self.values else self.table.keys()


_KEYS: Final = net.define("System.Collections.Hashtable+KeyCollection", interfaces=(net.ICOLLECTION,))
_VALUES: Final = net.define("System.Collections.Hashtable+ValueCollection", interfaces=(net.ICOLLECTION,))
enumerable(KeyCollection, KeyCollection.items)
for _kind in (_KEYS, _VALUES):
    members_of(_kind).property("Count", lambda self: len(self.items()), "int")
    members_of(_kind).method(
        "CopyTo(System.Array, int)", lambda self, target, index: _copy_to(self.items(), target, index)
    )
    members_of(_kind).method("Contains(object)", lambda self, value: _index_of(self.items(), value) >= 0)

_DICTIONARY: Final = members_of(net.IDICTIONARY)
for _table, _key, _value in (
    (HASHTABLE, "object", "object"),
    (ORDERED, "object", "object"),
    (members_of(net.DICTIONARY), "T0", "T1"),
    (members_of(net.SORTED_DICTIONARY), "T0", "T1"),
    (members_of(net.SORTED_LIST), "T0", "T1"),
):
    _table.property("Count", len, "int")
    _table.property("Keys", keys_of)
    _table.property("Values", lambda table: KeyCollection(table, values=True))
    _table.method(f"Add({_key}, {_value})", _add_pair)
    _table.method("Clear()", _clear_table)
    _table.method(
        "GetEnumerator()",
        lambda table: Enumerator([KeyValue(key, value, pair_type(table)) for key, value in table.items()]),
    )
    _table.method(f"get_Item({_key})", lambda table, key: table.get(key))
    _table.method(f"set_Item({_key}, {_value})", lambda table, key, value: (table.set(key, value), VOID)[1])
for _table in (HASHTABLE, ORDERED):
    _table.property("IsReadOnly", lambda _table: False, "bool")
    _table.property("IsFixedSize", lambda _table: False, "bool")
    _table.property("IsSynchronized", lambda _table: False, "bool")
    _table.property("SyncRoot", lambda table: table)
    _table.method("Contains(object)", _has_key)
    _table.method("Remove(object)", _remove_key)
HASHTABLE.method("ContainsKey(object)", _has_key)
HASHTABLE.method("ContainsValue(object)", lambda table, value: _index_of(table.values(), value) >= 0)
HASHTABLE.method("Clone()", Dictionary.copy)
HASHTABLE.method(
    "CopyTo(System.Array, int)",
    lambda table, target, index: _copy_to([KeyValue(*pair) for pair in table.items()], target, index),
)


def pair_type(table: Dictionary) -> NetType:
    """The type of a dictionary's pairs."""
    args = table.net_type.args
    return net.generic(net.KEY_VALUE_PAIR, *args) if args else net.DICTIONARY_ENTRY


def _ordered_insert(table: OrderedDictionary, index: int, key: Value, value: Value) -> Value:
    if not 0 <= index <= len(table):
        raise out_of_range("Specified argument was out of the range of valid values.", "index")
    if key in table:
        raise duplicate_key(table, key)
    pairs = table.items()
    pairs.insert(index, (key, value))
    table.entries = {table.fold(one): (one, other) for one, other in pairs}
    return VOID


def _ordered_remove_at(table: OrderedDictionary, index: int) -> Value:
    keys = table.keys()
    if not 0 <= index < len(keys):
        raise out_of_range("Specified argument was out of the range of valid values.", "index")
    table.remove(keys[index])
    return VOID


ORDERED.method("Insert(int, object, object)", _ordered_insert)
ORDERED.method("RemoveAt(int)", _ordered_remove_at)
ORDERED.method("AsReadOnly()", lambda table: table)


class SortedTable(Dictionary):
    """SortedDictionary and SortedList: enumerated by key."""

    __slots__ = ("comparer",)

    def items(self) -> list[tuple[Value, Value]]:
        """The pairs in the order of their keys."""
        compare_ = comparison_of(getattr(self, "comparer", None))
        return sorted(self.entries.values(), key=functools.cmp_to_key(lambda one, other: compare_(one[0], other[0])))


def _generic_table(kind: NetType, comparer: Any = None, source: Any = None) -> Dictionary:
    if kind.definition is net.DICTIONARY:
        made: Dictionary = GenericDictionary((), net_type=kind, fold=fold_of(comparer))
    else:
        made = SortedTable((), net_type=kind, fold=fold_of(comparer))
        made.comparer = comparer  # type: ignore[attr-defined]
    return made if source is None else _filled(made, source)


for _definition in (net.DICTIONARY, net.SORTED_DICTIONARY, net.SORTED_LIST):
    _table = members_of(_definition)
    _interface = (
        "System.Collections.Generic.IEqualityComparer[T0]"
        if _definition is net.DICTIONARY
        else "System.Collections.Generic.IComparer[T0]"
    )
    _table.constructor("()", _generic_table, needs_type=True)
    _table.constructor(f"({_interface})", _generic_table, needs_type=True)
    _table.constructor(
        "(System.Collections.IDictionary)", lambda kind, source: _generic_table(kind, None, source), needs_type=True
    )
    _table.constructor(
        f"(System.Collections.IDictionary, {_interface})",
        lambda kind, source, by: _generic_table(kind, by, source),
        needs_type=True,
    )
    if _definition is net.DICTIONARY:
        _table.constructor("(int)", lambda kind, _capacity: _generic_table(kind), needs_type=True)
        _table.constructor(
            f"(int, {_interface})", lambda kind, _capacity, by: _generic_table(kind, by), needs_type=True
        )
    _table.method("ContainsKey(T0)", _has_key)
    _table.method("ContainsValue(T1)", lambda table, value: _index_of(table.values(), value) >= 0)
    _table.method("Remove(T0)", lambda table, key: table.remove(key))
    _table.method("TryGetValue(T0, out T1)", lambda table, key, target: _try_get(table, key, target))
    _table.method("TryAdd(T0, T1)", lambda table, key, value: key not in table and (table.set(key, value) or True))


def _try_get(table: Dictionary, key: Value, target: PSReference) -> bool:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    found = key in table
    target.set(table.get(key) if found else default_element(table.net_type.args[1]))
    return found


_PAIR: Final = (members_of(net.DICTIONARY_ENTRY), members_of(net.KEY_VALUE_PAIR))
for _table in _PAIR:
    _table.property("Key", lambda pair: pair.key, "object", lambda pair, value: setattr(pair, "key", value))
    _table.property("Value", lambda pair: pair.value, "object", lambda pair, value: setattr(pair, "value", value))
_PAIR[0].property("Name", lambda pair: pair.key)
_PAIR[0].constructor("(object, object)", KeyValue)
_PAIR[1].constructor("(T0, T1)", lambda kind, key, value: KeyValue(key, value, kind), needs_type=True)

# ---------------------------------------------------------------- sets


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


enumerable(SortedSet, list)
HASH_SET: Final = members_of(net.HASH_SET)
SORTED_SET: Final = members_of(net.SORTED_SET)
_ITEMS: Final = "System.Collections.Generic.IEnumerable[T0]"
_SAME: Final = "System.Collections.Generic.IEqualityComparer[T0]"
_ORDER: Final = "System.Collections.Generic.IComparer[T0]"
HASH_SET.constructor("()", lambda kind: HashSet((), kind), needs_type=True)
HASH_SET.constructor("(int)", lambda kind, _capacity: HashSet((), kind), needs_type=True)
HASH_SET.constructor(f"({_ITEMS})", lambda kind, items: HashSet(_given(items), kind), needs_type=True)
HASH_SET.constructor(f"({_SAME})", lambda kind, comparer: HashSet((), kind, fold_of(comparer)), needs_type=True)
HASH_SET.constructor(
    f"({_ITEMS}, {_SAME})",
    lambda kind, items, comparer: HashSet(_given(items), kind, fold_of(comparer)),
    needs_type=True,
)
SORTED_SET.constructor("()", lambda kind: SortedSet((), kind), needs_type=True)
SORTED_SET.constructor(f"({_ITEMS})", lambda kind, items: SortedSet(_given(items), kind), needs_type=True)
SORTED_SET.constructor(f"({_ORDER})", lambda kind, comparer: SortedSet((), kind, comparer), needs_type=True)
SORTED_SET.constructor(
    f"({_ITEMS}, {_ORDER})", lambda kind, items, comparer: SortedSet(_given(items), kind, comparer), needs_type=True
)
SORTED_SET.property("Min", lambda self: next(iter(self), None))
SORTED_SET.property("Max", lambda self: list(self)[-1] if len(self) else None)


def _set_add(self: Any, value: Value) -> bool:
    key = self.fold(value)
    if key in self.entries:
        return False
    self.entries[key] = value
    return True


def _folded(self: Any, items: Any) -> dict[Any, Value]:
    return {self.fold(item): item for item in _given(items)}


def _union(self: Any, items: Any) -> Value:
    for item in _given(items):
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


for _table in (HASH_SET, SORTED_SET):
    _table.property("Count", len, "int")
    _table.method("Add(T0)", _set_add)
    _table.method("Clear()", _clear_table)
    _table.method("Contains(T0)", lambda self, value: self.fold(value) in self.entries)
    _table.method("Remove(T0)", lambda self, value: self.entries.pop(self.fold(value), _ABSENT) is not _ABSENT)
    _table.method("CopyTo(System.Array)", lambda self, target: _copy_to(self, target, 0))
    _table.method("CopyTo(System.Array, int)", lambda self, target, index: _copy_to(self, target, index))
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

_ABSENT: Final = object()

# ---------------------------------------------------------------- queues and stacks


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
    _table.constructor(f"({_source})", lambda kind, items: Sequence(_given(items), kind), needs_type=True)
    _table.property("Count", len, "int")
    _table.method(f"{'Enqueue' if _is_queue else 'Push'}({_item})", _add)
    _table.method(f"{'Dequeue' if _is_queue else 'Pop'}()", _take(_place, _name, remove=True))
    _table.method("Peek()", _take(_place, _name, remove=False))
    _table.method("Clear()", _clear)
    _table.method(f"Contains({_item})", lambda items, value: _index_of(items, value) >= 0)
    _table.method(
        "ToArray()",
        lambda items: Array(
            items.enumerated(), net.array_of(items.net_type.args[0] if items.net_type.args else net.OBJECT)
        ),
    )
    _table.method("CopyTo(System.Array, int)", lambda items, target, index: _copy_to(items.enumerated(), target, index))
    _table.method("Clone()", lambda items: Sequence(items, items.net_type))
    if _kind in (net.QUEUE_1, net.STACK_1):
        _table.method(f"{'TryDequeue' if _is_queue else 'TryPop'}(out T0)", _try_take(_place, remove=True))
        _table.method("TryPeek(out T0)", _try_take(_place, remove=False))

# ---------------------------------------------------------------- LINQ, as far as scripts reach for it

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


_LINQ.static("Sum(System.Collections.IEnumerable)", _sum)
_LINQ.static("Count(System.Collections.IEnumerable)", lambda items: len(_typed(items)))
_LINQ.static("Any(System.Collections.IEnumerable)", lambda items: bool(_typed(items)))
_LINQ.static("First(System.Collections.IEnumerable)", lambda items: _first(items))
_LINQ.static("Last(System.Collections.IEnumerable)", lambda items: _typed(items)[-1])
_LINQ.static("Max(System.Collections.IEnumerable)", lambda items: sorted_by(_typed(items), order)[-1])
_LINQ.static("Min(System.Collections.IEnumerable)", lambda items: sorted_by(_typed(items), order)[0])
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
    "Contains(System.Collections.IEnumerable, object)", lambda items, value: _index_of(_typed(items), value) >= 0
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
_LINQ.static("Range(int, int)", lambda start, count: Array(range(start, start + count), net.array_of(net.INT32)))
_LINQ.static("Skip(System.Collections.IEnumerable, int)", lambda items, count: _sequence(_typed(items)[count:], items))
_LINQ.static("Take(System.Collections.IEnumerable, int)", lambda items, count: _sequence(_typed(items)[:count], items))
_LINQ.static(
    "SequenceEqual(System.Collections.IEnumerable, System.Collections.IEnumerable)",
    lambda one, other: _sequence_equal(one, other),
)


def _first(items: Any) -> Value:
    found = _typed(items)
    if not found:
        raise NetError.of("System.InvalidOperationException", "Sequence contains no elements")
    return found[0]


def _distinct(items: Any, comparer: StringComparer) -> list[Value]:
    found: dict[Any, Value] = {}
    for item in _typed(items):
        found.setdefault(comparer.fold(item), item)
    return list(found.values())


def _set_work(one: Any, other: Any, *, keep: bool) -> Array:
    wanted = {plain_key(item) for item in _typed(other)}
    return _sequence(
        list({plain_key(item): item for item in _typed(one) if (plain_key(item) in wanted) == keep}.values()), one
    )


def _sequence_equal(one: Any, other: Any) -> bool:
    first, second = _typed(one), _typed(other)
    return len(first) == len(second) and all(net_equal(a, b) for a, b in zip(first, second, strict=True))


__all__ = ["Enumerator", "LabUnsupported", "net_equal", "order"]
