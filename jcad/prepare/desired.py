"""What a prepared domain looks like: container, groups, service accounts, and what is delegated to whom. Pure values.

A `Grant` is a row of a profile: it knows no trustee, since the account may not exist yet. With an account's SID it is a
`WantedAce`, which the arithmetic compares with a descriptor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

from jcad.model import DistinguishedName, Sid


class Inheritance(IntEnum):
    """Where an access control entry holds: System.DirectoryServices.ActiveDirectorySecurityInheritance."""

    NONE = 0
    ALL = 1
    DESCENDENTS = 2
    SELF_AND_CHILDREN = 3
    CHILDREN = 4

    @property
    def ace_flags(self) -> int:
        """The flags of the entry (CONTAINER_INHERIT 2, NO_PROPAGATE_INHERIT 4, INHERIT_ONLY 8)."""
        return (0, 0x02, 0x0A, 0x06, 0x0E)[self]


class Place(StrEnum):
    """The object whose permissions hold a grant."""

    CONTAINER = "container"
    DOMAIN = "domain"
    PASSWORD_SETTINGS = "password settings"  # noqa: S105  - CN=Password Settings Container,CN=System of the domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One entry of a profile, for whomever the profile is given to: `mask` on what, and the sentence that justifies it.

    `object_type` is the schemaIDGUID of an attribute or class, or the rightsGuid of a property set or control right;
    `inherited_object_type` the class of the objects below on which it holds. `without` says what fails without it.
    """

    mask: int
    object_type: UUID | None = None
    inherited_object_type: UUID | None = None
    inheritance: Inheritance = Inheritance.NONE
    place: Place = Place.CONTAINER
    reason: str = ""
    without: str = ""
    owner_rights: bool = False
    """Whether its trustee is OWNER RIGHTS (S-1-3-4), not the account."""
    groups_count: bool = False
    """Whether it is wanted only where no group of the account gives it (Unexpire-Password: Authenticated Users do)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAce:
    """An access control entry that is to be there (allowed), explicit or covered by what is. Compared by SID and GUIDs."""

    trustee: Sid
    mask: int
    object_type: UUID | None = None
    inherited_object_type: UUID | None = None
    inheritance: Inheritance = Inheritance.NONE
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What one account is to have in the permissions of one object. `profiles` are the names that the grants came from."""

    account: str
    container: DistinguishedName
    grants: tuple[Grant, ...]
    profiles: tuple[str, ...] = ()

    def aces(self, sid: Sid) -> tuple[WantedAce, ...]:
        """The grants as entries for the account of this SID."""
        return tuple(
            WantedAce(
                trustee=OWNER_RIGHTS if grant.owner_rights else sid,
                mask=grant.mask,
                object_type=grant.object_type,
                inherited_object_type=grant.inherited_object_type,
                inheritance=grant.inheritance,
                reason=grant.reason,
            )
            for grant in self.grants
        )


OWNER_RIGHTS = Sid.parse("S-1-3-4")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGroup:
    """A global security group; `sam` is its name as well. The ADI group must be directly in its container."""

    sam: str
    container: DistinguishedName
    description: str
    is_adi: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAccount:
    """A service account: an ordinary user. `secret` is the writable reference where its password is kept.

    `role` is what it is for: `import` or `sync`.
    """

    role: str
    sam: str
    name: str
    upn: str
    container: DistinguishedName
    description: str
    secret: str
    password_never_expires: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The whole desired state of one domain.

    `logon` is how the sync account may run scripts (off, member-server, jea, domain-controllers), `logon_server` where.
    """

    container: DistinguishedName
    create_container: bool
    groups: tuple[WantedGroup, ...]
    accounts: tuple[WantedAccount, ...]
    delegations: tuple[Delegation, ...] = ()
    logon: str = "off"
    logon_server: str = ""

    def account(self, sam: str) -> WantedAccount:
        """The account of that name."""
        return next(one for one in self.accounts if one.sam.casefold() == sam.casefold())

    def touched(self) -> Sequence[DistinguishedName]:
        """The objects whose permissions matter, each once, the highest first."""
        return sorted({one.container for one in self.delegations}, key=lambda dn: (len(dn.rdns), str(dn)))
