"""What a domain is like before, between and after: what was observed, as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jcad.directory import Count, SecuredObject
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, Sid
from jcad.model.schema import SchemaMap


class Kept(StrEnum):
    """What is kept of an account's password, where the settings say that it is kept."""

    ABSENT = "absent"
    PENDING = "pending"  # made, and not known to be the account's
    KNOWN = "known"
    NOWHERE = "nowhere"  # the settings name no place


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """A service account that is there. `groups` are all that it is in, nested and primary ones too.

    `max_age` is after how many seconds its password expires where it may expire, by the policy that holds for it (0: never).
    """

    user: AdUser
    description: str = ""
    groups: tuple[AdGroup, ...] = ()
    token: frozenset[Sid] = frozenset()
    max_age: int = 0
    may_log_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What was read of a domain, from one domain controller.

    `objects` are the containers that matter, by name: the root user container, the domain's head and others that grants name;
    what is not there is not among them. `below` are the containers below the root user container, `privileged` the objects
    below it that are privileged; `unresolved` are SIDs of the domain in
    their entries that resolve to nothing.
    """

    dc: str
    domain: DistinguishedName
    domain_sid: Sid
    objects: Mapping[DistinguishedName, SecuredObject]
    below: tuple[SecuredObject, ...] = ()
    privileged: tuple[SecuredObject, ...] = ()
    count: Count = field(default_factory=lambda: Count(0))
    holders: tuple[AdNameHolder, ...] = ()
    groups: Mapping[str, AdGroup] = field(default_factory=dict)
    accounts: Mapping[str, AccountState] = field(default_factory=dict)
    nested_admins: tuple[str, ...] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)
    schema: SchemaMap = field(default_factory=SchemaMap)
    unresolved: frozenset[Sid] = frozenset()

    def held(self, name: str) -> AdNameHolder | None:
        """What holds a sAMAccountName, if anything does."""
        return next((one for one in self.holders if one.sam.casefold() == name.casefold()), None)
