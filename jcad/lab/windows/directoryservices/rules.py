"""ActiveDirectoryAccessRule and ActiveDirectoryAuditRule, as scripts make and read them. No I/O but names of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject, Value
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.security import NTAccount, SecurityIdentifier
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import EnumValue, NetList
from jcad.lab.windows.access import AceRule, Qualifier, Refusal, make_rule
from jcad.lab.windows.adtypes import sid_text
from jcad.lab.windows.directoryservices import enums
from jcad.lab.windows.session import account_of, sid_of

_ACCESS: Final = "System.Security.AccessControl."
_RULE: Final = net.define(_ACCESS + "AuthorizationRule")
_ACCESS_RULE: Final = net.define(_ACCESS + "AccessRule", base=_RULE)
_AUDIT_RULE: Final = net.define(_ACCESS + "AuditRule", base=_RULE)
_OBJECT_ACCESS_RULE: Final = net.define(_ACCESS + "ObjectAccessRule", base=_ACCESS_RULE)
_OBJECT_AUDIT_RULE: Final = net.define(_ACCESS + "ObjectAuditRule", base=_AUDIT_RULE)
ACCESS_RULE: Final = net.define("System.DirectoryServices.ActiveDirectoryAccessRule", base=_OBJECT_ACCESS_RULE)
AUDIT_RULE: Final = net.define("System.DirectoryServices.ActiveDirectoryAuditRule", base=_OBJECT_AUDIT_RULE)
_COLLECTION: Final = net.define(_ACCESS + "AuthorizationRuleCollection", interfaces=(net.ICOLLECTION, net.IENUMERABLE))

Identity = SecurityIdentifier | NTAccount
_AUDIT_SHIFT: Final = 6


class DirectoryRule(NetObject):
    """A rule: whom it is about as the script said it, and the rest as the access control classes keep it."""

    __slots__ = ("identity", "net_type", "said")

    def __init__(self, identity: Identity, said: AceRule) -> None:
        super().__init__()
        self.identity = identity
        self.said = said
        self.net_type = AUDIT_RULE if said.qualifier is Qualifier.AUDIT else ACCESS_RULE

    def resolved(self) -> AceRule:
        """The rule with its trustee's SID. Raises NetError where nobody has that name."""
        return replace(self.said, sid=binary_sid(self.identity))


class RuleCollection(NetList):
    """AuthorizationRuleCollection."""

    __slots__ = ()

    def __init__(self, rules: Iterable[DirectoryRule]) -> None:
        super().__init__(rules, _COLLECTION)


def binary_sid(identity: Identity | None) -> bytes:
    """The SID of an identity. Raises NetError for $null, and where nobody has that name."""
    if identity is None:
        raise null_argument("identity")
    return sid_of(identity.value).octets() if isinstance(identity, NTAccount) else identity.octets()


def shown(rule: AceRule, kind: net.NetType) -> DirectoryRule:
    """A rule that was read, its trustee as a SID or, where it has one, a name."""
    sid = SecurityIdentifier(sid_text(rule.sid))
    return DirectoryRule(as_identity(sid, kind), rule)


def as_identity(sid: SecurityIdentifier, kind: net.NetType) -> Identity:
    """A SID as the type that a script asked for; a SID without a name stays one."""
    if kind is not NTAccount.net_type:
        return sid
    try:
        return NTAccount(account_of(sid.value))
    except NetError:
        return sid


def net_error(refusal: Refusal) -> NetError:
    """The .NET exception of a refusal."""
    if refusal.parameter:
        return NetError.of(refusal.kind, refusal.message, ParamName=refusal.parameter)
    return NetError.of(refusal.kind, refusal.message)


def _made(
    identity: Identity | None,
    rights: EnumValue,
    kind: EnumValue,
    object_type: UUID | None = None,
    inheritance: EnumValue | None = None,
    inherited_type: UUID | None = None,
) -> DirectoryRule:
    if identity is None:
        raise null_argument("identity")
    audits = kind.net_type is enums.AUDIT_FLAGS
    qualifier = Qualifier.AUDIT if audits else Qualifier(kind.number)
    number = inheritance.number if inheritance is not None else 0
    try:
        said = make_rule(
            b"",
            rights.number,
            qualifier,
            object_type,
            number,
            inherited_type,
            kind.number if audits else 0,
        )
    except Refusal as refusal:
        raise net_error(refusal) from refusal
    return DirectoryRule(identity, said)


_GUID, _REACH = "guid", "System.DirectoryServices.ActiveDirectorySecurityInheritance"

#: What follows identity, rights and kind in each constructor, and how it is given to `_made`.
_SHAPES: Final[tuple[tuple[tuple[str, ...], Callable[..., DirectoryRule]], ...]] = (
    ((), _made),
    ((_GUID,), _made),
    ((_REACH,), lambda who, what, how, reach: _made(who, what, how, None, reach)),
    ((_GUID, _REACH), _made),
    ((_REACH, _GUID), lambda who, what, how, reach, below: _made(who, what, how, None, reach, below)),
    ((_GUID, _REACH, _GUID), _made),
)


def declare() -> None:
    """Tell the interpreter about rules."""
    for kind, how in ((ACCESS_RULE, "AccessControlType"), (AUDIT_RULE, "AuditFlags")):
        table = members_of(kind)
        for more, make in _SHAPES:
            parts = (
                "System.Security.Principal.IdentityReference",
                "System.DirectoryServices.ActiveDirectoryRights",
                _ACCESS + how,
                *more,
            )
            table.constructor(f"({', '.join(parts)})", make)
        _enumeration(table, "ActiveDirectoryRights", enums.RIGHTS, lambda rule: rule.said.rights)
        _enumeration(table, "InheritanceType", enums.INHERITANCE, lambda rule: rule.said.inheritance)
        _enumeration(table, "ObjectFlags", enums.OBJECT_FLAGS, lambda rule: rule.said.object_flags)
        table.property("ObjectType", lambda rule: UUID(bytes_le=rule.said.object_type), "guid")
        table.property("InheritedObjectType", lambda rule: UUID(bytes_le=rule.said.inherited_type), "guid")
    access, audit = members_of(_ACCESS_RULE), members_of(_AUDIT_RULE)
    _enumeration(access, "AccessControlType", enums.CONTROL_TYPE, lambda rule: int(rule.said.qualifier))
    _enumeration(audit, "AuditFlags", enums.AUDIT_FLAGS, lambda rule: rule.said.flags >> _AUDIT_SHIFT & 3)
    common = members_of(_RULE)
    common.property("IdentityReference", lambda rule: rule.identity)
    common.property("IsInherited", lambda rule: rule.said.is_inherited, "bool")
    _enumeration(common, "InheritanceFlags", enums.INHERITANCE_FLAGS, _inheritance_flags)
    _enumeration(common, "PropagationFlags", enums.PROPAGATION_FLAGS, lambda rule: rule.said.flags >> 2 & 3)
    members_of(_COLLECTION).property("Count", len, "int")
    textual(DirectoryRule, lambda rule, _spec, _invariant: rule.net_type.full_name)


def _inheritance_flags(rule: Any) -> int:
    flags: int = rule.said.flags
    return (flags >> 1 & 1) | (flags & 1) << 1


def _enumeration(table: Any, name: str, kind: net.NetType, number: Callable[[Value], int]) -> None:
    table.property(name, lambda rule: EnumValue(kind, number(rule)))
