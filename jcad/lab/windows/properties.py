"""The module's own properties (GivenName, Enabled, PasswordLastSet ...): from which attributes they come, how they are read.

Source: the module's class documentation, and printed objects of real sessions for the default sets. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.members import Value
from jcad.lab.powershell.nettype import NetType
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import TimeSpan
from jcad.lab.windows import adtypes as ad
from jcad.lab.windows.adtypes import ValueCollection, enum, from_filetime, sid_text
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.own_password import is_forbidden
from jcad.lab.windows.protection import is_protected

UAC: Final = "userAccountControl"
_COMPUTED: Final = "msDS-User-Account-Control-Computed"
_LOCKED, _EXPIRED = 0x10, 0x80_0000
_ENCRYPTION: Final = "msDS-SupportedEncryptionTypes"
_CIPHERS, _COMPOUND_IDENTITY = 0x1F, 0x2_0000
_SECURITY_GROUP: Final = 0x8000_0000
_SCOPES: Final = {0x2: 1, 0x4: 0, 0x8: 2}
"""groupType bit -> ADGroupScope."""

_NO_END: Final = -0x8000_0000_0000_0000
"""A length of time without end."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property: the attributes that are read for it, and how.

    `attribute` is the single attribute that it stands for (filters and changes go there), if it is one; `bit` (with
    `inverted`) the flag of userAccountControl; `is_time` a FILETIME attribute.
    """

    name: str
    attributes: tuple[str, ...]
    read: Callable[[DirectoryEntryView], Value]
    attribute: str | None = None
    bit: int = 0
    inverted: bool = False
    is_time: bool = False
    writable: bool = True


def _text(name: str, attribute: str, *, writable: bool = True) -> Property:
    return Property(name, (attribute,), lambda entry: entry.first(attribute), attribute, writable=writable)


def _many(name: str, attribute: str, *, writable: bool = True) -> Property:
    def read(entry: DirectoryEntryView) -> Value:
        value = entry.typed(attribute)
        return value if isinstance(value, ValueCollection) else ValueCollection([] if value is None else [value])

    return Property(name, (attribute,), read, attribute, writable=writable)


def _flag(name: str, bit: int, *, inverted: bool = False) -> Property:
    def read(entry: DirectoryEntryView) -> Value:
        control = entry.number(UAC)
        return None if control is None else bool(control & bit) is not inverted

    return Property(name, (UAC,), read, UAC, bit=bit, inverted=inverted)


def _computed(name: str, bit: int) -> Property:
    return Property(name, (_COMPUTED,), lambda entry: bool((entry.number(_COMPUTED) or 0) & bit), writable=False)


def _time(name: str, attribute: str, *, writable: bool = False) -> Property:
    def read(entry: DirectoryEntryView) -> Value:
        value = entry.number(attribute)
        return None if value is None or value in {0, ad.NEVER} else from_filetime(value)

    return Property(name, (attribute,), read, attribute, is_time=True, writable=writable)


def _span(name: str, attribute: str) -> Property:
    """A length of time, which the directory keeps as a negative number of 100 ns."""

    def read(entry: DirectoryEntryView) -> Value:
        value = entry.number(attribute)
        return None if value is None else TimeSpan(0 if value <= _NO_END else -value)

    return Property(name, (attribute,), read, attribute)


def _kerberos(entry: DirectoryEntryView) -> Value:
    """The encryption types of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7): one value of flags (unverified on Windows)."""
    bits = entry.number(_ENCRYPTION)
    return ValueCollection([] if bits is None else [enum(ad.KERBEROS_ENCRYPTION, bits & _CIPHERS)])


def _compound(entry: DirectoryEntryView) -> Value:
    """Whether the account supports compound identity, of the same attribute; nothing where it was never said."""
    bits = entry.number(_ENCRYPTION)
    return ValueCollection([] if bits is None else [bool(bits & _COMPOUND_IDENTITY)])


def _absent(name: str, attribute: str) -> Property:
    """A property of which the lab knows only what it looks like when its attribute is empty."""

    def read(entry: DirectoryEntryView) -> Value:
        if entry.has(attribute):
            raise LabUnsupported(f"the property {name} of an object that has {attribute}")
        return ValueCollection()

    return Property(name, (attribute,), read, writable=False)


def _object_class(entry: DirectoryEntryView) -> Value:
    """The most specific class: the last that the directory lists."""
    classes = entry.bytes("objectClass")
    return classes[-1].decode() if classes else None


def _group_scope(entry: DirectoryEntryView) -> Value:
    kind = entry.number("groupType")
    if kind is None:
        return None
    return enum(ad.GROUP_SCOPE, next((scope for bit, scope in _SCOPES.items() if kind & bit), 0))


def _group_category(entry: DirectoryEntryView) -> Value:
    kind = entry.number("groupType")
    return None if kind is None else enum(ad.GROUP_CATEGORY, 1 if kind & _SECURITY_GROUP else 0)


def _primary_group_sid(entry: DirectoryEntryView) -> Value:
    """The SID of the primary group; the reader of objects puts the group's DN in its place."""
    sid, rid = entry.bytes("objectSid"), entry.number("primaryGroupID")
    if not sid or rid is None:
        return None
    return SecurityIdentifier(f"{sid_text(sid[0]).rpartition('-')[0]}-{rid}")


def _linked_policies(entry: DirectoryEntryView) -> Value:
    linked = entry.text("gPLink") or ""
    return ValueCollection(
        part[len("LDAP://") :].split(";")[0]
        for part in linked.strip("[]").split("][")
        if part.upper().startswith("LDAP://")
    )


def _deleted(entry: DirectoryEntryView) -> Value:
    return entry.first("isDeleted")


def _protected(entry: DirectoryEntryView) -> Value:
    descriptor = entry.bytes("nTSecurityDescriptor")
    return is_protected(descriptor[0]) if descriptor else False


def _cannot_change_password(entry: DirectoryEntryView) -> Value:
    descriptor = entry.bytes("nTSecurityDescriptor")
    return is_forbidden(descriptor[0]) if descriptor else False


_OBJECT: Final = (
    _text("CanonicalName", "canonicalName", writable=False),
    _text("CN", "cn", writable=False),
    _text("Created", "createTimeStamp", writable=False),
    Property("Deleted", ("isDeleted",), _deleted, "isDeleted", writable=False),
    _text("Description", "description"),
    _text("DisplayName", "displayName"),
    _text("DistinguishedName", "distinguishedName", writable=False),
    _text("LastKnownParent", "lastKnownParent", writable=False),
    _text("Modified", "modifyTimeStamp", writable=False),
    _text("Name", "name", writable=False),
    _text("ObjectCategory", "objectCategory", writable=False),
    Property("ObjectClass", ("objectClass",), _object_class, "objectClass", writable=False),
    _text("ObjectGUID", "objectGUID", writable=False),
    Property("ProtectedFromAccidentalDeletion", ("nTSecurityDescriptor",), _protected),
)
_PRINCIPAL: Final = (
    _text("HomePage", "wWWHomePage"),
    _many("MemberOf", "memberOf", writable=False),
    _text("SamAccountName", "sAMAccountName"),
    _text("SID", "objectSid", writable=False),
    _many("SIDHistory", "sIDHistory", writable=False),
)
_ACCOUNT: Final = (
    _time("AccountExpirationDate", "accountExpires", writable=True),
    _time("AccountLockoutTime", "lockoutTime"),
    _flag("AccountNotDelegated", 0x10_0000),
    _flag("AllowReversiblePasswordEncryption", 0x80),
    _absent("AuthenticationPolicy", "msDS-AssignedAuthNPolicy"),
    _absent("AuthenticationPolicySilo", "msDS-AssignedAuthNPolicySilo"),
    _text("BadLogonCount", "badPwdCount", writable=False),
    Property("CannotChangePassword", ("nTSecurityDescriptor",), _cannot_change_password, writable=False),
    _many("Certificates", "userCertificate", writable=False),
    Property("CompoundIdentitySupported", (_ENCRYPTION,), _compound, writable=False),
    _flag("DoesNotRequirePreAuth", 0x40_0000),
    _flag("Enabled", 0x2, inverted=True),
    _flag("HomedirRequired", 0x8),
    Property("KerberosEncryptionType", (_ENCRYPTION,), _kerberos, writable=False),
    _time("LastBadPasswordAttempt", "badPasswordTime"),
    _time("LastLogonDate", "lastLogonTimestamp"),
    _computed("LockedOut", _LOCKED),
    _flag("MNSLogonAccount", 0x2_0000),
    _computed("PasswordExpired", _EXPIRED),
    _time("PasswordLastSet", "pwdLastSet"),
    _flag("PasswordNeverExpires", 0x1_0000),
    _flag("PasswordNotRequired", 0x20),
    Property("PrimaryGroup", ("primaryGroupID", "objectSid"), _primary_group_sid, writable=False),
    _absent("PrincipalsAllowedToDelegateToAccount", "msDS-AllowedToActOnBehalfOfOtherIdentity"),
    _many("ServicePrincipalNames", "servicePrincipalName"),
    _flag("TrustedForDelegation", 0x8_0000),
    _flag("TrustedToAuthForDelegation", 0x100_0000),
    _flag("UseDESKeyOnly", 0x20_0000),
    _text("UserPrincipalName", "userPrincipalName"),
)
_USER: Final = (
    _text("City", "l"),
    _text("Company", "company"),
    _text("Country", "c"),
    _text("Department", "department"),
    _text("Division", "division"),
    _text("EmailAddress", "mail"),
    _text("EmployeeID", "employeeID"),
    _text("EmployeeNumber", "employeeNumber"),
    _text("Fax", "facsimileTelephoneNumber"),
    _text("GivenName", "givenName"),
    _text("HomeDirectory", "homeDirectory"),
    _text("HomeDrive", "homeDrive"),
    _text("HomePhone", "homePhone"),
    _text("Initials", "initials"),
    _text("LogonWorkstations", "userWorkstations"),
    _text("Manager", "manager"),
    _text("MobilePhone", "mobile"),
    _text("Office", "physicalDeliveryOfficeName"),
    _text("OfficePhone", "telephoneNumber"),
    _text("Organization", "o"),
    _text("OtherName", "middleName"),
    _text("POBox", "postOfficeBox"),
    _text("PostalCode", "postalCode"),
    _text("ProfilePath", "profilePath"),
    _text("ScriptPath", "scriptPath"),
    _flag("SmartcardLogonRequired", 0x4_0000),
    _text("State", "st"),
    _text("StreetAddress", "streetAddress"),
    _text("Surname", "sn"),
    _text("Title", "title"),
)
_GROUP: Final = (
    Property("GroupCategory", ("groupType",), _group_category),
    Property("GroupScope", ("groupType",), _group_scope),
    _text("ManagedBy", "managedBy"),
    _many("Members", "member", writable=False),
)
_COMPUTER: Final = (
    _text("DNSHostName", "dNSHostName"),
    Property("IPv4Address", ("dNSHostName",), lambda entry: entry.first("dNSHostName"), writable=False),
    Property("IPv6Address", (), lambda _: None, writable=False),
    _text("Location", "location"),
    _text("ManagedBy", "managedBy"),
    _text("OperatingSystem", "operatingSystem"),
    _text("OperatingSystemHotfix", "operatingSystemHotfix"),
    _text("OperatingSystemServicePack", "operatingSystemServicePack"),
    _text("OperatingSystemVersion", "operatingSystemVersion"),
    _many("ServiceAccount", "msDS-HostServiceAccount", writable=False),
)
_UNIT: Final = (
    _text("City", "l"),
    _text("Country", "c"),
    Property("LinkedGroupPolicyObjects", ("gPLink",), _linked_policies, writable=False),
    _text("ManagedBy", "managedBy"),
    _text("PostalCode", "postalCode"),
    _text("State", "st"),
    _text("StreetAddress", "street"),
)


_POLICY: Final = (
    _many("AppliesTo", "msDS-PSOAppliesTo", writable=False),
    _text("ComplexityEnabled", "msDS-PasswordComplexityEnabled"),
    _span("LockoutDuration", "msDS-LockoutDuration"),
    _span("LockoutObservationWindow", "msDS-LockoutObservationWindow"),
    _text("LockoutThreshold", "msDS-LockoutThreshold"),
    _span("MaxPasswordAge", "msDS-MaximumPasswordAge"),
    _span("MinPasswordAge", "msDS-MinimumPasswordAge"),
    _text("MinPasswordLength", "msDS-MinimumPasswordLength"),
    _text("PasswordHistoryCount", "msDS-PasswordHistoryLength"),
    _text("Precedence", "msDS-PasswordSettingsPrecedence"),
    _text("ReversibleEncryptionEnabled", "msDS-PasswordReversibleEncryptionEnabled"),
)


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """What a cmdlet's class of objects is: its .NET type, the LDAP filter's classes, its properties, the default ones."""

    type: NetType
    ldap_class: str
    category: str | None
    defaults: tuple[str, ...]
    properties: Mapping[str, Property]

    @property
    def short(self) -> str:
        """`ADUser`, as errors name the class of a target."""
        return self.type.name


def _class(
    type_: NetType, ldap_class: str, category: str | None, defaults: str, *tables: tuple[Property, ...]
) -> ObjectClass:
    by_name = {item.name.lower(): item for table in tables for item in table}
    return ObjectClass(type_, ldap_class, category, tuple(defaults.split()), by_name)


_ENTITY_DEFAULTS: Final = "DistinguishedName Name ObjectClass ObjectGUID"

OBJECT: Final = _class(ad.AD_OBJECT, "*", None, _ENTITY_DEFAULTS, _OBJECT)
PRINCIPAL: Final = _class(ad.AD_PRINCIPAL, "*", None, f"{_ENTITY_DEFAULTS} SamAccountName SID", _OBJECT, _PRINCIPAL)
ACCOUNT: Final = _class(
    ad.AD_ACCOUNT,
    "user",
    None,
    f"{_ENTITY_DEFAULTS} Enabled SamAccountName SID UserPrincipalName",
    _OBJECT,
    _PRINCIPAL,
    _ACCOUNT,
)
USER: Final = _class(
    ad.AD_USER,
    "user",
    "person",
    f"{_ENTITY_DEFAULTS} Enabled GivenName SamAccountName SID Surname UserPrincipalName",
    _OBJECT,
    _PRINCIPAL,
    _ACCOUNT,
    _USER,
)
COMPUTER: Final = _class(
    ad.AD_COMPUTER,
    "computer",
    None,
    f"{_ENTITY_DEFAULTS} DNSHostName Enabled SamAccountName SID UserPrincipalName",
    _OBJECT,
    _PRINCIPAL,
    _ACCOUNT,
    _COMPUTER,
)
GROUP: Final = _class(
    ad.AD_GROUP,
    "group",
    None,
    f"{_ENTITY_DEFAULTS} GroupCategory GroupScope SamAccountName SID",
    _OBJECT,
    _PRINCIPAL,
    _GROUP,
)
UNIT: Final = _class(
    ad.AD_ORGANIZATIONAL_UNIT,
    "organizationalUnit",
    None,
    f"{_ENTITY_DEFAULTS} City Country LinkedGroupPolicyObjects ManagedBy PostalCode State StreetAddress",
    _OBJECT,
    _UNIT,
)
POLICY: Final = _class(
    ad.AD_FINE_GRAINED_POLICY,
    "msDS-PasswordSettings",
    None,
    f"{_ENTITY_DEFAULTS} AppliesTo ComplexityEnabled LockoutDuration LockoutObservationWindow LockoutThreshold MaxPasswordAge"
    " MinPasswordAge MinPasswordLength PasswordHistoryCount Precedence ReversibleEncryptionEnabled",
    _OBJECT,
    _POLICY,
)
