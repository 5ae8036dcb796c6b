"""JumpCloud's side as plain values: users, groups, AD instances, agents, who is bound to what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class UserState(StrEnum):
    """The state of a JumpCloud user."""

    STAGED = "STAGED"
    ACTIVATED = "ACTIVATED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class RestrictedField:
    """A field that another source owns: `type` is active_directory, federated_identity_provider or scim."""

    field: str
    type: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudUser:
    """A JumpCloud user. Absent and empty text are both the empty text: JumpCloud does not tell them apart.

    `attributes` holds the further fields that a mapping may name, flat (`jobTitle`, `department`, ...), as text.
    """

    id: str
    username: str
    email: str = ""
    firstname: str = ""
    lastname: str = ""
    displayname: str = ""
    state: UserState = UserState.ACTIVATED
    suspended: bool = False
    restricted: tuple[RestrictedField, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_suspended(self) -> bool:
        """Whether the account is suspended, by its flag or by its state."""
        return self.suspended or self.state is UserState.SUSPENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudGroup:
    """A JumpCloud user group; `members` are the ids of its direct users."""

    id: str
    name: str
    description: str = ""
    members: frozenset[str] = frozenset()


class UseCase(StrEnum):
    """What an AD instance is for (JumpCloud API v2, activedirectory.useCase)."""

    UNSET = "UNSET"
    TWOWAYSYNC = "TWOWAYSYNC"
    JCASAUTHORITY = "JCASAUTHORITY"
    ADASAUTHORITY = "ADASAUTHORITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdInstance:
    """An Active Directory instance of a JumpCloud organisation; `domain` is spelled `DC=a;DC=b` or `DC=a,DC=b`.

    `primary_sync` and `primary_import` are the ids of the agents that JumpCloud sends work to; empty where there is none.
    """

    id: str
    domain: str
    use_case: UseCase = UseCase.UNSET
    groups_enabled: bool = True
    primary_sync: str = ""
    primary_import: str = ""


class AgentType(StrEnum):
    """Which agent it is."""

    SYNC = "SYNC"
    IMPORT = "IMPORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An ADI agent as JumpCloud knows it.

    `state` is unsealed, active or inactive; `contact_at` an RFC 3339 time or empty.
    """

    id: str
    type: AgentType
    state: str
    hostname: str = ""
    version: str = ""
    contact_at: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the agent is at work."""
        return self.state == "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A JumpCloud organisation."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """Who is bound to one AD instance: user ids (directly, or through a group), and group ids."""

    users: frozenset[str] = frozenset()
    direct_users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
