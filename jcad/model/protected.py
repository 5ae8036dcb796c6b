"""Which objects of a domain are never written, and why. Pure.

Sources: MS-ADTS 3.1.1.6.1.2 (protected objects), AdminSDHolder documentation, rules.md "What is never written".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from jcad.model.account import AdGroup, AdUser
from jcad.model.dn import DistinguishedName
from jcad.model.names import fold

PROTECTED_RIDS: Mapping[int, str] = {
    498: "Enterprise Read-only Domain Controllers",
    512: "Domain Admins",
    516: "Domain Controllers",
    517: "Cert Publishers",
    518: "Schema Admins",
    519: "Enterprise Admins",
    520: "Group Policy Creator Owners",
    521: "Read-only Domain Controllers",
    526: "Key Admins",
    527: "Enterprise Key Admins",
}
ORDINARY_RIDS = frozenset({513, 514, 515})
"""Domain Users, Guests and Computers: everybody is in one of them, so membership protects nobody."""
ORDINARY_BUILTIN_RIDS = frozenset({545, 546})
"""The built-in Users and Guests: Domain Users and Domain Guests are in them from a domain's first day."""

PROTECTED_NAMES = frozenset(
    map(fold, ("DnsAdmins", "DnsUpdateProxy", "Group Policy Creator Owners", "Cert Publishers"))
)
_LOWEST_ORDINARY_RID = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What is known of a domain's protected objects.

    `reasons` says for each object, by its objectGUID, why it is protected through what it is a member of; `never` are
    further names (folded sAMAccountNames) of the settings and of the service accounts, each with its reason.
    """

    reasons: Mapping[UUID, str] = field(default_factory=dict)
    never: Mapping[str, str] = field(default_factory=dict)

    def of_user(self, user: AdUser) -> str | None:
        """Why this user is never written, or None."""
        if not user.is_person:
            return f"it is a {user.object_class} account, not a person's"
        return self._of(user)

    def of_group(self, group: AdGroup) -> str | None:
        """Why this group is never written, or None."""
        if group.sid.is_builtin:
            return "it is a built-in group"
        if fold(group.sam) in PROTECTED_NAMES:
            return f"{group.sam} is a privileged group"
        return self._of(group)

    def _of(self, account: AdUser | AdGroup) -> str | None:
        if account.critical:
            return "it is a critical system object"
        if account.sid.rid < _LOWEST_ORDINARY_RID:
            return f"it is built in (RID {account.sid.rid})"
        if account.admin_count == 1:
            return "adminCount is 1: it is, or was, in a protected group"
        return self.never.get(fold(account.sam)) or self.reasons.get(account.guid)


def is_protected_group(group: AdGroup) -> bool:
    """Whether membership of this group protects: built in, privileged by RID or by name."""
    if group.sid.is_builtin:
        return group.sid.rid not in ORDINARY_BUILTIN_RIDS
    if group.sid.rid in ORDINARY_RIDS:
        return False
    return group.sid.rid in PROTECTED_RIDS or group.sid.rid < _LOWEST_ORDINARY_RID or fold(group.sam) in PROTECTED_NAMES


def protected_through_membership(
    groups: Iterable[AdGroup], users: Iterable[AdUser], guid_of: Callable[[DistinguishedName], UUID | None]
) -> dict[UUID, str]:
    """Every object that is in a protected group, directly, nested or by primaryGroupID, with the reason.

    `groups` are all groups of the domain that matter, `guid_of` finds the objectGUID of a member's distinguished name.
    """
    by_guid = {group.guid: group for group in groups}
    reasons: dict[UUID, str] = {}
    for top in by_guid.values():
        if is_protected_group(top):
            _walk(top, by_guid, guid_of, reasons)
    by_rid = {group.sid.rid: group for group in by_guid.values()}
    for user in users:
        primary = by_rid.get(user.primary_group)
        if primary is not None and (is_protected_group(primary) or primary.guid in reasons):
            reasons.setdefault(user.guid, f"its primary group is {primary.sam}")
    return reasons


def _walk(
    top: AdGroup,
    by_guid: Mapping[UUID, AdGroup],
    guid_of: Callable[[DistinguishedName], UUID | None],
    reasons: dict[UUID, str],
) -> None:
    pending, seen = [top], {top.guid}
    while pending:
        current = pending.pop()
        for member in current.members:
            guid = guid_of(member)
            if guid is None or guid in seen:
                continue
            seen.add(guid)
            through = "" if current is top else f" through {current.sam}"
            reasons.setdefault(guid, f"it is in {top.sam}{through}")
            if guid in by_guid:
                pending.append(by_guid[guid])
