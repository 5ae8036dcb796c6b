"""What the store remembers because of an outcome: pairs, who disabled whom, members seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from jcad.adsync.names import agrees, logon_names
from jcad.adsync.sync import Sync
from jcad.model import Effect, Forget, ItemOutcome, Link, LinkKind, Memory, Origin, Remember, Saw, Status, Unsaw
from jcad.plan import Action, ObjectRef, Verdict

_DONE = frozenset({Status.CHANGED, Status.UNCHANGED})


class SyncEffects:
    """Told of each outcome, says what is to be remembered. The same outcome told twice is remembered once."""

    def __init__(self, memory: Memory) -> None:
        self._links = dict(memory.links)

    def __call__(self, action: Action, outcome: ItemOutcome, _verdict: Verdict) -> Sequence[Effect]:
        """Give the effects of one outcome, in order."""
        done = outcome.status in _DONE
        match action.kind:
            case "create user" | "create group":
                return self._created(action, outcome)
            case "link user" | "link group" if done:
                return [self._keep(self._new_link(action, _guid(action.object), Origin.LINKED))]
            case "unlink group" | "unlink user" if done and action.link:
                self._links.pop(action.link, None)
                return [Forget(action.link)]
            case "disable user" | "enable user" if done:
                return self._switched(action, disabled=action.verb == "disable")
            case "rename group" | "rename user" if done:
                return self._renamed(action)
            case "add member" | "remove member" if done:
                return _member(action)
        return []

    def _created(self, action: Action, outcome: ItemOutcome) -> list[Effect]:
        """Remember a new account as soon as its GUID is known, also where its creation stopped half-way."""
        if outcome.guid is None:
            return []
        unfinished = outcome.status not in _DONE
        if outcome.status is Status.CONFLICT:
            return []
        suspended = action.item.get("enabled") is False
        link = self._new_link(action, outcome.guid, Origin.CREATED)
        return [
            self._keep(
                Link(
                    kind=link.kind,
                    cloud_id=link.cloud_id,
                    guid=link.guid,
                    name=link.name,
                    origin=link.origin,
                    disabled_here=suspended and action.noun == "user",
                    unfinished=unfinished,
                )
            )
        ]

    def _switched(self, action: Action, *, disabled: bool) -> list[Effect]:
        old = self._links.get(action.link or "")
        return [] if old is None else [self._keep(replace(old, disabled_here=disabled, unfinished=False))]

    def _renamed(self, action: Action) -> list[Effect]:
        old = self._links.get(action.link or "") or self._new_link(action, _guid(action.object), Origin.LINKED)
        return [self._keep(replace(old, name=action.name, unfinished=False))]

    def _new_link(self, action: Action, guid: UUID, origin: Origin) -> Link:
        kind = LinkKind.GROUP if action.noun == "group" else LinkKind.USER
        return Link(kind=kind, cloud_id=action.link or "", guid=guid, name=action.name, origin=origin)

    def _keep(self, link: Link) -> Remember:
        self._links[link.cloud_id] = link
        return Remember(link)


def _member(action: Action) -> list[Effect]:
    user = frozenset({str(action.item["user"])})
    group = action.link or ""
    return [Saw(group, user)] if action.verb == "add" else [Unsaw(group, user)]


def _guid(reference: ObjectRef) -> UUID:
    return UUID(reference.value)


def names_seen(sync: Sync, memory: Memory) -> list[Effect]:
    """The pairs whose username has changed in JumpCloud, and which AD has under the new one: that is their name now."""
    effects: list[Effect] = []
    for user in sync.cloud.bound_users:
        link = memory.links.get(user.id)
        if link is None or not link.name or link.name == user.username:
            continue
        account = sync.directory.users_by_guid.get(link.guid)
        if account is not None and agrees(account, logon_names(user.username, sync.options), sync.options):
            effects.append(Remember(replace(link, name=user.username)))
    return effects


def members_seen(sync: Sync, memory: Memory) -> list[Effect]:
    """What is remembered of members after a run, beside its actions: whoever is a member on both sides now.

    Only pairs that exist in `memory`, as it is after the run, count: what was seen before a pair was linked is not ours.
    """
    effects: list[Effect] = []
    bound = sync.cloud.bindings.users
    for group in sync.cloud.bound_groups:
        link = memory.links.get(group.id)
        if link is None or link.kind is not LinkKind.GROUP:
            continue
        known = memory.seen.get(group.id, frozenset())
        members = frozenset(one for one in group.members if one in memory.links and one in bound)
        if fresh := members - known:
            effects.append(Saw(group.id, fresh))
        if stale := _gone_on_both_sides(sync, memory, known - group.members, link):
            effects.append(Unsaw(group.id, stale))
    return effects


def _gone_on_both_sides(sync: Sync, memory: Memory, gone: frozenset[str], link: Link) -> frozenset[str]:
    """Those of `gone` whose account was no member of the AD group either when it was read."""
    found = sync.directory.groups_by_guid.get(link.guid)
    present = sync.directory.members_of(found) if found else frozenset()
    return frozenset(one for one in gone if one in memory.links and memory.links[one].guid not in present)
