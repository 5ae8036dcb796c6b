"""The .NET types of the ActiveDirectory module, as values of the interpreter. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final, final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.containers import BYTE_ARRAY, Array, NetList
from jcad.lab.powershell.members import NetObject, NoteProperty, Value
from jcad.lab.powershell.nettype import NetType
from jcad.lab.powershell.values import Byte, DateTime, EnumValue
from jcad.lab.windows import access
from jcad.lab.windows.access import ALL_PARTS, Masks

_MANAGEMENT: Final = "Microsoft.ActiveDirectory.Management."

_PROPERTY_COLLECTION: Final = net.define(_MANAGEMENT + "ADPropertyCollection")
AD_ENTITY: Final = net.define(_MANAGEMENT + "ADEntity", base=_PROPERTY_COLLECTION)
AD_OBJECT: Final = net.define(_MANAGEMENT + "ADObject", base=AD_ENTITY)
AD_PRINCIPAL: Final = net.define(_MANAGEMENT + "ADPrincipal", base=AD_OBJECT)
AD_ACCOUNT: Final = net.define(_MANAGEMENT + "ADAccount", base=AD_PRINCIPAL)
AD_USER: Final = net.define(_MANAGEMENT + "ADUser", base=AD_ACCOUNT)
AD_COMPUTER: Final = net.define(_MANAGEMENT + "ADComputer", base=AD_ACCOUNT)
AD_SERVICE_ACCOUNT: Final = net.define(_MANAGEMENT + "ADServiceAccount", base=AD_ACCOUNT)
AD_GROUP: Final = net.define(_MANAGEMENT + "ADGroup", base=AD_PRINCIPAL)
AD_ORGANIZATIONAL_UNIT: Final = net.define(_MANAGEMENT + "ADOrganizationalUnit", base=AD_OBJECT)
AD_FINE_GRAINED_POLICY: Final = net.define(_MANAGEMENT + "ADFineGrainedPasswordPolicy", base=AD_OBJECT)
AD_PARTITION: Final = net.define(_MANAGEMENT + "ADPartition", base=AD_OBJECT)
AD_DOMAIN: Final = net.define(_MANAGEMENT + "ADDomain", base=AD_PARTITION)
AD_DEFAULT_POLICY: Final = net.define(_MANAGEMENT + "ADDefaultDomainPasswordPolicy", base=AD_ENTITY)
AD_FOREST: Final = net.define(_MANAGEMENT + "ADForest", base=AD_ENTITY)
AD_ROOT_DSE: Final = net.define(_MANAGEMENT + "ADRootDSE", base=AD_ENTITY)
AD_DIRECTORY_SERVER: Final = net.define(_MANAGEMENT + "ADDirectoryServer", base=AD_ENTITY)
AD_DOMAIN_CONTROLLER: Final = net.define(_MANAGEMENT + "ADDomainController", base=AD_DIRECTORY_SERVER)
AD_ATTRIBUTE_METADATA: Final = net.define(_MANAGEMENT + "ADReplicationAttributeMetadata", base=AD_ENTITY)

VALUE_COLLECTION: Final = net.define(
    _MANAGEMENT + "ADPropertyValueCollection", interfaces=(net.ILIST, net.ICOLLECTION, net.IENUMERABLE)
)
_OBJECT_SECURITY: Final = net.define("System.Security.AccessControl.ObjectSecurity")
ACTIVE_DIRECTORY_SECURITY: Final = net.define(
    "System.DirectoryServices.ActiveDirectorySecurity",
    base=net.define("System.Security.AccessControl.DirectoryObjectSecurity", base=_OBJECT_SECURITY),
)

GROUP_SCOPE: Final = net.define(_MANAGEMENT + "ADGroupScope", names={"DomainLocal": 0, "Global": 1, "Universal": 2})
GROUP_CATEGORY: Final = net.define(_MANAGEMENT + "ADGroupCategory", names={"Distribution": 0, "Security": 1})
SEARCH_SCOPE: Final = net.define(_MANAGEMENT + "ADSearchScope", names={"Base": 0, "OneLevel": 1, "Subtree": 2})
KERBEROS_ENCRYPTION: Final = net.define(
    _MANAGEMENT + "ADKerberosEncryptionType",
    names={"None": 0, "DES": 3, "RC4": 4, "AES128": 8, "AES256": 16},
    flags=True,
)
AUTH_TYPE: Final = net.define(_MANAGEMENT + "ADAuthType", names={"Negotiate": 0, "Basic": 1})
_MODES: Final = {
    "Windows2000": 0,
    "Windows2003Interim": 1,
    "Windows2003": 2,
    "Windows2008": 3,
    "Windows2008R2": 4,
    "Windows2012": 5,
    "Windows2012R2": 6,
    "Windows2016": 7,
}
DOMAIN_MODE: Final = net.define(
    _MANAGEMENT + "ADDomainMode", names={f"{name}Domain": number for name, number in _MODES.items()}
)
FOREST_MODE: Final = net.define(
    _MANAGEMENT + "ADForestMode", names={f"{name}Forest": number for name, number in _MODES.items()}
)
CONTROLLER_MODE: Final = net.define(_MANAGEMENT + "ADDomainControllerMode", names=_MODES)
OPERATION_MASTER_ROLE: Final = net.define(
    _MANAGEMENT + "ADOperationMasterRole",
    names={"PDCEmulator": 0, "RIDMaster": 1, "InfrastructureMaster": 2, "SchemaMaster": 3, "DomainNamingMaster": 4},
)

FILETIME_EPOCH: Final = 504_911_232_000_000_000
"""1601-01-01 in ticks of .NET's DateTime."""
NEVER: Final = 0x7FFF_FFFF_FFFF_FFFF
_LOCAL, _UTC = 2, 1


@final
class DirectorySecurity(NetObject):
    """System.DirectoryServices.ActiveDirectorySecurity: what `held` is does what the class does to a descriptor.

    Raises Refusal where the bytes are no descriptor. `masks` are the parts that were asked for.
    """

    __slots__ = ("held",)
    net_type = ACTIVE_DIRECTORY_SECURITY

    def __init__(self, binary: bytes | None = None, masks: Masks = ALL_PARTS) -> None:
        super().__init__()
        self.held = access.DirectorySecurity(binary, masks)

    @property
    def binary(self) -> bytes:
        """The descriptor as the class writes it."""
        return self.held.to_bytes()

    def __str__(self) -> str:
        return self.net_type.full_name


@final
class ValueCollection(NetList):
    """ADPropertyValueCollection: the values of a multi-valued attribute."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = ()) -> None:
        super().__init__(items, VALUE_COLLECTION)


class AdObject(NetObject):
    """An object of the module: ADUser, ADGroup ... Its properties are members in alphabetical order, as it prints them.

    `written` holds the values as they were read, so that `-Instance` can tell what a script has changed since.
    """

    __slots__ = ("directory", "net_type", "written")

    def __init__(self, net_type: NetType, properties: Iterable[tuple[str, Value]], *, directory: str = "") -> None:
        super().__init__()
        self.net_type = net_type
        self.directory = directory
        ordered = sorted(properties, key=lambda pair: pair[0].casefold())
        self.extended = {name.lower(): NoteProperty(name, value) for name, value in ordered}
        self.written = {name.lower(): value for name, value in ordered}

    def get(self, name: str) -> Value:
        """The value of a property, or None."""
        member = (self.extended or {}).get(name.lower())
        return member.value if isinstance(member, NoteProperty) else None

    def has(self, name: str) -> bool:
        """Whether the object has that property."""
        return name.lower() in (self.extended or {})

    def add_property(self, name: str, value: Value) -> None:
        """Take a property that the object did not have: `$user.mail = '...'` before `-Instance` writes it."""
        if self.extended is None:
            self.extended = {}
        self.extended[name.lower()] = NoteProperty(name, value)

    def __str__(self) -> str:
        """What `ToString()` gives: the distinguished name (for objects without one: unverified on Windows)."""
        return str(self.get("DistinguishedName") or self.net_type.full_name)


def byte_array(value: bytes) -> Array:
    """[byte[]]."""
    return Array([Byte(byte) for byte in value], BYTE_ARRAY)


def sid_text(binary: bytes) -> str:
    """`S-1-...` of a binary SID (MS-DTYP 2.4.2.2)."""
    authority = int.from_bytes(binary[2:8], "big")
    parts = [int.from_bytes(binary[at : at + 4], "little") for at in range(8, 8 + 4 * binary[1], 4)]
    return "-".join(["S", str(binary[0]), str(authority), *map(str, parts)])


def sid_binary(text: str) -> bytes:
    """The binary form of `S-1-...`. Raises ValueError where the text is no SID."""
    letter, *numbers = text.strip().split("-")
    if letter.upper() != "S" or len(numbers) < 3 or not all(number.isdigit() for number in numbers):
        raise ValueError(text)
    revision, authority, *parts = map(int, numbers)
    if len(parts) > 15 or any(part > 0xFFFF_FFFF for part in parts):
        raise ValueError(text)
    head = bytes((revision, len(parts))) + authority.to_bytes(6, "big")
    return head + b"".join(part.to_bytes(4, "little") for part in parts)


def guid_of(binary: bytes) -> uuid.UUID:
    """The GUID of an octet string in Windows' byte order."""
    return uuid.UUID(bytes_le=binary)


def from_filetime(value: int) -> DateTime:
    """A local time from 100 ns since 1601 in UTC. The lab's hosts run in UTC, so local time is UTC."""
    return DateTime(value + FILETIME_EPOCH, _LOCAL)


def to_filetime(moment: DateTime) -> int:
    """100 ns since 1601 of a time; unspecified and local are UTC on the lab's hosts."""
    return moment.ticks - FILETIME_EPOCH


def enum(kind: NetType, number: int) -> EnumValue:
    """A value of an enumeration."""
    return EnumValue(kind, number)
