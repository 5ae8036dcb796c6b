"""The enumerations of System.DirectoryServices and System.Security.AccessControl that scripts of delegation name. Pure."""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell.nettype import NetType
from jcad.lab.powershell.types.names import enum

_SERVICES: Final = "System.DirectoryServices."
_ACCESS: Final = "System.Security.AccessControl."


def _services(name: str, names: dict[str, int], *, flags: bool = False) -> NetType:
    return enum(_SERVICES + name, names, flags=flags)


RIGHTS: Final = _services(
    "ActiveDirectoryRights",
    {
        "CreateChild": 0x1,
        "DeleteChild": 0x2,
        "ListChildren": 0x4,
        "Self": 0x8,
        "ReadProperty": 0x10,
        "WriteProperty": 0x20,
        "DeleteTree": 0x40,
        "ListObject": 0x80,
        "ExtendedRight": 0x100,
        "Delete": 0x1_0000,
        "ReadControl": 0x2_0000,
        "GenericExecute": 0x2_0004,
        "GenericWrite": 0x2_0028,
        "GenericRead": 0x2_0094,
        "WriteDacl": 0x4_0000,
        "WriteOwner": 0x8_0000,
        "GenericAll": 0xF_01FF,
        "Synchronize": 0x10_0000,
        "AccessSystemSecurity": 0x100_0000,
    },
    flags=True,
)
INHERITANCE: Final = _services(
    "ActiveDirectorySecurityInheritance",
    {"None": 0, "All": 1, "Descendents": 2, "SelfAndChildren": 3, "Children": 4},
)
MASKS: Final = _services("SecurityMasks", {"None": 0, "Owner": 1, "Group": 2, "Dacl": 4, "Sacl": 8}, flags=True)
AUTHENTICATION: Final = _services(
    "AuthenticationTypes",
    {
        "None": 0,
        "Secure": 1,
        "Encryption": 2,
        "SecureSocketsLayer": 2,
        "ReadonlyServer": 4,
        "Anonymous": 16,
        "FastBind": 32,
        "Signing": 64,
        "Sealing": 128,
        "Delegation": 256,
        "ServerBind": 512,
    },
    flags=True,
)
SEARCH_SCOPE: Final = _services("SearchScope", {"Base": 0, "OneLevel": 1, "Subtree": 2})

CONTROL_TYPE: Final = enum(_ACCESS + "AccessControlType", {"Allow": 0, "Deny": 1})
AUDIT_FLAGS: Final = enum(_ACCESS + "AuditFlags", {"None": 0, "Success": 1, "Failure": 2}, flags=True)
INHERITANCE_FLAGS: Final = enum(
    _ACCESS + "InheritanceFlags", {"None": 0, "ContainerInherit": 1, "ObjectInherit": 2}, flags=True
)
PROPAGATION_FLAGS: Final = enum(
    _ACCESS + "PropagationFlags", {"None": 0, "NoPropagateInherit": 1, "InheritOnly": 2}, flags=True
)
OBJECT_FLAGS: Final = enum(
    _ACCESS + "ObjectAceFlags", {"None": 0, "ObjectAceTypePresent": 1, "InheritedObjectAceTypePresent": 2}, flags=True
)
SECTIONS: Final = enum(
    _ACCESS + "AccessControlSections",
    {"None": 0, "Audit": 1, "Access": 2, "Owner": 4, "Group": 8, "All": 15},
    flags=True,
)
