"""What an object takes over from the one above, and where an entry that was taken over comes from. Pure.

The rules are those of MS-DTYP 2.5.3.4 (CreateSecurityDescriptor, ContentsInherited...), for a directory, where every object
is a container (MS-ADTS 6.1.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import Ace, SecurityDescriptor, mapped
from jcad.prepare.token import CREATOR_GROUP, CREATOR_OWNER

_CONTAINER, _NO_PROPAGATE, _INHERIT_ONLY, _INHERITED, _OBJECT = 0x02, 0x04, 0x08, 0x10, 0x01


_COMMON: Final = {5: 0, 6: 1, 7: 2, 8: 3, 11: 9, 12: 10, 15: 13, 16: 14}
"""The common kind of each object kind (MS-DTYP 2.4.4.1)."""


@dataclass(frozen=True, slots=True)
class Ancestor:
    """An object above another one, and its descriptor."""

    dn: DistinguishedName
    descriptor: SecurityDescriptor


def handed_down(
    aces: Iterable[Ace], class_: UUID, owner: Sid | None = None, group: Sid | None = None
) -> tuple[Ace, ...]:
    """The entries that an object of that class, with that owner and group, takes over from the one directly above."""
    return tuple(child for ace in aces for child in _handed_down(ace, class_, owner, group))


def _handed_down(ace: Ace, class_: UUID, owner: Sid | None, group: Sid | None) -> Iterator[Ace]:
    if not ace.flags & _CONTAINER:
        return
    goes_on = not ace.flags & _NO_PROPAGATE
    effective = ace.inherited_object_type in (None, class_)
    carried = ace.flags & (_CONTAINER | _OBJECT) if goes_on else 0
    sid = {CREATOR_OWNER: owner, CREATOR_GROUP: group}.get(ace.sid, ace.sid) if ace.sid else None
    told = mapped(ace.mask)
    as_it_is = sid == ace.sid and told == ace.mask
    kept = (ace.flags & ~0x1F) | _INHERITED
    if effective and as_it_is:
        yield _holding_here(ace, kept) if not carried else replace(ace, flags=kept | carried)
        return
    if effective and sid is not None:
        yield replace(_holding_here(ace, kept), sid=sid, mask=told)
    if goes_on:
        yield replace(ace, flags=kept | carried | _INHERIT_ONLY)


def _holding_here(ace: Ace, flags: int) -> Ace:
    """The entry as it stands where it goes no further: the class that it was for is no longer told.

    An object entry that is left without types becomes a common one (as Samba writes it).
    """
    if ace.object_type is None:
        return Ace(_COMMON.get(ace.type, ace.type), flags, ace.mask, ace.sid, data=ace.data)
    return replace(ace, flags=flags, inherited_object_type=None)


def origin(ace: Ace, owner: Sid | None, ancestors: Sequence[Ancestor]) -> DistinguishedName | None:
    """The object above whose explicit entry an inherited one is a copy of: the nearest that fits, or None.

    `ancestors` begin with the object directly above. An entry for CREATOR OWNER was given the owner's SID on its way, and
    generic rights the specific ones that they stand for.
    """
    for depth, above in enumerate(ancestors):
        aces = above.descriptor.dacl.aces if above.descriptor.dacl else ()
        if any(not one.inherited and _is_copy(ace, one, owner, depth) for one in aces):
            return above.dn
    return None


_NEAR: Final = 0


def _is_copy(ace: Ace, above: Ace, owner: Sid | None, depth: int) -> bool:
    if not above.flags & _CONTAINER or (above.flags & _NO_PROPAGATE and depth > _NEAR):
        return False
    same_sid = above.sid == ace.sid or (above.sid == CREATOR_OWNER and ace.sid == owner) or above.sid == CREATOR_GROUP
    return (
        same_sid
        and ace.type in (above.type, _COMMON.get(above.type))
        and mapped(above.mask) == mapped(ace.mask)
        and above.object_type == ace.object_type
        and ace.inherited_object_type in (above.inherited_object_type, None)
        and above.data == ace.data
    )
