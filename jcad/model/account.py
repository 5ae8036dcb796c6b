"""Active Directory's accounts as plain values: users, groups, the flags that they carry. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from types import MappingProxyType
from uuid import UUID

from jcad.model.dn import DistinguishedName
from jcad.model.sid import Sid


class UserAccountControl(IntFlag):
    """userAccountControl (MS-ADTS 2.2.16)."""

    ACCOUNTDISABLE = 0x2
    HOMEDIR_REQUIRED = 0x8
    LOCKOUT = 0x10
    PASSWD_NOTREQD = 0x20
    PASSWD_CANT_CHANGE = 0x40
    ENCRYPTED_TEXT_PWD_ALLOWED = 0x80
    NORMAL_ACCOUNT = 0x200
    INTERDOMAIN_TRUST_ACCOUNT = 0x800
    WORKSTATION_TRUST_ACCOUNT = 0x1000
    SERVER_TRUST_ACCOUNT = 0x2000
    DONT_EXPIRE_PASSWORD = 0x10000
    MNS_LOGON_ACCOUNT = 0x20000
    SMARTCARD_REQUIRED = 0x40000
    TRUSTED_FOR_DELEGATION = 0x80000
    NOT_DELEGATED = 0x100000
    USE_DES_KEY_ONLY = 0x200000
    DONT_REQ_PREAUTH = 0x400000
    PASSWORD_EXPIRED = 0x800000
    TRUSTED_TO_AUTH_FOR_DELEGATION = 0x1000000
    PARTIAL_SECRETS_ACCOUNT = 0x4000000


class GroupType(IntFlag):
    """groupType (MS-ADTS 2.2.12), as an unsigned number of 32 bits."""

    BUILTIN_LOCAL = 0x1
    GLOBAL = 0x2
    DOMAIN_LOCAL = 0x4
    UNIVERSAL = 0x8
    SECURITY = 0x80000000


GLOBAL_SECURITY = GroupType.GLOBAL | GroupType.SECURITY


_NOTHING: Mapping[str, str] = MappingProxyType({})
_NONE_SEVERAL: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AdUser:
    """A user of Active Directory. Absent text is None, which never equals the empty text.

    `attributes` holds the first value of further attributes by their lower-case LDAP name, `several` all values of those
    that have more than one.
    Times are FILETIMEs: 100 ns since 1601, UTC.
    """

    guid: UUID
    dn: DistinguishedName
    sid: Sid
    sam: str
    upn: str | None = None
    given_name: str | None = None
    surname: str | None = None
    display_name: str | None = None
    mail: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    control: UserAccountControl = UserAccountControl.NORMAL_ACCOUNT
    object_class: str = "user"
    primary_group: int = 513
    admin_count: int = 0
    critical: bool = False
    pwd_last_set: int = 0
    lockout_time: int = 0
    account_expires: int = 0
    attributes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE_SEVERAL)

    @property
    def enabled(self) -> bool:
        """Whether the account is not disabled (it may be locked or expired all the same)."""
        return UserAccountControl.ACCOUNTDISABLE not in self.control

    @property
    def is_person(self) -> bool:
        """Whether it is an ordinary user account: no computer, trust or managed service account."""
        return self.object_class in {"user", "inetorgperson"} and UserAccountControl.NORMAL_ACCOUNT in self.control


@dataclass(frozen=True, slots=True, kw_only=True)
class AdGroup:
    """A group of Active Directory. `members` are those of its `member` attribute, whole (range retrieval done).

    Members by primaryGroupID are not in it; the reader of users knows them.
    """

    guid: UUID
    dn: DistinguishedName
    sid: Sid
    sam: str
    type: GroupType = GLOBAL_SECURITY
    description: str | None = None
    admin_count: int = 0
    critical: bool = False
    members: tuple[DistinguishedName, ...] = ()

    @property
    def is_security(self) -> bool:
        """Whether it is a security group (else a distribution group)."""
        return GroupType.SECURITY in self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class AdNameHolder:
    """Any object of the domain that holds an account name: user, group or computer; enough to tell a collision."""

    guid: UUID
    dn: DistinguishedName
    object_class: str
    sam: str
    upn: str | None = None
    mail: str | None = None
    sid: Sid | None = None
