"""Memberships of bound users in bound groups: three-way, so that what only AD had is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from jcad.adsync import actions
from jcad.adsync.decision import Decision, Match
from jcad.adsync.options import SyncOptions
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.model import AdGroup, CloudGroup, Link, LinkKind, Memory
from jcad.plan import Action, Finding, FindingKind, ObjectRef

ADI_GROUP = "JumpCloud"
"""The ADI group's default name: what leaves it, or a group within it, leaves the scope of an IMPORT agent."""


@dataclass(frozen=True, kw_only=True)
class MemberPlanner:
    """Decides about members, group by group, given what was decided about users and groups."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions
    users: Mapping[str, Decision]
    adi_group: str = ADI_GROUP

    def plan(self, group: CloudGroup, decision: Decision) -> tuple[list[Action], list[Finding]]:
        """What is to be added to and removed from one group, and what is reported of it."""
        if decision.reference is None:
            return [], []
        found = self.directory.groups_by_guid.get(decision.guid) if decision.guid else None
        present = self.directory.members_of(found) if found else frozenset()
        planned = list(self._additions(group, decision.reference, present))
        if found is None:
            return planned, []
        planned += self._removals(group, decision, found, present)
        return planned, self._kept(group, found, present, planned)

    def _additions(self, group: CloudGroup, holder: ObjectRef, present: frozenset[UUID]) -> Iterator[Action]:
        needs = (holder.value,) if holder.by == "created-by" else ()
        for identity in sorted(group.members):
            user = self.users.get(identity)
            if user is None or user.reference is None or user.guid in present:
                continue
            if (member := self._members.get(identity)) is None:
                member = self._members[identity] = actions.Member(identity, user.name, user.reference)
            yield member.added(group, holder, needs)

    @cached_property
    def _members(self) -> dict[str, actions.Member]:
        """The users that have been added to a group so far."""
        return {}

    def _removals(
        self, group: CloudGroup, decision: Decision, found: AdGroup, present: frozenset[UUID]
    ) -> Iterator[Action]:
        """Whoever jcad saw as a member in JumpCloud and is so no more; under `authoritative` every other user as well."""
        seen = self.memory.seen.get(group.id, frozenset())
        for guid in sorted(present, key=str):
            link = self._pairs.get(guid)
            if link is None or link.cloud_id in group.members or link.cloud_id not in self.users:
                continue
            if self._by_primary_group(guid, found):
                continue
            sort = "removals" if link.cloud_id in seen else "authoritative-removals"
            if sort == "removals" or self.options.authoritative:
                yield self._removal(group, decision, found, (link.cloud_id, link.name, guid), sort)
        if self.options.authoritative:
            yield from self._foreign(group, decision, found, present)

    def _foreign(
        self, group: CloudGroup, decision: Decision, found: AdGroup, present: frozenset[UUID]
    ) -> Iterator[Action]:
        """Users of the container that JumpCloud does not know at all."""
        for guid in sorted(present - self._pairs.keys(), key=str):
            user = self.directory.users_by_guid.get(guid)
            if user is None or self._by_primary_group(guid, found) or not user.dn.is_under(self.options.container):
                continue
            if self.directory.protection.of_user(user) is None:
                yield self._removal(group, decision, found, (str(guid), user.sam, guid), "authoritative-removals")

    def _removal(
        self, group: CloudGroup, decision: Decision, found: AdGroup, user: tuple[str, str, UUID], sort: str
    ) -> Action:
        holder = decision.reference or ObjectRef.guid(found.guid)
        leaves_scope = self.cloud.imports_actively and found.guid in self._adi_scope
        guards = (sort, *((actions.MAY_DELETE,) if leaves_scope else ()))
        return actions.Member(*user[:2], ObjectRef.guid(user[2])).removed(group, holder, guards)

    def _kept(
        self, group: CloudGroup, found: AdGroup, present: frozenset[UUID], planned: list[Action]
    ) -> list[Finding]:
        """Members that only AD has are counted, so that nobody wonders."""
        removed = {action.member.value for action in planned if action.verb == "remove" and action.member}
        known = {self.users[one].guid for one in group.members if one in self.users}
        only_here = [guid for guid in present if guid not in known and str(guid) not in removed]
        strangers = len(only_here) + sum(member not in self.directory.guids_by_dn for member in found.members)
        if not strangers:
            return []
        names = sorted(self._name(guid) for guid in only_here)[:5]
        listed = f" ({', '.join(names)}{', ...' if strangers > len(names) else ''})" if names else ""
        reason = f"{strangers} member{'s' if strangers != 1 else ''} that only AD has {'are' if strangers != 1 else 'is'} kept"
        return [
            Finding(
                kind=FindingKind.REPORTED,
                noun="membership",
                name=group.name,
                rule="kept",
                reason=reason + listed,
                cloud=group.id,
                directory=str(found.dn),
            )
        ]

    def _name(self, guid: UUID) -> str:
        user, group = self.directory.users_by_guid.get(guid), self.directory.groups_by_guid.get(guid)
        return user.sam if user else group.sam if group else str(guid)

    def _by_primary_group(self, guid: UUID, found: AdGroup) -> bool:
        return guid in self.directory.primary_members.get(found.sid.rid, frozenset())

    @cached_property
    def _pairs(self) -> Mapping[UUID, Link]:
        """The remembered pairs of users that are managed now, by objectGUID."""
        managed = {Match.REMEMBERED, Match.TAKEN_OVER}
        return {
            link.guid: link
            for link in self.memory.links.values()
            if link.kind is LinkKind.USER
            and link.cloud_id in self.users
            and self.users[link.cloud_id].match in managed
            and self.users[link.cloud_id].reference is not None
        }

    @cached_property
    def _adi_scope(self) -> frozenset[UUID]:
        return self.directory.groups_within(self.adi_group)
