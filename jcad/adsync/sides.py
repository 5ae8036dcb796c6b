"""Both sides of the sync as they were read, with the indexes that matching needs. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from jcad.model import (
    AdGroup,
    AdInstance,
    AdNameHolder,
    AdUser,
    Agent,
    AgentType,
    Bindings,
    CloudGroup,
    CloudUser,
    DistinguishedName,
    Organisation,
    Protection,
    Sid,
    fold,
)

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class CloudSide:
    """JumpCloud as it was read: all users and groups, and who is bound to the AD instance.

    `other_instances` are the ids of the organisation's further AD instances: a user may be bound to several.
    """

    organisation: Organisation
    instance: AdInstance
    agents: tuple[Agent, ...] = ()
    users: Mapping[str, CloudUser] = field(default_factory=dict)
    groups: Mapping[str, CloudGroup] = field(default_factory=dict)
    bindings: Bindings = field(default_factory=Bindings)
    other_instances: frozenset[str] = frozenset()

    @cached_property
    def bound_users(self) -> tuple[CloudUser, ...]:
        """The bound users, by username."""
        bound = self.bindings.users
        found = (user for identity, user in self.users.items() if identity in bound)
        return tuple(sorted(found, key=attrgetter("username", "id")))

    @cached_property
    def bound_groups(self) -> tuple[CloudGroup, ...]:
        """The bound groups, by name."""
        found = (self.groups[identity] for identity in self.bindings.groups if identity in self.groups)
        return tuple(sorted(found, key=attrgetter("name", "id")))

    @property
    def imports_actively(self) -> bool:
        """Whether an IMPORT agent is at work: then what leaves AD's scope may be deleted in JumpCloud."""
        return any(agent.type is AgentType.IMPORT and agent.is_active for agent in self.agents)

    @property
    def syncs_actively(self) -> bool:
        """Whether a SYNC agent is at work: a second writer."""
        return any(agent.type is AgentType.SYNC and agent.is_active for agent in self.agents)


@dataclass(frozen=True, kw_only=True)
class DirectorySide:
    """The domain as it was read: all users and groups, further holders of names, and what is protected."""

    dc: str
    domain: DistinguishedName
    domain_sid: Sid
    users: tuple[AdUser, ...] = ()
    groups: tuple[AdGroup, ...] = ()
    others: tuple[AdNameHolder, ...] = ()
    foreign: tuple[AdNameHolder, ...] = ()
    """Who holds a userPrincipalName in the forest's other domains."""
    protection: Protection = field(default_factory=Protection)

    @cached_property
    def users_by_guid(self) -> Mapping[UUID, AdUser]:
        """The users by objectGUID."""
        return {user.guid: user for user in self.users}

    @cached_property
    def groups_by_guid(self) -> Mapping[UUID, AdGroup]:
        """The groups by objectGUID."""
        return {group.guid: group for group in self.groups}

    @cached_property
    def holders_by_name(self) -> Mapping[str, Sequence[AdNameHolder]]:
        """Who holds a sAMAccountName, as Windows compares it."""
        return _grouped(self._holders, lambda holder: fold(holder.sam))

    @cached_property
    def holders_by_upn(self) -> Mapping[str, Sequence[AdNameHolder]]:
        """Who holds a userPrincipalName in the forest, ignoring case."""
        return _grouped((*self._holders, *self.foreign), lambda holder: (holder.upn or "").casefold())

    @cached_property
    def users_by_mail(self) -> Mapping[str, Sequence[AdUser]]:
        """The users of a mail address, ignoring case."""
        return _grouped(self.users, lambda user: (user.mail or "").casefold())

    @cached_property
    def guids_by_dn(self) -> Mapping[DistinguishedName, UUID]:
        """Every object that was read, by its distinguished name."""
        return {holder.dn: holder.guid for holder in self._holders}

    @cached_property
    def primary_members(self) -> Mapping[int, frozenset[UUID]]:
        """The users of a group by primaryGroupID, by the group's RID."""
        members: dict[int, set[UUID]] = defaultdict(set)
        for user in self.users:
            members[user.primary_group].add(user.guid)
        return {rid: frozenset(guids) for rid, guids in members.items()}

    @cached_property
    def _holders(self) -> tuple[AdNameHolder, ...]:
        users = (
            AdNameHolder(guid=user.guid, dn=user.dn, object_class="user", sam=user.sam, upn=user.upn, mail=user.mail)
            for user in self.users
        )
        groups = (AdNameHolder(guid=one.guid, dn=one.dn, object_class="group", sam=one.sam) for one in self.groups)
        return (*users, *groups, *self.others)

    def members_of(self, group: AdGroup) -> frozenset[UUID]:
        """The members of a group that were read: by `member` and by primaryGroupID."""
        direct = {self.guids_by_dn[member] for member in group.members if member in self.guids_by_dn}
        return frozenset(direct) | self.primary_members.get(group.sid.rid, frozenset())

    def groups_within(self, name: str) -> frozenset[UUID]:
        """The group of that sAMAccountName and every group nested in it."""
        by_dn = {group.dn: group for group in self.groups}
        pending = [group for group in self.groups if fold(group.sam) == fold(name)]
        found: set[UUID] = set()
        while pending:
            group = pending.pop()
            if group.guid not in found:
                found.add(group.guid)
                pending += [by_dn[member] for member in group.members if member in by_dn]
        return frozenset(found)


def _grouped(items: Iterable[_Item], key: Callable[[_Item], str]) -> Mapping[str, Sequence[_Item]]:
    """The items of each key; an empty key is nobody's."""
    found: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        if name := key(item):
            found[name].append(item)
    return found
