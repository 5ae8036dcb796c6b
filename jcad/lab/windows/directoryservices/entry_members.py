"""What scripts may ask of a DirectoryEntry, its options and its properties: declared in the interpreter's table. No I/O."""

from __future__ import annotations

from typing import Any, Final

from jcad.lab.powershell.calls import LACKING
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.members import AUTOMATION_NULL, NetObject, Value
from jcad.lab.powershell.objects import enumerable, textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import Array, EnumValue, base_of
from jcad.lab.windows import dn
from jcad.lab.windows.access import Masks
from jcad.lab.windows.adtypes import ACTIVE_DIRECTORY_SECURITY
from jcad.lab.windows.directoryservices import enums, types
from jcad.lab.windows.directoryservices.entry import DirectoryEntry, Options, PropertyValues, each
from jcad.lab.windows.directoryservices.security import guarded

_MASKS: Final = "System.DirectoryServices.SecurityMasks"


class Properties(NetObject):
    """PropertyCollection: the attributes of an entry by name."""

    __slots__ = ("entry",)
    net_type = types.PROPERTIES

    def __init__(self, entry: DirectoryEntry) -> None:
        super().__init__()
        self.entry = entry

    def names(self) -> Array:
        """The attributes that hold a value."""
        return Array([values.name for values in self.entry.cache.values() if values])


def _entry(path: str | None, user: str | None, password: str | None, kind: EnumValue | None = None) -> DirectoryEntry:
    made = DirectoryEntry(path, user, password)
    made.authentication = made.authentication if kind is None else kind.number
    return made


def _refresh(entry: DirectoryEntry, names: Any = ()) -> Value:
    entry.refresh(str(base_of(name)) for name in names)
    return AUTOMATION_NULL


def _commit(entry: DirectoryEntry) -> Value:
    entry.commit()
    return AUTOMATION_NULL


def _close(entry: DirectoryEntry) -> Value:
    entry.close()
    return AUTOMATION_NULL


def _put(entry: DirectoryEntry, name: str, value: Value) -> Value:
    entry.values_of(name).put(each(value))
    return AUTOMATION_NULL


def _get(entry: DirectoryEntry, name: str) -> Value:
    return _value(entry.values_of(name))


def _value(values: PropertyValues) -> Value:
    """`.Value`: $null, the one value, or the values."""
    if not values:
        return None
    return values[0] if len(values) == 1 else Array(list(values))


def _added(values: PropertyValues, one: Value) -> int:
    values.put([*values, one])
    return len(values) - 1


def _removed(values: PropertyValues, one: Value) -> Value:
    kept = list(values)
    if base_of(one) in kept:
        kept.remove(base_of(one))
    values.put(kept)
    return AUTOMATION_NULL


def _cleared(values: PropertyValues) -> Value:
    values.put(())
    return AUTOMATION_NULL


def _parent(entry: DirectoryEntry) -> str:
    prefix = entry.path.rpartition("/")[0] if "//" in entry.path else "LDAP:/"
    start = prefix + "/" if prefix.count("/") > 1 else "LDAP://"
    return start + dn.parent(entry.text("distinguishedName"))


def declare() -> None:
    """Tell the interpreter about entries."""
    table = members_of(types.ENTRY)
    table.constructor("()", DirectoryEntry)
    table.constructor("(string)", DirectoryEntry)
    table.constructor("(string, string, string)", _entry)
    table.constructor("(string, string, string, System.DirectoryServices.AuthenticationTypes)", _entry)
    _declare_methods(table)
    _declare_properties(table)
    textual(DirectoryEntry, lambda entry, _spec, _invariant: entry.net_type.full_name)
    options = members_of(types.OPTIONS)
    options.property(
        "SecurityMasks",
        lambda held: EnumValue(enums.MASKS, int(held.masks)),
        _MASKS,
        lambda held, new: setattr(held, "masks", Masks(new.number)),
    )
    LACKING[types.OPTIONS] = frozenset(
        [
            "pagesize",
            "passwordencoding",
            "passwordport",
            "referral",
            "getcurrentservername",
            "ismutuallyauthenticated",
            "setusernamequeryquota",
        ]
    )
    _declare_collections()


def _declare_methods(table: Any) -> None:
    for name in ("CommitChanges", "SetInfo"):
        table.method(f"{name}()", guarded(_commit))
    for name in ("RefreshCache", "GetInfo"):
        table.method(f"{name}()", _refresh)
    table.method("RefreshCache(string[])", _refresh)
    for name in ("Close", "Dispose"):
        table.method(f"{name}()", _close)
    for name in ("Put", "InvokeSet"):
        table.method(f"{name}(string, object)", _put)
    for name in ("Get", "InvokeGet"):
        table.method(f"{name}(string)", _get)
    LACKING[types.ENTRY] = frozenset(
        [
            "children",
            "copyto",
            "deletetree",
            "exists",
            "invoke",
            "moveto",
            "nativeobject",
            "rename",
            "schemaentry",
            "setpassword",
            "site",
        ]
    )


def _declare_properties(table: Any) -> None:
    table.property("Path", lambda entry: entry.path, "string", _set_path)
    table.property("Username", lambda entry: entry.credential.user_name if entry.credential else None, "string")
    table.property("AuthenticationType", lambda entry: EnumValue(enums.AUTHENTICATION, entry.authentication))
    table.property("UsePropertyCache", lambda _entry: True, "bool")
    table.property("Options", lambda entry: entry.options)
    table.property("Properties", Properties)
    table.property("Guid", lambda entry: entry.guid, "guid")
    table.property("NativeGuid", lambda entry: entry.guid.bytes_le.hex(), "string")
    table.property("Name", lambda entry: entry.leaf, "string")
    table.property("Parent", _parent, "string")
    table.property("SchemaClassName", lambda entry: (list(entry.values_of("objectClass")) or [""])[-1], "string")
    table.property(
        "ObjectSecurity",
        guarded(lambda entry: entry.security),
        ACTIVE_DIRECTORY_SECURITY.full_name,
        lambda entry, new: setattr(entry, "security", new),
    )


def _set_path(entry: DirectoryEntry, path: str) -> None:
    entry.close()
    entry.path = path


def _declare_collections() -> None:
    properties = members_of(types.PROPERTIES)
    properties.property("PropertyNames", Properties.names)
    properties.property("Count", lambda held: len(held.names()), "int")
    properties.method("Contains(string)", lambda held, name: bool(held.entry.cache.get(name.lower())))
    properties.method("Item(string)", lambda held, name: held.entry.values_of(name))
    INDEXERS[Properties] = (lambda held, name: held.entry.values_of(str(base_of(name))), None)
    values = members_of(types.VALUES)
    values.property("Value", _value, "object", lambda held, new: held.put(each(new)))
    values.property("Count", len, "int")
    values.property("PropertyName", lambda held: held.name, "string")
    values.method("Add(object)", _added)
    values.method("Remove(object)", _removed)
    values.method("Clear()", _cleared)
    values.method("Contains(object)", lambda held, one: base_of(one) in list(held))
    enumerable(PropertyValues, list)
    textual(Options, lambda held, _spec, _invariant: held.net_type.full_name)
