"""Brings a domain's side up to date with what has changed since it was read. Pure.

What changes an object need not change its USN: a member that is renamed, moved or deleted changes the group's `member` behind
the group's back. So the names in the groups are followed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from jcad.adsync.sides import DirectorySide
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, Protection, protected_through_membership
from jcad.model.changes import DirectoryChanges

_Account = TypeVar("_Account", AdUser, AdGroup, AdNameHolder)
Renamed = Mapping[DistinguishedName, DistinguishedName | None]
"""The old name of each object that has another one now; None where it is gone."""


def updated(side: DirectorySide, changes: DirectoryChanges) -> DirectorySide:
    """The side as it is now. The very same object where nothing of it has changed."""
    fresh: dict[UUID, AdUser | AdGroup | AdNameHolder] = {
        **{one.guid: one for one in changes.users},
        **{one.guid: one for one in changes.groups},
        **{one.guid: one for one in changes.others},
    }
    known = _known(side, fresh.keys() | changes.deleted)
    gone = (changes.deleted & known.keys()) - fresh.keys()
    if changes.present is not None:
        missing = frozenset(side.guids_by_dn.values()) - changes.present - fresh.keys()
        known |= _known(side, missing)
        gone |= missing
    if not gone and all(known.get(guid) == one for guid, one in fresh.items()):
        return side
    renamed = {
        dn: now for guid in fresh.keys() | gone for dn, now in _renaming(known.get(guid), fresh.get(guid), guid in gone)
    }
    dropped = gone | fresh.keys()
    users = _merged(side.users, dropped, changes.users)
    kept = tuple(_follow(group, renamed) for group in side.groups if group.guid not in dropped)
    groups = (*kept, *changes.groups)  # those that were read know the names of now
    guids = dict(side.guids_by_dn)  # a copy hashes no name again
    for dn in renamed:
        guids.pop(dn, None)
    guids.update((one.dn, guid) for guid, one in fresh.items())
    reasons = protected_through_membership(groups, users, guids.get)
    now = replace(
        side,
        users=users,
        groups=groups,
        others=_merged(side.others, dropped, changes.others),
        protection=Protection(reasons=reasons, never=side.protection.never),
    )
    now.__dict__["guids_by_dn"] = guids  # as cached_property would: hashing every name again is half of the work
    return now


def _known(side: DirectorySide, wanted: frozenset[UUID] | set[UUID]) -> dict[UUID, AdUser | AdGroup | AdNameHolder]:
    """What was known of these objects."""
    if not wanted:
        return {}
    found: dict[UUID, AdUser | AdGroup | AdNameHolder] = {}
    for guid in wanted:
        known = side.users_by_guid.get(guid) or side.groups_by_guid.get(guid)
        if known is not None:
            found[guid] = known
    found.update((other.guid, other) for other in side.others if other.guid in wanted)
    return found


def _renaming(
    old: AdUser | AdGroup | AdNameHolder | None, new: AdUser | AdGroup | AdNameHolder | None, gone: bool
) -> list[tuple[DistinguishedName, DistinguishedName | None]]:
    if old is None or (new is not None and str(new.dn) == str(old.dn)):
        return []
    return [(old.dn, None if gone or new is None else new.dn)]


def _merged(
    old: Sequence[_Account], dropped: set[UUID] | frozenset[UUID], fresh: Sequence[_Account]
) -> tuple[_Account, ...]:
    return tuple(one for one in old if one.guid not in dropped) + tuple(fresh)


def _follow(group: AdGroup, renamed: Renamed) -> AdGroup:
    """The group with the names that its members have now; those that are gone are no members."""
    if not renamed or renamed.keys().isdisjoint(group.members):
        return group
    names = (renamed.get(member, member) for member in group.members)
    return replace(group, members=tuple(dict.fromkeys(name for name in names if name is not None)))
