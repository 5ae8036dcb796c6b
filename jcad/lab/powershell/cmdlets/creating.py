"""New-Object, Add-Member, Get-Member."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import types as net_types
from jcad.lab.powershell.cmdlets import core, facts, own
from jcad.lab.powershell.command import Cmdlet, CommandInfo, cmdlet
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.attributes import ValidationFailed
from jcad.lab.powershell.objects import powershell_type_name, to_text
from jcad.lab.powershell.types.registry import MEMBERS, members_of
from jcad.lab.powershell.values import (
    AliasProperty,
    Dictionary,
    EnumValue,
    Member,
    NetObject,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptBlock,
    ScriptMethod,
    ScriptProperty,
    base_of,
    custom_object,
    type_of,
)

_MEMBER_TYPES: Final = {
    "AliasProperty": 1,
    "CodeProperty": 2,
    "Property": 4,
    "NoteProperty": 8,
    "ScriptProperty": 16,
    "PropertySet": 32,
    "Method": 64,
    "CodeMethod": 128,
    "ScriptMethod": 256,
    "ParameterizedProperty": 1024,
}
MEMBER_TYPES: Final = net.define(
    "System.Management.Automation.PSMemberTypes",
    names={**_MEMBER_TYPES, "Properties": 31, "Methods": 448, "All": 0x1FFF},
    flags=True,
)


@core("New-Object", unsupported="Strict")
class NewObject(Cmdlet):
    """Construct a .NET object, or an empty custom object."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "ComObject" in self.bound:
            name = to_text(self.bound["ComObject"])
            factory = self.context.engine.services.get("com", {}).get(name.lower())
            if factory is None:
                raise LabUnsupported(f"New-Object -ComObject {name}")
            self.context.write(factory())
            return
        name = self.bound["TypeName"]
        kind = net_types.resolve(name)
        if kind is None:
            raise self.context.terminate(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.PSArgumentException",
                        f"Cannot find type [{name}]: verify that the assembly containing this type is loaded.",
                        properties={"ParamName": "TypeName"},
                    ),
                    "TypeNotFound",
                    "InvalidType",
                    thrown_by_command=True,
                )
            )
        made = self._make(kind)
        self._set_properties(made)
        self.context.write(made)

    def _make(self, kind: net.NetType) -> Any:
        if kind in {net.PS_OBJECT, net.PS_CUSTOM_OBJECT}:
            given = self.bound.get("ArgumentList")
            return given[0] if given else custom_object(())
        arguments = list(self.bound.get("ArgumentList") or ())
        try:
            return access.call_static(kind, "new", arguments)
        except Failure as failure:
            inner = failure.record.exception
            raise self.context.terminate(
                ErrorRecord(
                    NetException(
                        "System.Management.Automation.MethodInvocationException"
                        if inner.inner is not None
                        else "System.Management.Automation.MethodException",
                        inner.message,
                        inner.inner,
                    ),
                    "ConstructorInvokedThrowException",
                    "InvalidOperation",
                )
            ) from failure

    def _set_properties(self, made: Any) -> None:
        table = base_of(self.bound.get("Property"))
        if not isinstance(table, Dictionary):
            return
        for key, value in table.items():
            name = to_text(key)
            if isinstance(made, PSCustomObject):
                made.set(name, value)
                continue
            try:
                if access.get_property(made, name) is access.MISSING:
                    raise self.context.terminate(_no_member(name, made))
                access.set_property(made, name, value)
            except Failure as failure:
                if failure.record.command:
                    raise
                self.context.write_error(ErrorRecord(failure.record.exception, "InvalidValue", "InvalidData", made))


def _no_member(name: str, made: Any) -> ErrorRecord:
    return ErrorRecord(
        NetException(
            "System.InvalidOperationException",
            f'The member "{name}" was not found for the specified {type_of(made).full_name} object.',
        ),
        "InvalidOperationException",
        "InvalidOperation",
    )


class NotAMemberType:
    """What Add-Member says of a note property's name: the name of a kind of member is none (so it is -MemberType)."""

    def check(self, value: Any, context: Any) -> None:
        """Raise ValidationFailed for such a name."""
        del context
        if to_text(value).lower() in {name.lower() for name in MEMBER_TYPES.names or ()}:
            raise ValidationFailed(f"The name {to_text(value)} is a member type.")


_ADD_MEMBER: Final = CommandInfo.from_facts("Add-Member", facts()["Add-Member"])
_CHECKED: Final = replace(_ADD_MEMBER.parameters["NotePropertyName"], validations=(NotAMemberType(),))
_NULLABLE: Final = replace(_ADD_MEMBER.parameters["NotePropertyValue"], allow_null=True)


@own
@cmdlet(
    "Add-Member",
    info=replace(
        _ADD_MEMBER, parameters={**_ADD_MEMBER.parameters, "NotePropertyName": _CHECKED, "NotePropertyValue": _NULLABLE}
    ),
)
class AddMember(Cmdlet):
    """Give an object members of its own."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        target = self.bound.get("InputObject")
        type_name = self.bound.get("TypeName")
        if self._is_plain(target) and not (isinstance(target, PSObject)):
            target = PSObject(base_of(target))
        for member in self._members():
            self._add(target, member)
        if type_name:
            self._add_type_name(target, to_text(type_name))
        if self.on("PassThru"):
            self.context.write(target)

    def _is_plain(self, target: Any) -> bool:
        return not hasattr(target, "extended")

    def _add_type_name(self, target: Any, name: str) -> None:
        from jcad.lab.powershell.values import pstypenames  # noqa: PLC0415  - one use

        target.type_names = [name, *(known for known in pstypenames(target) if known != name)]

    def _members(self) -> list[Member]:
        given = base_of(self.bound.get("NotePropertyMembers"))
        if isinstance(given, Dictionary):
            return [NoteProperty(to_text(key), value) for key, value in given.items()]
        if "NotePropertyName" in self.bound:
            return [NoteProperty(self.bound["NotePropertyName"], self.bound.get("NotePropertyValue"))]
        if "Name" not in self.bound:
            return []
        return [self._one(to_text(self.bound.get("MemberType", "NoteProperty")), to_text(self.bound["Name"]))]

    def _one(self, kind: str, name: str) -> Member:
        value, second = self.bound.get("Value"), self.bound.get("SecondValue")
        lowered = kind.lower()
        if lowered == "noteproperty":
            return NoteProperty(name, value)
        if lowered == "aliasproperty":
            return AliasProperty(name, to_text(value))
        if lowered == "scriptproperty":
            return ScriptProperty(name, _block(value), _block(second))
        if lowered == "scriptmethod":
            block = _block(value)
            if block is not None:
                return ScriptMethod(name, block)
        raise LabUnsupported(f"Add-Member -MemberType {kind}")

    def _add(self, target: Any, member: Member) -> None:
        if target.extended is None:
            target.extended = {}
        lowered = member.name.lower()
        exists = lowered in target.extended
        if not exists and not isinstance(target, PSCustomObject):
            exists = access.get_property(target, member.name) is not access.MISSING and not isinstance(
                base_of(target), Dictionary
            )
        if exists and not self.on("Force"):
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.InvalidOperationException",
                        f'Cannot add a member with the name "{member.name}" because a member with that name already '
                        "exists. To overwrite the member anyway, add the Force parameter to your command.",
                    ),
                    "MemberAlreadyExists",
                    "InvalidOperation",
                    target,
                )
            )
            return
        target.extended.pop(lowered, None)
        target.extended[lowered] = member


def _block(value: Any) -> ScriptBlock | None:
    base = base_of(value)
    if base is None:
        return None
    if isinstance(base, ScriptBlock):
        return base
    raise LabUnsupported(f"Add-Member with {type_of(base).full_name} for a script")


class MemberDefinition(NetObject):
    """What Get-Member tells of one member."""

    __slots__ = ("definition", "kind", "name", "type_name")
    net_type = net.define("Microsoft.PowerShell.Commands.MemberDefinition")

    def __init__(self, type_name: str, name: str, kind: str, definition: str) -> None:
        super().__init__()
        self.type_name = type_name
        self.name = name
        self.kind = kind
        self.definition = definition

    def __str__(self) -> str:
        return self.definition


def _declare() -> None:
    members = members_of(MemberDefinition.net_type)
    members.property("TypeName", lambda m: m.type_name, "string")
    members.property("Name", lambda m: m.name, "string")
    members.property("MemberType", lambda m: EnumValue(MEMBER_TYPES, _MEMBER_TYPES[m.kind]))
    members.property("Definition", lambda m: m.definition, "string")


_declare()


@core("Get-Member", unsupported="View")
class GetMember(Cmdlet):
    """Tell an object's members, once for each type."""

    __slots__ = ("_seen",)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._seen: set[str] = set()

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        item = self.bound.get("InputObject")
        if item is None:
            return
        from jcad.lab.powershell.values import pstypenames  # noqa: PLC0415  - one use

        name = pstypenames(item)[0]
        if name in self._seen:
            return
        self._seen.add(name)
        found = _static_members(item) if self.on("Static") else _members(item, name)
        for member in sorted(found, key=lambda one: (_MEMBER_TYPES[one.kind] >= 64, one.name.lower())):
            if self._wanted(member):
                self.context.write(member)

    def _wanted(self, member: MemberDefinition) -> bool:
        patterns = self.bound.get("Name")
        if patterns and not any(fnmatch.fnmatchcase(member.name.lower(), to_text(one).lower()) for one in patterns):
            return False
        wanted = self.bound.get("MemberType")
        if wanted is None:
            return True
        number = base_of(cast(wanted, MEMBER_TYPES)).number
        return bool(number & _MEMBER_TYPES[member.kind])

    def end(self) -> None:
        """Finish after the last object."""
        if not self._seen and "InputObject" not in self.bound:
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.InvalidOperationException", "You must specify an object for the Get-Member cmdlet."
                    ),
                    "NoObjectInGetMember",
                    "CloseError",
                )
            )


def _members(item: Any, type_name: str) -> list[MemberDefinition]:
    found = [
        MemberDefinition(type_name, member.name, member.kind, _definition(item, member))
        for member in (getattr(item, "extended", None) or {}).values()
    ]
    kind = type_of(base_of(item))
    seen = {member.name.lower() for member in found}
    for one in kind.ancestry():
        table = MEMBERS.get(one)
        if table is None:
            continue
        for prop in table.properties.values():
            if prop.name.lower() not in seen:
                seen.add(prop.name.lower())
                access_words = "{get;set;}" if prop.setter else "{get;}"
                text = f"{powershell_type_name(prop.type)} {prop.name} {access_words}"
                found.append(MemberDefinition(type_name, prop.name, "Property", text))
        for lowered in table.methods:
            if lowered not in seen:
                seen.add(lowered)
                name = table.names.get(lowered, lowered)
                found.append(MemberDefinition(type_name, name, "Method", f"{name}()"))
    return found


def _static_members(item: Any) -> list[MemberDefinition]:
    base = base_of(item)
    kind = base if isinstance(base, net.NetType) else type_of(base)
    table = MEMBERS.get(kind)
    if table is None:
        return []
    names = [MemberDefinition(str(kind), table.names.get(one, one), "Method", one) for one in table.statics]
    return names + [
        MemberDefinition(str(kind), one.name, "Property", one.name) for one in table.static_properties.values()
    ]


def _definition(item: Any, member: Member) -> str:
    if isinstance(member, NoteProperty):
        value = member.value
        kind = "object" if value is None else powershell_type_name(type_of(value))
        return f"{kind} {member.name}={to_text(value) if value is not None else 'null'}"
    if isinstance(member, AliasProperty):
        return f"{member.name} = {member.target}"
    del item
    return f"System.Object {member.name}"
