"""The canonical order of an access control list (MS-ADTS 5.1.3.1): the check and the sort. Pure.

Windows' classes refuse every change of an access list that is not in this order, and the order decides what an entry
means: the first that speaks of a right wins.
"""

from __future__ import annotations

from dataclasses import replace

from jcad.model.descriptor.values import Ace, Acl

_UNKNOWN = 4
_AUDIT = frozenset({2, 3, 7, 8, 13, 14, 15, 16})


def _group(ace: Ace) -> int:
    """Deny, deny object, allow, allow object, kinds that decide nothing, inherited."""
    if ace.inherited:
        return 5
    if ace.denies:
        return 0 if ace.object_flags is None else 1
    if ace.allows:
        return 2 if ace.object_flags is None else 3
    return _UNKNOWN


def _is_dropped(ace: Ace) -> bool:
    """Whether System.Security.AccessControl leaves an entry out when it reads an access list."""
    for_nobody = ace.inherit_only and not ace.flags & 0x03
    return ace.type in _AUDIT or (ace.sid is not None and not ace.mask) or for_nobody


def is_canonical(acl: Acl) -> bool:
    """Whether explicit denials stand before what is allowed explicitly, and both before what is inherited.

    This is what Windows' classes find of an access list: entries that they drop at reading (those without rights, for
    nobody, or of audit kinds) do not count, and an explicit entry of an unknown kind makes the list not canonical. Common
    and object entries may stand in any order among themselves.
    """
    groups = [_group(ace) for ace in acl.aces if not _is_dropped(ace)]
    ranks = [group // 2 for group in groups if group != 5]
    explicit = groups[: len(ranks)]
    return _UNKNOWN not in groups and 5 not in explicit and ranks == sorted(ranks)


def canonical(acl: Acl) -> Acl:
    """The list with its explicit entries in canonical order. Inherited ones keep their order, and stand behind them."""
    return replace(acl, aces=tuple(sorted(acl.aces, key=_group)))
