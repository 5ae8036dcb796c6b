"""Reads touched objects back over LDAP, from the domain controller that was written. Tells what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from jcad.adsync import rules_of
from jcad.adsync.mapping import held, shown
from jcad.directory import DirectoryReader
from jcad.model import AdGroup, AdUser, DistinguishedName
from jcad.plan import Action, Reading, Ready
from jcad.settings import Settings, ValueType

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far the clocks of this workstation and the domain controller may differ in telling who created an object."""


class DirectoryReadback:
    """A Verifier over one DirectoryReader. `types` are those of attributes that hold more than one text, in lower case."""

    def __init__(self, directory: DirectoryReader, types: Mapping[str, ValueType] | None = None) -> None:
        self._directory = directory
        self._types = types or {}

    def read(self, ready: Sequence[Ready]) -> Mapping[str, Reading | None]:
        """What each action's object holds now, by action id; None where it is not there."""
        guids = [one.guid for one in ready if one.guid] + [one.member for one in ready if one.member]
        names = {change.attribute for one in ready for change in one.action.changes}
        found = self._directory.by_guid(dict.fromkeys(guids), extra=sorted(names - _NOT_ATTRIBUTES))
        members: dict[UUID, frozenset[DistinguishedName]] = {}
        readings: dict[str, Reading | None] = {}
        for one in ready:
            account = found.get(one.guid) if one.guid else None
            if account is None:
                readings[one.action.id] = None
            elif one.member is not None and isinstance(account, AdGroup):
                present = members.setdefault(account.guid, frozenset(account.members))
                readings[one.action.id] = {"member": _is_member(present, account, found.get(one.member))}
            else:
                readings[one.action.id] = self._values(account, one.action)
        return readings

    def _values(self, account: AdUser | AdGroup, action: Action) -> dict[str, str | frozenset[str] | None]:
        return {change.attribute: _value(account, change.attribute, self._types) for change in action.changes}

    def find_created(self, action: Action, since: str) -> UUID | None:
        """The object of this create's name in its container, if it was created after the intent was written."""
        container = DistinguishedName.parse(str(action.item["path"]))
        child = self._directory.child(container, str(action.item["name"]))
        if child is None or child.created is None or child.sam != action.item["sam"]:
            return None
        begun = datetime.fromisoformat(since).astimezone(UTC) - CLOCK_TOLERANCE
        return child.guid if child.created >= begun else None


_NOT_ATTRIBUTES = frozenset({"enabled", "password", "member", "parent", "name"})


def _is_member(
    present: frozenset[DistinguishedName], group: AdGroup, member: AdUser | AdGroup | None
) -> frozenset[str]:
    if member is None:
        return frozenset()
    by_primary_group = isinstance(member, AdUser) and member.primary_group == group.sid.rid
    return frozenset({str(member.guid)}) if member.dn in present or by_primary_group else frozenset()


def _value(account: AdUser | AdGroup, attribute: str, types: Mapping[str, ValueType]) -> str | None:
    match attribute:
        case "sAMAccountName":
            return account.sam
        case "name":
            return account.dn.name
        case "parent":
            return str(account.dn.parent)
    if isinstance(account, AdGroup):
        return account.description if attribute == "description" else None
    match attribute:
        case "enabled":
            return "true" if account.enabled else "false"
        case "userPrincipalName":
            return account.upn
    name = attribute.lower()
    return shown(held(account, name, types.get(name, ValueType.TEXT)))


def attribute_types(settings: Settings) -> dict[str, ValueType]:
    """The type of each attribute of the mapping, by its name in lower case."""
    return {rule.attribute: rule.type for rule in rules_of(settings.sync.mapping, settings.directory.domain)}
