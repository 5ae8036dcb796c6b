"""Taking rights away from a list: each entry is split into what stays and what goes, or nothing is removed at all.

Pure; CommonAcl.RemoveQualifiedAces in the reference source of System.Security.AccessControl, for a directory's objects.
"""

from __future__ import annotations

from dataclasses import replace

from jcad.lab.windows.access.ace import (
    AUDIT,
    INHERITED_TYPE_PRESENT,
    NO_TYPE,
    TYPE_PRESENT,
    TYPED_RIGHTS,
    Ace,
    Qualifier,
)
from jcad.lab.windows.access.acl import LIMIT, AccessList
from jcad.lab.windows.access.reach import CONTAINER_INHERIT, INHERIT_ONLY, INHERITANCE, difference
from jcad.lab.windows.access.refusal import zero_mask
from jcad.lab.windows.access.rule import AceRule


def remove(acl: AccessList, rule: AceRule) -> bool:
    """Take the rule's rights away where it reaches; False, and nothing is changed, where that cannot be said in entries.

    Raises Refusal for a rule without rights or a list out of order.
    """
    if not rule.mask:
        raise zero_mask()
    acl.require_canonical()
    after: list[Ace] = []
    for ace in acl.settle():
        parts = _split(ace, rule) if acl.concerns(ace, rule) else [ace]
        if parts is None:
            return False
        after += parts
    if 8 + sum(len(ace.to_bytes()) for ace in after) > LIMIT:
        return False
    acl.aces = after
    return True


def _split(ace: Ace, rule: AceRule) -> list[Ace] | None:
    """What is left of an entry; None where the removal is not possible."""
    mask, conflicts = _mask_to_remove(ace, rule)
    if not ace.mask & mask:
        return [ace]
    flags, conflicts_in_reach = _flags_to_remove(ace, rule)
    if _do_not_meet(ace, rule, flags):
        return [ace]
    if conflicts or conflicts_in_reach:
        return None
    audits = rule.qualifier is Qualifier.AUDIT
    if audits and not ace.flags & flags & AUDIT:
        return [ace]
    possible, rest = difference(ace.flags, flags)
    if not possible:
        return None
    parts = []
    if kept := ace.mask & ~mask:
        parts.append(_narrowed(ace, kept, ace.flags, is_new=False))
    if audits and (outcomes := ace.flags & ~flags & AUDIT):
        parts.append(_narrowed(ace, ace.mask & mask, (ace.flags & ~AUDIT) | outcomes, is_new=True))
    if rest is not None:
        parts.append(_narrowed(ace, ace.mask & mask, rest | (ace.flags & flags & AUDIT), is_new=True))
    return parts


def _mask_to_remove(ace: Ace, rule: AceRule) -> tuple[int, bool]:
    """Which of the rule's rights count against this entry, and whether they conflict with its object type."""
    if not (ace.mask & rule.mask & TYPED_RIGHTS and rule.object_flags & TYPE_PRESENT):
        return rule.mask, False
    if not ace.object_flags & TYPE_PRESENT:
        return rule.mask, True
    return (rule.mask, False) if ace.object_type == rule.object_type else (rule.mask & ~TYPED_RIGHTS, False)


def _flags_to_remove(ace: Ace, rule: AceRule) -> tuple[int, bool]:
    """Where the rule reaches of this entry, and whether that conflicts with its inherited object type."""
    both_inherit = ace.flags & rule.flags & CONTAINER_INHERIT
    if not (both_inherit and rule.object_flags & INHERITED_TYPE_PRESENT):
        return rule.flags, False
    if not ace.object_flags & INHERITED_TYPE_PRESENT:
        return rule.flags, True
    return (rule.flags, False) if ace.inherited_type == rule.inherited_type else (rule.flags & ~INHERITANCE, False)


def _do_not_meet(ace: Ace, rule: AceRule, flags: int) -> bool:
    """Whether one reaches only the object and the other only what is below it."""
    below = CONTAINER_INHERIT | INHERIT_ONLY
    if not ace.flags & CONTAINER_INHERIT and flags & below == below:
        return True
    if not flags & CONTAINER_INHERIT and ace.flags & below == below:
        return True
    return rule.flags & below == below and not flags & CONTAINER_INHERIT


def _narrowed(ace: Ace, mask: int, flags: int, *, is_new: bool) -> Ace:
    """The entry with this mask and these flags, without the types that then mean nothing.

    A new entry, and one that loses its object type, is no callback any more and has nothing behind its SID.
    """
    object_flags, object_type, inherited_type = ace.object_flags, ace.object_type, ace.inherited_type
    loses_type = bool(object_flags & TYPE_PRESENT and not mask & TYPED_RIGHTS)
    if loses_type:
        object_flags, object_type = object_flags & ~TYPE_PRESENT, NO_TYPE
    if not flags & CONTAINER_INHERIT:
        object_flags, inherited_type = object_flags & ~INHERITED_TYPE_PRESENT, NO_TYPE
    kind, opaque = ace.kind, ace.opaque
    if is_new or loses_type:
        kind, opaque = int(ace.qualifier or 0) + (5 if ace.is_object else 0), b""
    return replace(
        ace,
        kind=kind,
        flags=flags,
        mask=mask,
        opaque=opaque,
        object_flags=object_flags,
        object_type=object_type,
        inherited_type=inherited_type,
    )
