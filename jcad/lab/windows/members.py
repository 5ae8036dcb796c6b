"""What scripts may ask of the module's objects: members of ADEntity, ADPropertyValueCollection and ADException.

Declared in the interpreter's table of types by `declare`, once. No I/O.
"""

from __future__ import annotations

from functools import cache

from jcad.errors import LabUnsupported
from jcad.lab.powershell.containers import Array
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.members import Value
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import base_of, exception_type
from jcad.lab.windows import adtypes as ad
from jcad.lab.windows import exception_types
from jcad.lab.windows.adtypes import AdObject, DirectorySecurity, ValueCollection
from jcad.lab.windows.failures import AD_EXCEPTION


@cache
def declare() -> None:
    """Tell the interpreter about the module's types."""
    exception_types.declare()
    textual(AdObject, lambda value, _spec, _invariant: str(value))
    textual(DirectorySecurity, lambda value, _spec, _invariant: str(value))
    _declare_entity()
    _declare_exceptions()
    _declare_collection()
    INDEXERS[AdObject] = (_item, None)


def _declare_exceptions() -> None:
    """Every exception of the module has the server's Win32 code, 0 where it has none."""
    exception = members_of(exception_type(AD_EXCEPTION))
    exception.property("ErrorCode", lambda error: error.properties.get("ErrorCode", 0), "int")
    exception.property("ServerErrorMessage", lambda error: error.properties.get("ServerErrorMessage"), "string")


def _declare_entity() -> None:
    entity = members_of(ad.AD_ENTITY)
    entity.method("Contains(string)", lambda value, name: value.has(name))
    entity.property("PropertyNames", lambda value: Array([member.name for member in value.extended.values()]))
    entity.property("AddedProperties", lambda value: Array(_changed(value, added=True)))
    entity.property("RemovedProperties", lambda _value: Array())
    entity.property("ModifiedProperties", lambda value: Array(_changed(value, added=False)))
    entity.property("PropertyCount", lambda value: len(value.extended), "int")


def _changed(value: AdObject, *, added: bool) -> list[str]:
    """The names of the properties that a script has added, or changed, since the object was read."""
    return [
        member.name
        for name, member in (value.extended or {}).items()
        if (
            name not in value.written if added else name in value.written and value.get(name) is not value.written[name]
        )
    ]


def _item(value: AdObject, name: Value) -> Value:
    """`$user['Name']`: the property's values as a collection."""
    if not isinstance(name, str) or not value.has(name):
        raise LabUnsupported(f"[{value.net_type}]['{name}'], a property that the object does not have")
    held = value.get(name)
    return held if isinstance(held, ValueCollection) else ValueCollection([] if held is None else [held])


def _declare_collection() -> None:
    collection = members_of(ad.VALUE_COLLECTION)
    collection.property("Count", len, "int")
    collection.property("Value", _collection_value)
    collection.method("Contains(object)", lambda items, one: any(_equal(item, one) for item in items))
    collection.method("Add(object)", _add)
    collection.method("Remove(object)", _remove)
    collection.method("Clear()", lambda items: items.clear())


def _equal(one: Value, other: Value) -> bool:
    """`object.Equals`: of the same type, letters' case counts."""
    other = base_of(other)
    return type(one) is type(other) and bool(one == other)


def _add(items: ValueCollection, one: Value) -> int:
    items.append(base_of(one))
    return len(items) - 1


def _remove(items: ValueCollection, one: Value) -> None:
    for index, item in enumerate(items):
        if _equal(item, one):
            del items[index]
            return


def _collection_value(value: ValueCollection) -> Value:
    """`.Value`: $null, the one value, or the values."""
    if not value:
        return None
    return value[0] if len(value) == 1 else Array(value)
