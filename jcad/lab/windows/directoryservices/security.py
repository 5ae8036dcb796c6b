"""ActiveDirectorySecurity as scripts see it: its methods and properties, declared on what adtypes.py holds. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from jcad.errors import DescriptorError, LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.calls import LACKING
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import AUTOMATION_NULL, Value
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.security import NTAccount, SecurityIdentifier
from jcad.lab.powershell.values import Array, EnumValue
from jcad.lab.windows.access import DirectorySecurity as Held
from jcad.lab.windows.access import Masks, Qualifier, Refusal
from jcad.lab.windows.adtypes import ACTIVE_DIRECTORY_SECURITY, DirectorySecurity, byte_array, sid_text
from jcad.lab.windows.directoryservices import enums
from jcad.lab.windows.directoryservices.rules import (
    ACCESS_RULE,
    AUDIT_RULE,
    DirectoryRule,
    RuleCollection,
    as_identity,
    binary_sid,
    net_error,
    shown,
)
from jcad.model.descriptor import SecurityDescriptor

Answer = TypeVar("Answer")
_RULE: Final = "System.DirectoryServices.ActiveDirectoryAccessRule"
_AUDIT: Final = "System.DirectoryServices.ActiveDirectoryAuditRule"
_IDENTITY: Final = "System.Security.Principal.IdentityReference"
_SECTIONS: Final = "System.Security.AccessControl.AccessControlSections"
_PARTS: Final = ((1, Masks.SACL), (2, Masks.DACL), (4, Masks.OWNER), (8, Masks.GROUP))
_ALL_SECTIONS: Final = 15


def guarded(do: Callable[..., Answer]) -> Callable[..., Answer]:
    """A function whose Refusal becomes the .NET exception that it stands for."""

    def call(*arguments: Any) -> Answer:
        try:
            return do(*arguments)
        except Refusal as refusal:
            raise net_error(refusal) from refusal

    return call


def _with_rule(do: Callable[[Held, Any], bool | None]) -> Callable[[DirectorySecurity, DirectoryRule], Value]:
    def call(security: DirectorySecurity, rule: DirectoryRule) -> Value:
        answered = do(security.held, rule.resolved())
        return AUTOMATION_NULL if answered is None else answered

    return guarded(call)


def _done(do: Callable[..., None]) -> Callable[..., Value]:
    def call(*arguments: Any) -> Value:
        do(*arguments)
        return AUTOMATION_NULL

    return guarded(call)


def _masks(sections: EnumValue | None) -> Masks:
    number = _ALL_SECTIONS if sections is None else sections.number
    masks = Masks(0)
    for bit, part in _PARTS:
        if number & bit:
            masks |= part
    return masks


def _rules(security: DirectorySecurity, audit: bool, explicit: bool, inherited: bool, kind: net.NetType) -> Value:
    if kind not in (SecurityIdentifier.net_type, NTAccount.net_type):
        text = "The targetType must be NTAccount or SecurityIdentifier."
        raise NetError.of("System.ArgumentException", text, ParamName="targetType")
    found = security.held.rules(audit=audit, explicit=explicit, inherited=inherited)
    return RuleCollection(shown(rule, kind) for rule in found)


def _person(sid: bytes, kind: net.NetType) -> Value:
    return as_identity(SecurityIdentifier(sid_text(sid)), kind) if sid else None


def _name(sid: bytes) -> str | None:
    found = _person(sid, NTAccount.net_type)
    return None if found is None else str(found.value)


def _sddl(security: DirectorySecurity, sections: EnumValue | None = None) -> str:
    masks = _masks(sections)
    part = Held()
    part.replace(security.held.to_bytes(), masks)
    raw = bytearray(part.to_bytes())
    if not masks & Masks.DACL:  # the list stands last
        del raw[int.from_bytes(raw[16:20], "little") or len(raw) :]
        raw[16:20], raw[2] = bytes(4), raw[2] & ~4
    try:
        return SecurityDescriptor.parse(bytes(raw)).to_sddl()
    except DescriptorError as error:
        raise LabUnsupported(f"this descriptor as SDDL ({error.message})") from error


def _set_sddl(security: DirectorySecurity, text: str, sections: EnumValue | None = None) -> None:
    try:
        raw = SecurityDescriptor.from_sddl(text).to_bytes()
    except DescriptorError as error:
        message = f"The SDDL form of a security descriptor object is invalid: {error.message}"
        raise NetError.of("System.ArgumentException", message, ParamName="sddlForm") from error
    security.held.replace(raw, _masks(sections))


def declare() -> None:
    """Tell the interpreter about ActiveDirectorySecurity."""
    table = members_of(ACTIVE_DIRECTORY_SECURITY)
    table.constructor("()", DirectorySecurity)
    _declare_changes(table)
    _declare_audit(table)
    _declare_reading(table)
    _declare_forms(table)
    LACKING[ACTIVE_DIRECTORY_SECURITY] = frozenset(
        ["modifyaccessrule", "modifyauditrule", "accessrulefactory", "auditrulefactory", "persist"]
    )


def _declare_changes(table: Any) -> None:
    for name, do in (
        ("AddAccessRule", Held.add),
        ("SetAccessRule", Held.set),
        ("ResetAccessRule", Held.reset),
        ("RemoveAccessRule", Held.remove),
        ("RemoveAccessRuleSpecific", Held.remove_specific),
    ):
        table.method(f"{name}({_RULE})", _with_rule(do))
    table.method(
        f"RemoveAccess({_IDENTITY}, System.Security.AccessControl.AccessControlType)",
        _done(lambda value, who, kind: value.held.remove_all(binary_sid(who), Qualifier(kind.number))),
    )
    table.method(f"PurgeAccessRules({_IDENTITY})", _done(lambda value, who: value.held.purge(binary_sid(who))))
    table.method("SetAccessRuleProtection(bool, bool)", _done(lambda value, on, keep: value.held.protect(on, keep)))
    table.method(f"SetOwner({_IDENTITY})", _done(lambda value, who: value.held.set_owner(binary_sid(who))))
    table.method(f"SetGroup({_IDENTITY})", _done(lambda value, who: value.held.set_group(binary_sid(who))))


def _declare_audit(table: Any) -> None:
    for name, do in (
        ("AddAuditRule", Held.add),
        ("SetAuditRule", Held.set),
        ("RemoveAuditRule", Held.remove),
        ("RemoveAuditRuleSpecific", Held.remove_specific),
    ):
        table.method(f"{name}({_AUDIT})", _with_rule(do))
    table.method(
        f"RemoveAudit({_IDENTITY})",
        _done(lambda value, who: value.held.remove_all(binary_sid(who), Qualifier.AUDIT)),
    )
    table.method(
        f"PurgeAuditRules({_IDENTITY})", _done(lambda value, who: value.held.purge(binary_sid(who), audit=True))
    )
    table.method(
        "SetAuditRuleProtection(bool, bool)",
        _done(lambda value, on, keep: value.held.protect(on, keep, audit=True)),
    )


def _declare_reading(table: Any) -> None:
    table.method(
        "GetAccessRules(bool, bool, type)", lambda value, own, above, kind: _rules(value, False, own, above, kind)
    )
    table.method(
        "GetAuditRules(bool, bool, type)", lambda value, own, above, kind: _rules(value, True, own, above, kind)
    )
    table.method("GetOwner(type)", lambda value, kind: _person(value.held.owner, kind))
    table.method("GetGroup(type)", lambda value, kind: _person(value.held.group, kind))
    table.property("Access", lambda value: _rules(value, False, True, True, NTAccount.net_type))
    table.property("Owner", lambda value: _name(value.held.owner), "string")
    table.property("Group", lambda value: _name(value.held.group), "string")
    table.property("Sddl", guarded(_sddl), "string")
    table.property("AreAccessRulesProtected", lambda value: value.held.is_protected(), "bool")
    table.property("AreAuditRulesProtected", lambda value: value.held.is_protected(audit=True), "bool")
    table.property("AreAccessRulesCanonical", lambda value: value.held.is_canonical, "bool")
    table.property("AreAuditRulesCanonical", lambda value: value.held.audit_is_canonical, "bool")
    table.property("AccessRightType", lambda _value: enums.RIGHTS, "type")
    table.property("AccessRuleType", lambda _value: ACCESS_RULE, "type")
    table.property("AuditRuleType", lambda _value: AUDIT_RULE, "type")


def _declare_forms(table: Any) -> None:
    table.method("GetSecurityDescriptorBinaryForm()", lambda value: byte_array(value.held.to_bytes()))
    table.method("SetSecurityDescriptorBinaryForm(byte[])", _done(_set_binary))
    table.method(f"SetSecurityDescriptorBinaryForm(byte[], {_SECTIONS})", _done(_set_binary))
    table.method(f"GetSecurityDescriptorSddlForm({_SECTIONS})", guarded(_sddl))
    table.method("SetSecurityDescriptorSddlForm(string)", _done(_set_sddl))
    table.method(f"SetSecurityDescriptorSddlForm(string, {_SECTIONS})", _done(_set_sddl))


def _set_binary(security: DirectorySecurity, octets: Array, sections: EnumValue | None = None) -> None:
    security.held.replace(bytes(int(octet) for octet in octets), _masks(sections))
