"""Lists, dictionaries and sets of .NET's: arrays, List[T], Hashtable, HashSet ...

Part of the value representation; see values.py, which re-exports all of it. All compare by identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.members import NetObject, PSObject, Value
from jcad.lab.powershell.nettype import NetType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jcad.lab.powershell.members import Members


class NetList(list[Value]):
    """A list of .NET's: compared by identity, with extended members like any object."""

    __slots__ = ("extended", "net_type", "type_names")
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    def __init__(self, items: Iterable[Value], net_type: NetType) -> None:
        super().__init__(items)
        self.net_type = net_type
        self.extended: Members | None = None
        self.type_names: list[str] | None = None


OBJECT_ARRAY: Final = net.array_of(net.OBJECT)
STRING_ARRAY: Final = net.array_of(net.STRING)
BYTE_ARRAY: Final = net.array_of(net.BYTE)
INT_ARRAY: Final = net.array_of(net.INT32)
CHAR_ARRAY: Final = net.array_of(net.CHAR)


@final
class Array(NetList):
    """An array; `Array([...])` is object[], `Array([...], STRING_ARRAY)` string[]."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = (), net_type: NetType = OBJECT_ARRAY) -> None:
        super().__init__(items, net_type)


@final
class GenericList(NetList):
    """List[T] (and Collection[T]); `net_type` is the closed type."""

    __slots__ = ()


@final
class ArrayList(NetList):
    """System.Collections.ArrayList."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = (), net_type: NetType = net.ARRAY_LIST) -> None:
        super().__init__(items, net_type)


@final
class Sequence(NetList):
    """Queue, Stack (top last), LinkedList, with or without element type: enumerable, but no IList."""

    __slots__ = ()

    def enumerated(self) -> list[Value]:
        """The elements in the order in which .NET enumerates them: a stack from its top."""
        return list(reversed(self)) if self.net_type.name.startswith("Stack") else list(self)


def is_list(value: Value) -> bool:
    """Whether the value is an IList: array, List[T] or ArrayList."""
    return isinstance(value, (Array, GenericList, ArrayList))


def array_from(items: Iterable[Value], element: NetType) -> Array:
    """An array of an element type; the items must already be of it."""
    return Array(items, net.array_of(element))


def plain_key(key: Value) -> Any:
    """What equal keys have in common, case-sensitively: Python's 1 == True == 1.0 are three keys in .NET."""
    kind = type(key)
    if kind is str or kind is int:
        return key
    if kind is PSObject:
        return plain_key(key.base)
    return (kind, key) if kind not in {Array, NetType} else key


def folded_key(key: Value) -> Any:
    """`plain_key`, but strings are compared ignoring case (ordinal)."""
    if type(key) is str:
        return key.upper()
    kind = type(key)
    return key if kind is int else plain_key(key) if kind is not PSObject else folded_key(key.base)


class Dictionary(NetObject):
    """A dictionary: `entries` maps a normal form of each key to (key, value). `fold` makes that normal form."""

    __slots__ = ("entries", "fold", "instance_type")
    ordered: ClassVar[bool] = False

    def __init__(
        self,
        pairs: Iterable[tuple[Value, Value]] = (),
        *,
        net_type: NetType | None = None,
        fold: Callable[[Value], Any] = plain_key,
    ) -> None:
        super().__init__()
        self.fold = fold
        self.instance_type = net_type
        self.entries: dict[Any, tuple[Value, Value]] = {fold(key): (key, value) for key, value in pairs}

    @property
    def net_type(self) -> NetType:  # type: ignore[override]
        """The closed type."""
        return self.instance_type if self.instance_type is not None else net.HASHTABLE

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def get(self, key: Value, default: Value = None) -> Value:
        """The value of a key, or `default`."""
        found = self.entries.get(self.fold(key))
        return default if found is None else found[1]

    def set(self, key: Value, value: Value) -> None:
        """Set or add; a key that exists keeps its own spelling and place."""
        normal = self.fold(key)
        known = self.entries.get(normal)
        self.entries[normal] = (key if known is None else known[0], value)

    def remove(self, key: Value) -> bool:
        """Take the key out; False if it was not there."""
        return self.entries.pop(self.fold(key), None) is not None

    def __contains__(self, key: Value) -> bool:
        return self.fold(key) in self.entries

    def keys(self) -> list[Value]:
        """The keys, in enumeration order."""
        return [key for key, _ in self.items()]

    def values(self) -> list[Value]:
        """The values, in enumeration order."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[Value, Value]]:
        """The pairs, in enumeration order (a Hashtable's is its own)."""
        return list(self.entries.values())

    def copy(self) -> Dictionary:
        """A shallow copy of the same type."""
        twin = type(self).__new__(type(self))
        Dictionary.__init__(twin, self.items(), net_type=self.instance_type, fold=self.fold)
        return twin


@final
class Hashtable(Dictionary):
    """System.Collections.Hashtable; a literal's keys ignore case, `[hashtable]::new()`'s do not (`fold=plain_key`)."""

    __slots__ = ()

    def __init__(
        self,
        pairs: Iterable[tuple[Value, Value]] = (),
        *,
        net_type: NetType | None = None,
        fold: Callable[[Value], Any] = folded_key,
    ) -> None:
        super().__init__(pairs, net_type=net_type, fold=fold)


@final
class OrderedDictionary(Dictionary):
    """`[ordered]@{}`: keys ignore case, and an integer index is a position."""

    __slots__ = ()
    ordered = True

    def set(self, key: Value, value: Value) -> None:
        """Set or add; a key that exists keeps its place, and takes the new spelling."""
        self.entries[self.fold(key)] = (key, value)

    def __init__(
        self,
        pairs: Iterable[tuple[Value, Value]] = (),
        *,
        net_type: NetType | None = net.ORDERED_DICTIONARY,
        fold: Callable[[Value], Any] = folded_key,
    ) -> None:
        super().__init__(pairs, net_type=net_type, fold=fold)


@final
class GenericDictionary(Dictionary):
    """Dictionary[K,V], SortedDictionary, SortedList, by `net_type`."""

    __slots__ = ()


@final
class HashSet(NetObject):
    """HashSet[T] and SortedSet[T]: `entries` maps a normal form to the element."""

    __slots__ = ("entries", "fold", "net_type")

    def __init__(self, items: Iterable[Value], net_type: NetType, fold: Callable[[Value], Any] = plain_key) -> None:
        super().__init__()
        self.net_type = net_type
        self.fold = fold
        self.entries: dict[Any, Value] = {}
        for item in items:
            self.entries.setdefault(fold(item), item)

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Value]:
        return iter(self.entries.values())


@final
class KeyValue(NetObject):
    """DictionaryEntry or KeyValuePair[K,V]."""

    __slots__ = ("key", "net_type", "value")

    def __init__(self, key: Value, value: Value, net_type: NetType = net.DICTIONARY_ENTRY) -> None:
        super().__init__()
        self.key = key
        self.value = value
        self.net_type = net_type
