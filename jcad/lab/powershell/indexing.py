"""`$x[i]` and `$x[i] = v`: arrays, lists, texts, dictionaries; several indexes at once; what PowerShell does with the rest."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import utf16
from jcad.lab.powershell.convert import cast, try_cast
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.objects import to_text, unroll
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Char,
    Dictionary,
    KeyValue,
    NetList,
    NetType,
    OrderedDictionary,
    PSObject,
    Sequence,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as Several

#: Python class -> (reads by an index, writes by an index or None): indexers that types/ and other rooms declare.
INDEXERS: Final[dict[type, tuple[Callable[[Any, Value], Value], Callable[[Any, Value, Value], None] | None]]] = {}


def get_index(value: Value, indexes: Several[Value]) -> Value:
    """`$x[i]`; `$x[i, j]` comes as one index that is an array."""
    base = value.base if type(value) is PSObject else value
    if base is None or base is AUTOMATION_NULL:
        raise Failure.of("NullArray", "Cannot index into a null array.", "InvalidOperation")
    index = indexes[0].base if type(indexes[0]) is PSObject else indexes[0]
    if isinstance(base, Dictionary):
        return _dictionary_index(base, index)
    if index is None and (isinstance(base, (NetList, str)) or unroll(base) is not None):
        raise _null_index()
    indexer = INDEXERS.get(type(base))
    if indexer is not None:
        several = None if type_of(base).is_array else unroll(index)
        if several is not None:
            return _several_by_indexer(indexer[0], base, several)
        return _by_indexer(indexer[0], base, index)
    if isinstance(base, (NetList, str)) and not isinstance(base, Sequence):
        return _sequence_index(base, index)
    return _scalar_index(base, index)


def _null_index() -> Failure:
    return Failure.of(
        "NullArrayIndex", "Index operation failed; the array index evaluated to null.", "InvalidOperation"
    )


def _sequence_index(base: NetList | str, index: Value) -> Value:
    several = unroll(index)
    if several is not None:
        found = [_NOTHING if place is None else _element(base, place) for place in map(_position, several)]
        return Array([one for one in found if one is not _NOTHING])
    position = _position(index)
    found_one = _NOTHING if position is None else _element(base, position)
    return None if found_one is _NOTHING else found_one


_NOTHING: Final = object()


def _position(index: Value) -> int | None:
    """An index as a number; None where it cannot be one but has a value (what has none is an error)."""
    if type(index) is int:
        return index
    try:
        return int(cast(index, net.INT32))
    except Failure as failure:
        if failure.record.error_id == "ConvertToFinalInvalidCastException":
            raise
        return None


def _element(base: NetList | str, position: int) -> Value:
    items: Any = utf16.units(base) if isinstance(base, str) else base
    if not -len(items) <= position < len(items):
        return _NOTHING
    found = items[position]
    return Char(found) if isinstance(base, str) else found


def _several_by_indexer(read: Callable[[Any, Value], Value], base: Value, indexes: Iterable[Value]) -> Value:
    found = []
    for index in indexes:
        with contextlib.suppress(NetError):
            found.append(read(base, index))
    return Array(found)


def _by_indexer(read: Callable[[Any, Value], Value], base: Value, index: Value) -> Value:
    try:
        return read(base, index)
    except NetError as error:
        text = f'Exception getting "Item": "{error.exception.message}"'
        kind = "System.Management.Automation.GetValueInvocationException"
        raise Failure.of("ExceptionWhenGetting", text, exception=kind, inner=error.exception) from error


def _dictionary_index(base: Dictionary, index: Value) -> Value:
    if index is None:
        raise _null_index()
    several = unroll(index)
    if several is not None and index not in base:
        return Array([_one_of_several(base, one) for one in several if one is not None])
    if isinstance(base, OrderedDictionary) and isinstance(index, int) and type(index) is not bool:
        items = base.items()
        return items[index][1] if -len(items) <= index < len(items) else None
    if base.net_type.args:
        return _generic_index(base, index)
    return base.get(index)


def _one_of_several(base: Dictionary, index: Value) -> Value:
    return None if unroll(index) is not None else _dictionary_index(base, index)


def _generic_index(base: Dictionary, index: Value) -> Value:
    key = cast(index, base.net_type.args[0]) if base.net_type.args else index
    if key not in base:
        return None
    return base.get(key)


def _scalar_index(base: Value, index: Value) -> Value:
    """A value that is no list counts as a list of itself where the index is a number (0 and -1)."""
    if type(index) is int and index in (0, -1) and not isinstance(base, KeyValue):
        return base
    several = unroll(index)
    if several is not None:
        return None
    if type(index) is not int:
        position = try_cast(index, net.INT32)
        return base if position in (0, -1) else None
    return None


def _cannot_index(kind: NetType) -> Failure:
    return Failure.of("CannotIndex", f'Unable to index into an object of type "{kind}".', "InvalidOperation")


def set_index(value: Value, indexes: Several[Value], new: Value) -> None:
    """`$x[i] = new`."""
    base = value.base if type(value) is PSObject else value
    if base is None or base is AUTOMATION_NULL:
        raise Failure.of("NullArray", "Cannot index into a null array.", "InvalidOperation")
    index = indexes[0].base if type(indexes[0]) is PSObject else indexes[0]
    if index is None:
        raise _null_index()
    if isinstance(base, Dictionary):
        _set_entry(base, index, new)
        return
    indexer = INDEXERS.get(type(base))
    if indexer is not None and indexer[1] is not None:
        indexer[1](base, index, new)
        return
    if isinstance(base, NetList) and not isinstance(base, Sequence):
        _set_element(base, index, new)
        return
    raise _cannot_index(type_of(base))


def _set_entry(base: Dictionary, index: Value, new: Value) -> None:
    if isinstance(base, OrderedDictionary) and isinstance(index, int) and type(index) is not bool:
        keys = base.keys()
        if not 0 <= index < len(keys):
            raise _out_of_range("Specified argument was out of the range of valid values. (Parameter 'index')")
        base.set(keys[index], new)
        return
    if base.net_type.args:
        base.set(cast(index, base.net_type.args[0]), cast(new, base.net_type.args[1]))
        return
    base.set(index, new)


def _out_of_range(message: str) -> Failure:
    return Failure.from_exception(NetException("System.ArgumentOutOfRangeException", message))


def _set_element(base: NetList, index: Value, new: Value) -> None:
    if unroll(index) is not None:
        raise Failure.of(
            "ArraySliceAssignmentFailed",
            f"Assigning values to an array slice is not supported: [{to_text(index)}].",
            "InvalidOperation",
        )
    position = int(cast(index, net.INT32))
    if not -len(base) <= position < len(base):
        if isinstance(base, Array):
            error = NetException("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
            raise Failure.from_exception(error, category="OperationStopped")
        message = (
            "Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')"
        )
        error = NetException("System.ArgumentOutOfRangeException", message)
        raise Failure.from_exception(error, category="OperationStopped")
    base[position] = element_for(base, new)


def element_for(base: NetList, new: Value) -> Value:
    """A value as an element of a list of this element type."""
    kind = base.net_type.element or (base.net_type.args[0] if base.net_type.args else net.OBJECT)
    return new if kind is net.OBJECT else cast(new, kind)
