"""The plan of AD Sync: both sides, memory and options in, a plan out. Pure: no I/O, no clock, no randomness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from jcad.adsync.decision import Decision
from jcad.adsync.groups import GroupPlanner
from jcad.adsync.members import ADI_GROUP, MemberPlanner
from jcad.adsync.options import SyncOptions
from jcad.adsync.settled import Settled
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.adsync.users import UserPlanner
from jcad.errors import GuardStopped
from jcad.garbage import uncollected
from jcad.model import DistinguishedName, LinkKind, Memory
from jcad.model.protected import ORDINARY_RIDS
from jcad.plan import Action, Finding, FindingKind, Identity, Plan

FEATURE = "sync"


@dataclass(frozen=True, kw_only=True)
class Sync:
    """One look at both sides, and what follows from it."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions
    adi_group: str = ADI_GROUP

    @property
    def identity(self) -> Identity:
        """What the plan is made for."""
        return Identity(
            organisation=self.cloud.organisation.id,
            instance=self.cloud.instance.id,
            domain_sid=str(self.directory.domain_sid),
            domain=str(self.directory.domain),
            dc=self.directory.dc,
        )

    @cached_property
    def users(self) -> tuple[Decision, ...]:
        """What was decided about each user."""
        return self._users(Settled())

    def _users(self, settled: Settled) -> tuple[Decision, ...]:
        planner = UserPlanner(
            cloud=self.cloud, directory=self.directory, memory=self.memory, options=self.options, settled=settled
        )
        return tuple(planner.decisions())

    @cached_property
    def groups(self) -> tuple[Decision, ...]:
        """What was decided about each group."""
        if not self.options.sync_groups:
            return ()
        planner = GroupPlanner(cloud=self.cloud, directory=self.directory, memory=self.memory, options=self.options)
        return tuple(planner.decisions())

    @cached_property
    def memberships(self) -> tuple[tuple[Action, ...], tuple[Finding, ...]]:
        """What is to be added and removed, and what is reported of members."""
        if not self.groups:
            return (), ()
        planner = MemberPlanner(
            cloud=self.cloud,
            directory=self.directory,
            memory=self.memory,
            options=self.options,
            users={
                decision.cloud_id: decision for decision in self.users if decision.cloud_id in self.cloud.bindings.users
            },
            adi_group=self.adi_group,
        )
        planned: list[Action] = []
        findings: list[Finding] = []
        for decision in self.groups:
            if (group := self.cloud.groups.get(decision.cloud_id)) is not None:
                actions, reported = planner.plan(group, decision)
                planned += actions
                findings += reported
        return tuple(planned), tuple(findings)

    def plan(self, settled: Settled | None = None) -> Plan:
        """Make the plan. Raises GuardStopped where the sides do not belong together, or look emptied.

        `settled` are the decisions of the plan before, for a loop: the plan is the same with and without them.
        """
        require_one_domain(self.cloud.instance.domain, self.directory.domain)
        self._require_people()
        with uncollected():
            if settled is not None:
                self.__dict__.setdefault("users", self._users(settled))  # as cached_property would
            return self._plan()

    def _plan(self) -> Plan:
        members, reported = self.memberships
        decisions = (*self.users, *self.groups)
        return Plan.make(
            FEATURE,
            self.identity,
            [*_of(decisions), *members],
            [
                *(finding for decision in decisions for finding in decision.findings),
                *reported,
                *self._everybody_protected(),
            ],
            self._population(),
        )

    def _everybody_protected(self) -> list[Finding]:
        """Groups that everybody is in, and that are in a protected group: then nobody is written, and this is why."""
        reasons = self.directory.protection.reasons
        return [
            Finding(
                kind=FindingKind.NOT_MANAGEABLE,
                noun="group",
                name=group.sam,
                rule="everybody-protected",
                reason=f"{reasons[group.guid]}, and so is everybody whose group it is: their accounts are never written. "
                "Take it out of there, if that is not meant",
                directory=str(group.dn),
            )
            for group in self.directory.groups
            if group.sid.rid in ORDINARY_RIDS and not group.sid.is_builtin and group.guid in reasons
        ]

    def _population(self) -> dict[str, int]:
        counts = {"users": len(self.cloud.bindings.users), "groups": len(self.cloud.bindings.groups)}
        for decision in self.groups:
            found = self.directory.groups_by_guid.get(decision.guid) if decision.guid else None
            if found is not None:
                counts[f"members:{decision.name}"] = len(self.directory.members_of(found))
        return counts

    def _require_people(self) -> None:
        paired = sum(link.kind is LinkKind.USER for link in self.memory.links.values())
        if paired and not self.cloud.bound_users:
            raise GuardStopped(
                f"No user at all is bound to the AD instance {self.cloud.instance.id}, and {paired} were. "
                "That is not read as 'everyone is unbound'. Nothing was written.",
                hint="Look at the instance's users and groups in JumpCloud's Admin Portal.",
            )
        if self.memory.managed_before and not self.memory.links:
            raise GuardStopped(
                "The state store has no pairs, although jcad has managed this domain: it was emptied or restored.",
                hint="Restore the store from its backup, or import its links.",
            )


def require_one_domain(instance: str, domain: DistinguishedName) -> None:
    """Raise GuardStopped unless the AD instance is of this very domain (rules.md "One tenant, one domain, one writer")."""
    try:
        same = DistinguishedName.parse(instance) == domain
    except ValueError:
        same = False
    if not same:
        raise GuardStopped(
            f"JumpCloud's AD instance is for {instance!r}, the domain controller is of {domain}. Nothing was written.",
            hint="Check `instance` and `servers` in jcad.toml: they must be of the same domain.",
        )


def _of(decisions: Iterable[Decision]) -> list[Action]:
    return [action for decision in decisions for action in decision.actions]
