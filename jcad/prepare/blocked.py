"""What keeps a delegation from working further below: protected lists, denials, AdminSDHolder. Pure.

An object inherits nothing when its DACL is protected (MS-ADTS 6.1.3), and the members of privileged groups get theirs from
AdminSDHolder every hour (MS-ADTS 3.1.1.6.1): a delegation on the container above does not reach them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from jcad.directory import SecuredObject
from jcad.errors import DescriptorError
from jcad.model import DistinguishedName
from jcad.model.descriptor import Ace, SecurityDescriptor
from jcad.prepare.aces import BELOW, CHILDREN, ITSELF, Facts, Scope, left_over
from jcad.prepare.desired import WantedAce


class Obstacle(StrEnum):
    """Why a delegation does not reach an object."""

    PROTECTED = "its access control list is protected: it inherits nothing"
    DENIED = "an explicit entry denies it"
    ADMIN_SD_HOLDER = "it is under AdminSDHolder, which replaces its access control list every hour"
    UNREADABLE = "its security descriptor cannot be read"


@dataclass(frozen=True, slots=True)
class Blocked:
    """An object below the container that a delegation does not reach: why, and what of the wanted does not hold there.

    `ace` is the entry that denies; `problem` says what is wrong with a descriptor that cannot be read.
    """

    dn: DistinguishedName
    obstacle: Obstacle
    wanted: tuple[WantedAce, ...] = ()
    ace: Ace | None = None
    problem: str = ""


def blocked(
    objects: Iterable[SecuredObject], container: DistinguishedName, wanted: Sequence[WantedAce], facts: Facts
) -> Iterator[Blocked]:
    """The obstacles on the objects below a container that has (or gets) the wanted entries, in the objects' order."""
    sids = {one.trustee: facts.denied_sids(one.trustee) for one in wanted}
    concerned = frozenset().union(*sids.values()) if sids else frozenset()
    for one in objects:
        try:
            descriptor = SecurityDescriptor.parse(one.descriptor or b"")
        except DescriptorError as error:
            problem = "this account may not read it" if one.descriptor is None else str(error)
            yield Blocked(one.dn, Obstacle.UNREADABLE, tuple(wanted), None, problem)
            continue
        if descriptor.dacl is None:
            continue
        handed = list(_handed_down(one, container, wanted, facts))
        if descriptor.dacl_protected or one.admin_count == 1:
            lacking = tuple(want for want, scope in handed if _lacks(descriptor, want, scope, facts))
            if lacking:
                why = Obstacle.ADMIN_SD_HOLDER if one.admin_count == 1 else Obstacle.PROTECTED
                yield Blocked(one.dn, why, lacking)
        for ace in descriptor.dacl.aces:
            if ace.inherited or not ace.denies or ace.sid not in concerned:
                continue
            scope = Scope.of(ace)
            hit = tuple(w for w, on in handed if ace.sid in sids[w.trustee] and scope.meets(on, facts.schema))
            if hit:
                yield Blocked(one.dn, Obstacle.DENIED, hit, ace)


def _handed_down(
    one: SecuredObject, container: DistinguishedName, wanted: Sequence[WantedAce], facts: Facts
) -> Iterator[tuple[WantedAce, Scope]]:
    """What each wanted entry is to give on this object and below it; those that say nothing of it are left out."""
    part = CHILDREN if len(one.dn.rdns) == len(container.rdns) + 1 else BELOW
    class_ = _class(one.object_class, facts)
    for want in wanted:
        scope = Scope.wanted(want)
        on_it = ITSELF if scope.reach & part and scope.class_ in (None, class_) else 0
        further = CHILDREN | BELOW if scope.reach & BELOW else 0
        if on_it | further:
            yield want, Scope(scope.mask, scope.object_type, on_it | further, scope.class_)


def _class(name: str, facts: Facts) -> UUID | None:
    try:
        return facts.schema.class_(name).guid
    except KeyError:
        return None


def _lacks(descriptor: SecurityDescriptor, want: WantedAce, scope: Scope, facts: Facts) -> bool:
    aces = descriptor.dacl.aces if descriptor.dacl else ()
    sids = facts.sids(want.trustee)
    given = [Scope.of(ace) for ace in aces if ace.sid in sids and ace.allows and not ace.conditional]
    return bool(left_over(scope, given, facts.schema))
