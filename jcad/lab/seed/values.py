"""What a lab is filled with, as plain values: the domain's half, the tenant's half, and what a first sync must say.

Pure values; no I/O. Everything is deterministic: the same sizes give the same seed, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from jcad.model import escape_value

DOMAIN_DN = "DC=lab,DC=jcad,DC=test"
DNS_DOMAIN = "lab.jcad.test"
NETBIOS_DOMAIN = "LAB"
ROOT_USER_CONTAINER = f"OU=JumpCloud,{DOMAIN_DN}"
USERS_CONTAINER = f"CN=Users,{DOMAIN_DN}"

# --- the domain ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrganizationalUnit:
    """An OU that must exist before anything is put into it."""

    name: str
    parent: str

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"OU={escape_value(self.name)},{self.parent}"


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user of the domain.

    `name` is the CN unescaped; `attributes` further LDAP attributes, each with its values; `password` None means an
    account without one (`user_account_control` then has PASSWD_NOTREQD). `primary_group` is a sAMAccountName: the
    account is made a member first, then its primaryGroupID is set. `admin_count` sets adminCount=1 as SDProp would.
    `existing` accounts are made by provisioning: only their password and attributes are set.
    """

    sam_account_name: str
    name: str
    container: str
    user_principal_name: str = ""
    user_account_control: int = 512
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    password: str | None = field(default=None, repr=False)
    primary_group: str | None = None
    admin_count: bool = False
    locked: bool = False
    existing: bool = False

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"CN={escape_value(self.name)},{self.container}"

    def value(self, attribute: str) -> str:
        """The first value of an attribute, or an empty string."""
        return next((values[0] for name, values in self.attributes if name == attribute), "")


@dataclass(frozen=True, slots=True)
class DirectoryComputer:
    """A computer account (`sam_account_name` ends in `$`)."""

    sam_account_name: str
    name: str
    container: str

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"CN={escape_value(self.name)},{self.container}"


GLOBAL_SECURITY = -2147483646
DOMAIN_LOCAL_SECURITY = -2147483644
UNIVERSAL_SECURITY = -2147483640
GLOBAL_DISTRIBUTION = 2


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group of the domain.

    `group_type` is the attribute's value (MS-ADTS 2.2.12). `members` are sAMAccountNames of users, computers or groups.
    `existing` groups are made by provisioning (Domain Admins, ...): only `members` are added.
    """

    sam_account_name: str
    name: str
    container: str
    group_type: int = GLOBAL_SECURITY
    members: tuple[str, ...] = ()
    description: str = ""
    existing: bool = False

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"CN={escape_value(self.name)},{self.container}"


@dataclass(frozen=True, slots=True)
class DirectorySeed:
    """The domain's half. Load in this order: OUs, users, computers, groups, members, then primary groups and locks."""

    ous: tuple[OrganizationalUnit, ...]
    users: tuple[DirectoryUser, ...]
    computers: tuple[DirectoryComputer, ...]
    groups: tuple[DirectoryGroup, ...]

    def user(self, sam_account_name: str) -> DirectoryUser:
        """The user of that sAMAccountName (exact). Raises KeyError."""
        for user in self.users:
            if user.sam_account_name == sam_account_name:
                return user
        raise KeyError(sam_account_name)


# --- the tenant ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TenantUser:
    """A JumpCloud user. `state` is STAGED, ACTIVATED or SUSPENDED; `more` further fields of the API by their names."""

    id: str
    username: str
    email: str
    firstname: str = ""
    lastname: str = ""
    state: str = "ACTIVATED"
    restricted_fields: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TenantGroup:
    """A JumpCloud user group with its direct members (user ids)."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    description: str = ""
    membership_method: str = "STATIC"


@dataclass(frozen=True, slots=True)
class TenantAgent:
    """An ADI agent: `agent_type` SYNC or IMPORT, `state` unsealed, active or inactive."""

    id: str
    agent_type: str
    hostname: str
    state: str
    version: str


@dataclass(frozen=True, slots=True)
class TenantSeed:
    """The tenant's half: one organisation, one AD instance with its agents, people, groups, bindings."""

    organization_id: str
    organization_name: str
    instance_id: str
    instance_domain: str
    use_case: str
    agents: tuple[TenantAgent, ...]
    users: tuple[TenantUser, ...]
    groups: tuple[TenantGroup, ...]
    bound_users: tuple[str, ...]
    bound_groups: tuple[str, ...]

    def user(self, username: str) -> TenantUser:
        """The user of that username (exact). Raises KeyError."""
        for user in self.users:
            if user.username == username:
                return user
        raise KeyError(username)

    def group(self, name: str) -> TenantGroup:
        """The group of that name (exact). Raises KeyError."""
        for group in self.groups:
            if group.name == name:
                return group
        raise KeyError(name)


# --- what a first sync must say ------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What becomes of a bound user or group in a first sync with the default settings."""

    CREATE = "create"
    LINK = "link"  # a user is taken over, a group is linked
    SKIP = "skipped"
    CONFLICT = "conflict"
    NOT_MANAGEABLE = "not manageable"


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute of a taken-over user that must be aligned."""

    attribute: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ExpectedUser:
    """What must become of one bound user, and why.

    `enabled` is the state after the sync (None: not written). `changes` are the attributes aligned at a takeover;
    `disable` says that an enabled AD account must be disabled. `withheld` are attributes reported, not written.
    """

    id: str
    username: str
    outcome: Outcome
    because: str
    sam_account_name: str = ""
    enabled: bool | None = None
    changes: tuple[AttributeChange, ...] = ()
    disable: bool = False
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """What must become of one bound group, and why.

    `adds` are the usernames added as members; `kept` the sAMAccountNames that only AD had: kept and reported.
    """

    id: str
    name: str
    outcome: Outcome
    because: str
    adds: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What jcad's first plan must say of this seed. Users and groups that are not bound appear in no plan."""

    users: tuple[ExpectedUser, ...]
    groups: tuple[ExpectedGroup, ...]

    def user_counts(self) -> dict[Outcome, int]:
        """How many bound users there are of each outcome."""
        return _counted(user.outcome for user in self.users)

    def group_counts(self) -> dict[Outcome, int]:
        """How many bound groups there are of each outcome."""
        return _counted(group.outcome for group in self.groups)

    @property
    def memberships(self) -> int:
        """How many members are added over all groups."""
        return sum(len(group.adds) for group in self.groups)

    @property
    def aligned(self) -> tuple[ExpectedUser, ...]:
        """The taken-over users with at least one attribute to align."""
        return tuple(user for user in self.users if user.changes)

    @property
    def disabled(self) -> tuple[ExpectedUser, ...]:
        """The taken-over users that must be disabled."""
        return tuple(user for user in self.users if user.disable)


def _counted(outcomes: Iterable[Outcome]) -> dict[Outcome, int]:
    found = Counter(outcomes)
    return {outcome: found.get(outcome, 0) for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole lab: both directories, the logins to use, and what a first sync must say."""

    directory: DirectorySeed
    tenant: TenantSeed
    expected: Expected
