"""Hashtable, OrderedDictionary, Dictionary[K,V], SortedDictionary, SortedList and their pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import enumerable, to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import StringComparer, null_argument, out_of_range
from jcad.lab.powershell.values import (
    Dictionary,
    GenericDictionary,
    Hashtable,
    KeyValue,
    NetObject,
    NetType,
    OrderedDictionary,
    PSReference,
    Value,
    plain_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

from jcad.lab.powershell.types.arrays import (
    copy_to,
    index_of,
)
from jcad.lab.powershell.types.sequences import (
    VOID,
    Enumerator,
    comparison_of,
    sort_key,
)

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


def clear_table(table: Any) -> Value:
    """`Clear()` of a dictionary or set."""
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

_DICTIONARY: Final = members_of(net.IDICTIONARY)


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


class SortedTable(Dictionary):
    """SortedDictionary and SortedList: enumerated by key."""

    __slots__ = ("comparer",)

    def items(self) -> list[tuple[Value, Value]]:
        """The pairs in the order of their keys."""
        compare_ = comparison_of(getattr(self, "comparer", None))
        pairs: list[tuple[Value, Value]] = list(self.entries.values())
        pairs.sort(key=sort_key(compare_))
        return pairs


def _generic_table(kind: NetType, comparer: Any = None, source: Any = None) -> Dictionary:
    if kind.definition is net.DICTIONARY:
        made: Dictionary = GenericDictionary((), net_type=kind, fold=fold_of(comparer))
    else:
        made = SortedTable((), net_type=kind, fold=fold_of(comparer))
        made.comparer = comparer  # type: ignore[attr-defined]
    return made if source is None else _filled(made, source)


def _try_get(table: Dictionary, key: Value, target: PSReference) -> bool:
    from jcad.lab.powershell.access import default_element  # noqa: PLC0415  - access builds on this module

    found = key in table
    target.set(table.get(key) if found else default_element(table.net_type.args[1]))
    return found


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
enumerable(KeyCollection, KeyCollection.items)
for _kind in (_KEYS, _VALUES):
    members_of(_kind).property("Count", lambda self: len(self.items()), "int")
    members_of(_kind).method(
        "CopyTo(System.Array, int)", lambda self, target, index: copy_to(self.items(), target, index)
    )
    members_of(_kind).method("Contains(object)", lambda self, value: index_of(self.items(), value) >= 0)
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
    _table.method("Clear()", clear_table)
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
HASHTABLE.method("ContainsValue(object)", lambda table, value: index_of(table.values(), value) >= 0)
HASHTABLE.method("Clone()", Dictionary.copy)
HASHTABLE.method(
    "CopyTo(System.Array, int)",
    lambda table, target, index: copy_to([KeyValue(*pair) for pair in table.items()], target, index),
)
ORDERED.method("Insert(int, object, object)", _ordered_insert)
ORDERED.method("RemoveAt(int)", _ordered_remove_at)
ORDERED.method("AsReadOnly()", lambda table: table)
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
    _table.method("ContainsValue(T1)", lambda table, value: index_of(table.values(), value) >= 0)
    _table.method("Remove(T0)", lambda table, key: table.remove(key))
    _table.method("TryGetValue(T0, out T1)", _try_get)
    _table.method("TryAdd(T0, T1)", lambda table, key, value: key not in table and (table.set(key, value) or True))


_PAIR: Final = (members_of(net.DICTIONARY_ENTRY), members_of(net.KEY_VALUE_PAIR))
for _table in _PAIR:
    _table.property("Key", lambda pair: pair.key, "object", lambda pair, value: setattr(pair, "key", value))
    _table.property("Value", lambda pair: pair.value, "object", lambda pair, value: setattr(pair, "value", value))
_PAIR[0].property("Name", lambda pair: pair.key)
_PAIR[0].constructor("(object, object)", KeyValue)
_PAIR[1].constructor("(T0, T1)", lambda kind, key, value: KeyValue(key, value, kind), needs_type=True)
