"""WellKnownSidType, and the SIDs that it names: constructor and IsWellKnown of SecurityIdentifier. Pure (MS-DTYP 2.4.2.4)."""

from __future__ import annotations

from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.types.names import enum
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import EnumValue

#: Name, number, and SID; of those that a domain gives, the RID alone.
_KNOWN: Final = (
    ("NullSid", 0, "S-1-0-0"),
    ("WorldSid", 1, "S-1-1-0"),
    ("LocalSid", 2, "S-1-2-0"),
    ("CreatorOwnerSid", 3, "S-1-3-0"),
    ("CreatorGroupSid", 4, "S-1-3-1"),
    ("NetworkSid", 9, "S-1-5-2"),
    ("BatchSid", 10, "S-1-5-3"),
    ("InteractiveSid", 11, "S-1-5-4"),
    ("ServiceSid", 12, "S-1-5-6"),
    ("AnonymousSid", 13, "S-1-5-7"),
    ("EnterpriseControllersSid", 15, "S-1-5-9"),
    ("SelfSid", 16, "S-1-5-10"),
    ("AuthenticatedUserSid", 17, "S-1-5-11"),
    ("LocalSystemSid", 22, "S-1-5-18"),
    ("LocalServiceSid", 23, "S-1-5-19"),
    ("NetworkServiceSid", 24, "S-1-5-20"),
    ("BuiltinDomainSid", 25, "S-1-5-32"),
    ("BuiltinAdministratorsSid", 26, "S-1-5-32-544"),
    ("BuiltinUsersSid", 27, "S-1-5-32-545"),
    ("BuiltinGuestsSid", 28, "S-1-5-32-546"),
    ("BuiltinPowerUsersSid", 29, "S-1-5-32-547"),
    ("BuiltinAccountOperatorsSid", 30, "S-1-5-32-548"),
    ("BuiltinSystemOperatorsSid", 31, "S-1-5-32-549"),
    ("BuiltinPrintOperatorsSid", 32, "S-1-5-32-550"),
    ("BuiltinBackupOperatorsSid", 33, "S-1-5-32-551"),
    ("BuiltinReplicatorSid", 34, "S-1-5-32-552"),
    ("BuiltinPreWindows2000CompatibleAccessSid", 35, "S-1-5-32-554"),
    ("BuiltinRemoteDesktopUsersSid", 36, "S-1-5-32-555"),
    ("AccountAdministratorSid", 38, "500"),
    ("AccountGuestSid", 39, "501"),
    ("AccountKrbtgtSid", 40, "502"),
    ("AccountDomainAdminsSid", 41, "512"),
    ("AccountDomainUsersSid", 42, "513"),
    ("AccountDomainGuestsSid", 43, "514"),
    ("AccountComputersSid", 44, "515"),
    ("AccountControllersSid", 45, "516"),
    ("AccountCertAdminsSid", 46, "517"),
    ("AccountSchemaAdminsSid", 47, "518"),
    ("AccountEnterpriseAdminsSid", 48, "519"),
    ("AccountPolicyAdminsSid", 49, "520"),
)
_NAME: Final = "System.Security.Principal.WellKnownSidType"
TYPE: Final = enum(_NAME, {name: number for name, number, _ in _KNOWN})
_BY_NUMBER: Final = {number: sid for _, number, sid in _KNOWN}


def _made(kind: EnumValue, domain: SecurityIdentifier | None) -> SecurityIdentifier:
    sid = _BY_NUMBER.get(kind.number)
    if sid is None:
        raise LabUnsupported(f"[{_NAME}] {kind.number}")
    if sid.startswith("S-"):
        return SecurityIdentifier(sid)
    if domain is None:
        text = "Value cannot be null. (Parameter 'domainSid')"
        raise NetError.of("System.ArgumentNullException", text, ParamName="domainSid")
    return SecurityIdentifier(f"{domain.value}-{sid}")


def _is(value: SecurityIdentifier, kind: EnumValue) -> bool:
    sid = _BY_NUMBER.get(kind.number, "")
    if sid.startswith("S-"):
        return value.value == sid
    return value.value.startswith("S-1-5-21-") and value.value.rpartition("-")[2] == sid


def declare() -> None:
    """Tell the interpreter about well-known SIDs."""
    table = members_of(SecurityIdentifier.net_type)
    table.constructor(f"({_NAME}, System.Security.Principal.SecurityIdentifier)", _made)
    table.method(f"IsWellKnown({_NAME})", _is)
