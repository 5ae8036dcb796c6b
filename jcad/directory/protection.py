"""Which objects of the domain are protected through what they are in: read from the protected groups downwards.

The members of protected and built-in groups are few, so they are followed step by step, which also tells through which group
an object is in them; LDAP_MATCHING_RULE_TRANSITIVE_EVAL tells it of one object, and makes the server look at all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from uuid import UUID

from jcad.directory import attributes as attr
from jcad.directory import objects
from jcad.directory.entries import Entry
from jcad.directory.filters import Filter, equals
from jcad.directory.names import NameReader
from jcad.model import AdGroup, AdUser, DistinguishedName, is_protected_group, protected_through_membership
from jcad.model.protected import PROTECTED_NAMES

_GROUP: Final = equals("objectCategory", "group")


class Find(Protocol):
    """Searches the whole domain in batches: the union of what matches any of the filters, with whole values."""

    def __call__(self, filters: Iterable[Filter], attributes: tuple[str, ...]) -> Iterator[Entry]:
        """Every entry that matches one of them, once."""


def protected_by_membership(find: Find, names: NameReader) -> dict[UUID, str]:
    """The reason for every object that is in a protected or built-in group: directly, nested, or by primaryGroupID."""
    known: dict[DistinguishedName, UUID] = {}
    groups = {group.guid: group for group in _tops(find, names)}
    pending = {member for group in groups.values() for member in group.members}
    while pending:
        found = list(_by_name(find, pending))
        known.update((names(entry[0]), guid) for entry in found if (guid := attr.guid(entry[1])))
        nested = [objects.group(entry, names) for entry in found if objects.is_group(entry)]
        fresh = [group for group in nested if group.guid not in groups]
        groups.update((group.guid, group) for group in fresh)
        pending = {member for group in fresh for member in group.members} - known.keys()
    known.update((group.dn, group.guid) for group in groups.values())
    return protected_through_membership(groups.values(), _by_primary_group(find, names, groups.values()), known.get)


def _tops(find: Find, names: NameReader) -> Iterator[AdGroup]:
    """The protected groups themselves. Built-in ones are critical system objects; the others are known by their names."""
    named = [_GROUP & equals("sAMAccountName", name) for name in sorted(PROTECTED_NAMES)]
    for entry in find([_GROUP & equals("isCriticalSystemObject", True), *named], objects.GROUP_ATTRIBUTES):
        group = objects.group(entry, names)
        if is_protected_group(group):
            yield group


def _by_name(find: Find, wanted: Iterable[DistinguishedName]) -> Iterator[Entry]:
    filters = [equals("distinguishedName", dn) for dn in sorted(wanted, key=str)]
    return find(filters, objects.GROUP_ATTRIBUTES)


def _by_primary_group(find: Find, names: NameReader, groups: Iterable[AdGroup]) -> Iterator[AdUser]:
    rids = sorted({group.sid.rid for group in groups if not group.sid.is_builtin})
    filters = [equals("primaryGroupID", rid) for rid in rids]
    return (objects.user(entry, names) for entry in find(filters, objects.USER_ATTRIBUTES) if objects.is_user(entry))
