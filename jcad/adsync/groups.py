"""Groups: how each bound one is matched, and what is planned for it. Pure; the rules are those of rules.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from jcad.adsync import actions
from jcad.adsync.decision import Decision, Match, Refusal, refused
from jcad.adsync.options import GroupSam, SyncOptions
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.model import (
    AdGroup,
    AdNameHolder,
    CloudGroup,
    Link,
    LinkKind,
    Memory,
    fold,
    group_name_refusal,
    replaced_sam,
)
from jcad.plan import Action, FindingKind, ObjectRef

_NOUN = "group"


@dataclass(frozen=True, kw_only=True)
class GroupPlanner:
    """Decides about every group. It looks at both sides and the memory, and asks nobody."""

    cloud: CloudSide
    directory: DirectorySide
    memory: Memory
    options: SyncOptions

    def decisions(self) -> list[Decision]:
        """One decision for each bound group, and for each remembered pair whose group is bound no more."""
        return [self._bound(group) for group in self.cloud.bound_groups] + [
            self._unbound(link) for link in self._unbound_links()
        ]

    def _bound(self, group: CloudGroup) -> Decision:
        link = self.memory.links.get(group.id)
        if link is not None:
            return self._remembered(group, link)
        found = self._unfit(group) or self._find(group)
        if isinstance(found, Refusal):
            return refused(_NOUN, group.id, group.name, found)
        if isinstance(found, AdGroup):
            reason = "an ordinary security group of the container has its name"
            return self._exists(group, found, Match.LINKED, reason, (actions.link_group(group, found, reason),))
        return self._create(group)

    # ---- a group without a pair --------------------------------------------------------------------------------------

    def _unfit(self, group: CloudGroup) -> Refusal | None:
        sam = self._sam(group)
        if why := self._refusal(group.name, sam):
            return Refusal(FindingKind.SKIPPED, "name-refused", f"{why}; rename the group in JumpCloud")
        if others := self._twins.get(fold(sam), frozenset()) - {group.name}:
            names = ", ".join(sorted(others))
            return Refusal(FindingKind.CONFLICT, "one-name", f"to Windows its name is the same as {names} in JumpCloud")
        return None

    def _sam(self, group: CloudGroup) -> str:
        return replaced_sam(group.name) if self.options.group_sam is GroupSam.REPLACE else group.name

    def _refusal(self, name: str, sam: str) -> str | None:
        why = group_name_refusal(sam)
        if why is None and len(name.encode("utf-16-le", "surrogatepass")) // 2 > 64:
            return "the name has more than 64 characters"
        return why

    @cached_property
    def _twins(self) -> dict[str, frozenset[str]]:
        """Names of bound groups by how Windows compares them."""
        found: dict[str, set[str]] = {}
        for group in self.cloud.bound_groups:
            found.setdefault(fold(self._sam(group)), set()).add(group.name)
        return {key: frozenset(names) for key, names in found.items()}

    def _find(self, group: CloudGroup) -> AdGroup | Refusal | None:
        sam = self._sam(group)
        if why := self.directory.protection.never.get(fold(sam)):
            return Refusal(FindingKind.NOT_MANAGEABLE, "never-written", why)
        holders = self.directory.holders_by_name.get(fold(sam), ())
        if len(holders) > 1:
            where = "; ".join(str(holder.dn) for holder in holders)
            return Refusal(FindingKind.CONFLICT, "two-match", f"two objects have this name: {where}", where)
        if holders:
            return self._usable(holders[0])
        place = self.options.container.child("CN", group.name)
        if place in self.directory.guids_by_dn:
            return Refusal(FindingKind.CONFLICT, "cn-taken", f"another object is called {place}", str(place))
        return None

    def _usable(self, holder: AdNameHolder) -> AdGroup | Refusal:
        where = str(holder.dn)
        found = self.directory.groups_by_guid.get(holder.guid)
        if found is None:
            return Refusal(FindingKind.CONFLICT, "name-taken", f"a {holder.object_class} has this name: {where}", where)
        if why := self.directory.protection.of_group(found):
            return Refusal(FindingKind.NOT_MANAGEABLE, "protected", f"{where}: {why}", where)
        if not found.is_security:
            return Refusal(FindingKind.CONFLICT, "distribution", f"{where} is a distribution group", where)
        if not found.dn.is_under(self.options.container):
            return Refusal(FindingKind.CONFLICT, "outside", f"{where} is outside {self.options.container}", where)
        if any(link.guid == found.guid for link in self.memory.links.values()):
            return Refusal(
                FindingKind.CONFLICT, "paired", f"{where} is already paired with another JumpCloud group", where
            )
        return found

    def _create(self, group: CloudGroup, unfinished: UUID | None = None) -> Decision:
        action = actions.create_group(group, self._sam(group), self.options.container, unfinished)
        return Decision(
            noun=_NOUN,
            cloud_id=group.id,
            name=group.name,
            match=Match.CREATED,
            rule="create",
            reason=action.reason,
            reference=ObjectRef.created_by(action.id),
            actions=(action,),
        )

    # ---- a remembered pair -------------------------------------------------------------------------------------------

    def _remembered(self, group: CloudGroup, link: Link) -> Decision:
        found = self.directory.groups_by_guid.get(link.guid)
        if found is None:
            if group.name in self.options.recreate and self._unfit(group) is None and self._find(group) is None:
                return self._create(group)
            return refused(_NOUN, group.id, group.name, self._missing(group.name, link))
        where = str(found.dn)
        if why := self.directory.protection.of_group(found):
            refusal = Refusal(FindingKind.NOT_MANAGEABLE, "protected", f"{where}: {why}", where)
            return refused(_NOUN, group.id, group.name, refusal)
        if not found.dn.is_under(self.options.container):
            moved = f"it was moved out of {self.options.container}, to {where}"
            return refused(_NOUN, group.id, group.name, Refusal(FindingKind.NOT_MANAGEABLE, "relocated", moved, where))
        if link.unfinished:
            return self._create(group, link.guid)
        if (
            link.name == group.name
        ):  # renamed in AD alone, or linked by a sAMAccountName that is not its CN: left as it is
            return self._exists(group, found, Match.REMEMBERED, "the pair is remembered", ())
        return self._renamed(group, found)

    def _renamed(self, group: CloudGroup, found: AdGroup) -> Decision:
        refusal = self._unfit(group) or self._taken(group, found)
        if refusal is not None:
            return refused(_NOUN, group.id, group.name, refusal)
        action = actions.rename_group(group, found, self._sam(group))
        planned = (action,) if action.changes else ()
        return self._exists(group, found, Match.REMEMBERED, "the pair is remembered", planned)

    def _taken(self, group: CloudGroup, found: AdGroup) -> Refusal | None:
        """Whether another object has the new name already."""
        sam = self._sam(group)
        if why := self.directory.protection.never.get(fold(sam)):
            return Refusal(FindingKind.NOT_MANAGEABLE, "never-written", why)
        holders = [one for one in self.directory.holders_by_name.get(fold(sam), ()) if one.guid != found.guid]
        place = found.dn.parent.child("CN", group.name)
        owner = self.directory.guids_by_dn.get(place)
        if owner is not None and owner != found.guid:
            return Refusal(FindingKind.CONFLICT, "cn-taken", f"it was renamed, but another object is called {place}")
        if holders:
            return Refusal(
                FindingKind.CONFLICT,
                "name-taken",
                f"it was renamed, but {holders[0].dn} has that name",
                str(holders[0].dn),
            )
        return None

    def _exists(
        self, group: CloudGroup, found: AdGroup, match: Match, reason: str, planned: tuple[Action, ...]
    ) -> Decision:
        return Decision(
            noun=_NOUN,
            cloud_id=group.id,
            name=group.name,
            match=match,
            rule="link" if match is Match.LINKED else "paired",
            reason=reason,
            guid=found.guid,
            reference=ObjectRef.guid(found.guid),
            actions=planned,
        )

    def _missing(self, name: str, link: Link) -> Refusal:
        reason = (
            f"its group {link.guid} is not known to {self.directory.dc}: it was deleted, or is not replicated yet. "
            f"It is not created again but by --recreate {name}"
        )
        return Refusal(FindingKind.MISSING, "missing", reason, str(link.guid))

    # ---- unbound groups ----------------------------------------------------------------------------------------------

    def _unbound_links(self) -> list[Link]:
        bound = self.cloud.bindings.groups & self.cloud.groups.keys()
        links = (one for one in self.memory.links.values() if one.kind is LinkKind.GROUP and one.cloud_id not in bound)
        return sorted(links, key=lambda link: (link.name, link.cloud_id))

    def _unbound(self, link: Link) -> Decision:
        gone = "unbound" if link.cloud_id in self.cloud.groups else "deleted"
        found = self.directory.groups_by_guid.get(link.guid)
        where = str(found.dn) if found else str(link.guid)
        reason = f"it is {gone} in JumpCloud; {where} and its members are kept, the pair is dropped"
        decision = refused(_NOUN, link.cloud_id, link.name, Refusal(FindingKind.REPORTED, gone, reason, where))
        action = actions.unlink(link.cloud_id, _NOUN, link.name, link.guid, f"{gone} in JumpCloud")
        return Decision(
            noun=_NOUN,
            cloud_id=link.cloud_id,
            name=link.name,
            match=Match.REMEMBERED,
            rule=gone,
            reason=reason,
            actions=(action,),
            findings=decision.findings,
        )
