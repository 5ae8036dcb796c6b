"""`$x.PSObject` and what hangs on it: properties, methods, type names; the PSNoteProperty family."""

from __future__ import annotations

from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.access import MISSING, add_member, find_property, own_property, property_names, set_property
from jcad.lab.powershell.calls import lineage
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.objects import enumerable, member_value, textual, to_text
from jcad.lab.powershell.regex.wildcard import matches
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    AliasProperty,
    Array,
    CodeProperty,
    Dictionary,
    EnumValue,
    GenericList,
    Member,
    NetObject,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptMethod,
    ScriptProperty,
    Value,
    pstypenames,
    type_of,
)

_AUTOMATION: Final = "System.Management.Automation"
MEMBER_INFO: Final = net.define(f"{_AUTOMATION}.PSMemberInfo")
PROPERTY_INFO: Final = net.define(f"{_AUTOMATION}.PSPropertyInfo", base=MEMBER_INFO)
_KINDS: Final = {
    name: net.define(f"{_AUTOMATION}.PS{name}", base=PROPERTY_INFO)
    for name in ("NoteProperty", "AliasProperty", "ScriptProperty", "CodeProperty", "Property")
}
METHOD_INFO: Final = net.define(f"{_AUTOMATION}.PSMethodInfo", base=MEMBER_INFO)


class MemberInfo(NetObject):
    """One member of an object as an object: PSNoteProperty, PSProperty ...; `owner` is None before it is added."""

    __slots__ = ("kind", "member", "name", "owner")

    def __init__(self, owner: Value, name: str, kind: str, member: Member | None = None) -> None:
        super().__init__()
        self.owner = owner
        self.name = name
        self.kind = kind
        self.member = member

    @property
    def net_type(self) -> net.NetType:  # type: ignore[override]
        """PSNoteProperty, PSProperty ..."""
        return _KINDS[self.kind]

    def value(self) -> Value:
        """The member's value."""
        if self.owner is None and self.member is not None:
            return member_value(None, self.member)
        found = own_property(self.owner, self.name) if self.kind != "Property" else _adapted(self.owner, self.name)
        return None if found is MISSING else found

    def assign(self, value: Value) -> None:
        """Set the member's value."""
        if self.owner is None and isinstance(self.member, NoteProperty):
            self.member.value = value
        else:
            set_property(self.owner, self.name, value)

    def text(self) -> str:
        """`ToString()`: string Name=value."""
        shown = self.value()
        kind = (
            "object"
            if shown is None
            else str(type_of(shown).name).lower()
            if isinstance(shown, (str, int))
            else str(type_of(shown))
        )
        return f"{kind} {self.name}={to_text(shown)}"


def _adapted(owner: Value, name: str) -> Value:
    base = owner.base if type(owner) is PSObject else owner
    found = find_property(type_of(base), name.lower())
    return MISSING if found is None else found.getter(base)


def _settable(self: MemberInfo) -> bool:
    if isinstance(self.member, (ScriptProperty, CodeProperty)):
        return self.member.setter is not None
    if self.kind == "Property":
        found = find_property(type_of(self.owner), self.name.lower())
        return found is not None and found.setter is not None
    return True


def properties(owner: Value) -> list[MemberInfo]:
    """The properties of a value, in PowerShell's order."""
    extended = getattr(owner, "extended", None) or {}
    if type(owner) is PSCustomObject:
        members = [one for one in extended.values() if not isinstance(one, ScriptMethod)]
        return [MemberInfo(owner, one.name, one.kind, one) for one in members]
    found = []
    for name in property_names(owner):
        member = extended.get(name.lower())
        found.append(MemberInfo(owner, name, member.kind if member is not None else "Property", member))
    return found


def methods_of(owner: Value) -> list[MemberInfo]:
    """The methods of a value."""
    extended = getattr(owner, "extended", None) or {}
    found = {
        member.name.lower(): MemberInfo(owner, member.name, "ScriptMethod", member)
        for member in extended.values()
        if isinstance(member, ScriptMethod)
    }
    base = owner.base if type(owner) is PSObject else owner
    for _, table in lineage(type_of(base)):
        for lower in table.methods:
            found.setdefault(lower, MemberInfo(owner, table.names[lower], "Method"))
    return list(found.values())


# ---------------------------------------------------------------- collections of members

COLLECTION: Final = net.define(f"{_AUTOMATION}.PSMemberInfoIntegratingCollection`1", interfaces=(net.IENUMERABLE_1,))


class MemberCollection(NetObject):
    """`PSObject.Properties`, `.Members` or `.Methods`, live."""

    __slots__ = ("owner", "which")
    net_type = net.generic(COLLECTION, PROPERTY_INFO)

    def __init__(self, owner: Value, which: str) -> None:
        super().__init__()
        self.owner = owner
        self.which = which

    def items(self) -> list[MemberInfo]:
        """The members now."""
        found = properties(self.owner) if self.which != "methods" else []
        return found + methods_of(self.owner) if self.which != "properties" else found

    def find(self, name: Any) -> MemberInfo | None:
        """The member of a name, or None."""
        lower = to_text(name).lower()
        if self.which == "properties" and isinstance(self.owner, PSCustomObject):
            member = self.owner.extended.get(lower)
            if member is None or isinstance(member, ScriptMethod):
                return None
            return MemberInfo(self.owner, member.name, member.kind, member)
        return next((item for item in self.items() if item.name.lower() == lower), None)


_TABLE: Final = members_of(COLLECTION)


def _add(self: MemberCollection, info: MemberInfo, *, validated: bool) -> Value:
    member = info.member
    if member is None:
        raise NetError.of(f"{_AUTOMATION}.ExtendedTypeSystemException", "The member cannot be added.")
    try:
        add_member(self.owner, member, force=not validated and False)
    except KeyError:
        message = f'Cannot add a member with the name "{member.name}" because a member with that name already exists.'
        raise NetError.of(f"{_AUTOMATION}.ExtendedTypeSystemException", message) from None
    return AUTOMATION_NULL


def _remove(self: MemberCollection, name: str) -> Value:
    extended = getattr(self.owner, "extended", None)
    if extended:
        extended.pop(name.lower(), None)
    return AUTOMATION_NULL


# ---------------------------------------------------------------- PSObject itself


class View(NetObject):
    """`$x.PSObject`: the value seen as a PSObject."""

    __slots__ = ("owner",)
    net_type = net.PS_OBJECT

    def __init__(self, owner: Value) -> None:
        super().__init__()
        self.owner = owner


class TypeNames(NetObject):
    """`PSObject.TypeNames`: a live list."""

    __slots__ = ("owner",)
    net_type = net.generic(net.COLLECTION_1, net.STRING)

    def __init__(self, owner: Value) -> None:
        super().__init__()
        self.owner = owner

    def names(self) -> list[str]:
        """The names now."""
        return pstypenames(self.owner)

    def item(self, index: Value) -> str | None:
        """A name by its number; None where there is none."""
        names, place = self.names(), cast(index, net.INT32)
        return names[place] if -len(names) <= place < len(names) else None

    def change(self, names: list[str]) -> Value:
        """Set the names."""
        if hasattr(self.owner, "type_names"):
            self.owner.type_names = names
        return AUTOMATION_NULL


_NAMES_TABLE: Final = members_of(net.define(f"{_AUTOMATION}.TypeNameCollection"))
TypeNames.net_type = net.define(f"{_AUTOMATION}.TypeNameCollection", interfaces=(net.ILIST,))

PS_OBJECT: Final = members_of(net.PS_OBJECT)


def _base(owner: Value) -> Value:
    return owner.base if type(owner) is PSObject else owner


def copy(owner: Value) -> Value:
    """`PSObject.Copy()`: note properties are copied, their values are not."""
    if isinstance(owner, PSCustomObject):
        members = {
            key: NoteProperty(one.name, one.value) if isinstance(one, NoteProperty) else one
            for key, one in owner.extended.items()
        }
        return PSCustomObject(members, list(owner.type_names) if owner.type_names is not None else None)
    if isinstance(owner, Dictionary):
        return owner.copy()
    if isinstance(owner, Array):
        return Array(owner, owner.net_type)
    return owner


def intrinsic(owner: Value, lower: str) -> Value:
    """`psobject`, `pstypenames`, `psbase`, `psadapted`, `psextended`."""
    if lower == "psobject":
        return View(owner)
    if lower == "pstypenames":
        return TypeNames(owner)
    if lower == "psbase":
        base = _base(owner)
        return Base(base) if isinstance(base, Dictionary) else base
    return View(owner)


class Base(NetObject):
    """`$hashtable.PSBase`: the dictionary's own members, where a key of the same name hides them."""

    __slots__ = ("table",)

    def __init__(self, table: Dictionary) -> None:
        super().__init__()
        self.table = table

    net_type = net.define(f"{_AUTOMATION}.PSMemberSet")


_BASE_TABLE: Final = members_of(Base.net_type)


def _of_table(table: Dictionary, name: str) -> Value:
    found = find_property(type_of(table), name.lower())
    return None if found is None else found.getter(table)


_KINDS["ScriptMethod"] = net.define(f"{_AUTOMATION}.PSScriptMethod", base=METHOD_INFO)
_KINDS["Method"] = net.define(f"{_AUTOMATION}.PSMethod", base=METHOD_INFO)
for _kind in (MEMBER_INFO,):
    _table = members_of(_kind)
    _table.property(
        "MemberType", lambda self: EnumValue(enums.MEMBER_TYPES, (enums.MEMBER_TYPES.names or {})[self.kind])
    )
    _table.property(
        "TypeNameOfValue",
        lambda self: "System.Object" if self.value() is None else type_of(self.value()).full_name,
        "string",
    )
    _table.property("Value", MemberInfo.value, "object", MemberInfo.assign)
    _table.property("Name", lambda self: self.name, "string")
    _table.property("IsInstance", lambda self: self.kind != "Property", "bool")
    _table.property("IsSettable", _settable, "bool")
    _table.property("IsGettable", lambda _self: True, "bool")
    _table.method("ToString()", MemberInfo.text)
textual(MemberInfo, lambda value, _spec, _invariant: value.text())
members_of(_KINDS["NoteProperty"]).constructor(
    "(string, object)", lambda name, value: MemberInfo(None, name, "NoteProperty", NoteProperty(name, value))
)
members_of(_KINDS["AliasProperty"]).constructor(
    "(string, string)", lambda name, target: MemberInfo(None, name, "AliasProperty", AliasProperty(name, target))
)
members_of(_KINDS["ScriptProperty"]).constructor(
    "(string, scriptblock)", lambda name, getter: MemberInfo(None, name, "ScriptProperty", ScriptProperty(name, getter))
)
members_of(_KINDS["ScriptProperty"]).constructor(
    "(string, scriptblock, scriptblock)",
    lambda name, getter, setter: MemberInfo(None, name, "ScriptProperty", ScriptProperty(name, getter, setter)),
)
members_of(_KINDS["ScriptMethod"]).constructor(
    "(string, scriptblock)", lambda name, script: MemberInfo(None, name, "ScriptMethod", ScriptMethod(name, script))
)
members_of(_KINDS["AliasProperty"]).property(
    "ReferencedMemberName", lambda self: getattr(self.member, "target", ""), "string"
)
members_of(_KINDS["ScriptMethod"]).property("Script", lambda self: getattr(self.member, "script", None))
members_of(_KINDS["ScriptProperty"]).property("GetterScript", lambda self: getattr(self.member, "getter", None))
enumerable(MemberCollection, MemberCollection.items)
INDEXERS[MemberCollection] = (MemberCollection.find, None)
_TABLE.property("Count", lambda self: len(self.items()), "int")
_TABLE.method("Item(string)", MemberCollection.find)
_TABLE.method(
    "Match(string)", lambda self, pattern: Array([item for item in self.items() if matches(item.name, pattern)])
)
_TABLE.method("Add(System.Management.Automation.PSMemberInfo)", lambda self, info: _add(self, info, validated=True))
_TABLE.method(
    "Add(System.Management.Automation.PSMemberInfo, bool)",
    lambda self, info, _prevalidated: _add(self, info, validated=False),
)
_TABLE.method("Remove(string)", _remove)
enumerable(TypeNames, TypeNames.names)
INDEXERS[TypeNames] = (TypeNames.item, None)
_NAMES_TABLE.property("Count", lambda self: len(self.names()), "int")
_NAMES_TABLE.method(
    "Insert(int, string)", lambda self, place, name: self.change([*self.names()[:place], name, *self.names()[place:]])
)
_NAMES_TABLE.method("Add(string)", lambda self, name: self.change([*self.names(), name]))
_NAMES_TABLE.method("Clear()", lambda self: self.change([]))
_NAMES_TABLE.method("Contains(string)", lambda self, name: name in self.names())
_NAMES_TABLE.method("Remove(string)", lambda self, name: self.change([one for one in self.names() if one != name]))
_NAMES_TABLE.method("IndexOf(string)", lambda self, name: self.names().index(name) if name in self.names() else -1)
PS_OBJECT.constructor("()", PSCustomObject)
PS_OBJECT.constructor("(object)", lambda value: value)
PS_OBJECT.property("Members", lambda self: MemberCollection(self.owner, "members"))
PS_OBJECT.property("Properties", lambda self: MemberCollection(self.owner, "properties"))
PS_OBJECT.property("Methods", lambda self: MemberCollection(self.owner, "methods"))
PS_OBJECT.property("ImmediateBaseObject", lambda self: _base(self.owner))
PS_OBJECT.property("BaseObject", lambda self: _base(self.owner))
PS_OBJECT.property("TypeNames", lambda self: TypeNames(self.owner))
PS_OBJECT.method("Copy()", lambda self: copy(self.owner))
PS_OBJECT.method("ToString()", lambda self: to_text(self.owner))
textual(View, lambda value, _spec, _invariant: to_text(value.owner))
for _name in ("Count", "Keys", "Values"):
    _BASE_TABLE.property(_name, lambda self, name=_name: _of_table(self.table, name))


__all__ = ["GenericList", "copy", "intrinsic", "properties"]
