"""When two entries become one. Pure; CommonAcl.MergeAces in the reference source of System.Security.AccessControl."""

from __future__ import annotations

from dataclasses import replace

from jcad.lab.windows.access.ace import AUDIT, INHERITED_TYPE_PRESENT, TYPE_PRESENT, TYPED_RIGHTS, Ace
from jcad.lab.windows.access.reach import INHERITANCE, union


def merged(old: Ace, new: Ace) -> Ace | None:
    """`old` with what `new` says in it, or None where the two stay two.

    Only explicit entries of one type byte, one trustee and the same bytes behind the SID. Three ways: the rights are
    joined, or the audited outcomes, or the reaches.
    """
    if old.is_inherited or new.is_inherited or old.qualifier is None:
        return None
    if (old.kind, old.sid, old.opaque) != (new.kind, new.sid, new.opaque):
        return None
    return _rights_joined(old, new) or _outcomes_joined(old, new) or _reaches_joined(old, new)


def _rights_joined(old: Ace, new: Ace) -> Ace | None:
    if old.flags != new.flags or old.inherited_type != new.inherited_type:
        return None
    covers = not old.object_flags & TYPE_PRESENT and not new.mask & TYPED_RIGHTS & ~old.mask
    if old.object_type != new.object_type and not covers:
        return None
    return replace(old, mask=old.mask | new.mask)


def _outcomes_joined(old: Ace, new: Ace) -> Ace | None:
    same = (old.flags ^ new.flags) & INHERITANCE == 0 and old.mask == new.mask
    if not same or (old.object_type, old.inherited_type) != (new.object_type, new.inherited_type):
        return None
    return replace(old, flags=old.flags | (new.flags & AUDIT))


def _reaches_joined(old: Ace, new: Ace) -> Ace | None:
    if (old.flags ^ new.flags) & AUDIT or old.mask != new.mask or old.object_type != new.object_type:
        return None
    if old.inherited_type != new.inherited_type and old.object_flags & INHERITED_TYPE_PRESENT:
        return None
    flags = union(old.flags, new.flags)
    return None if flags is None else replace(old, flags=flags | (old.flags & AUDIT))
