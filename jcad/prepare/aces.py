"""The arithmetic of access control entries: what of the wanted is there, and what is there beside it. Pure.

Trustees are compared by SID, types by GUID, never by name. A wanted entry is cut into what it gives on the object itself, on
its children, and further below, and into single rights; each piece may be given by any entry, so that several may cover
together what one was wanted for. What is inherited, or is the schema's default, is never *extra*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from jcad.model import Sid
from jcad.model.descriptor import OBJECT_RIGHTS, Ace, AceType, SecurityDescriptor, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare.desired import Inheritance, WantedAce
from jcad.prepare.token import ALWAYS, OWNER_RIGHTS

ITSELF, CHILDREN, BELOW = 1, 2, 4
"""Where an entry holds: on the object that has it, on those directly in it, on those further below."""

_FLAGS: Final = 0x0F  # what an entry's flags say of inheritance
_KEY_FLAGS: Final = 0x0E  # without OBJECT_INHERIT, which means nothing in a directory


def reach(flags: int) -> int:
    """Where an entry with these flags holds (MS-DTYP 2.4.4.1)."""
    itself = 0 if flags & 0x08 else ITSELF
    if not flags & 0x02:
        return itself
    return itself | CHILDREN | (0 if flags & 0x04 else BELOW)


class State(StrEnum):
    """How a wanted entry stands."""

    PRESENT = "present"
    INHERITED = "inherited"
    IMPLIED = "implied"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an entry gives, as pieces are compared: rights on a type, somewhere, on objects of a class."""

    mask: int
    object_type: UUID | None
    reach: int
    class_: UUID | None

    @classmethod
    def of(cls, ace: Ace) -> Scope:
        """What an entry of a descriptor gives (or denies)."""
        object_type = ace.object_type if mapped(ace.mask) & OBJECT_RIGHTS else None
        return cls(mapped(ace.mask), object_type, reach(ace.flags), ace.inherited_object_type)

    @classmethod
    def wanted(cls, wanted: WantedAce) -> Scope:
        """What a wanted entry is to give, in the form in which it would be written."""
        mask = mapped(wanted.mask)
        inherits = wanted.inheritance is not Inheritance.NONE
        return cls(
            mask,
            wanted.object_type if mask & OBJECT_RIGHTS else None,
            reach(wanted.inheritance.ace_flags),
            wanted.inherited_object_type if inherits else None,
        )

    def on(self, part: int) -> int:
        """The rights given on one part of the reach."""
        return self.mask if self.reach & part else 0

    def covers_type(self, other: Scope, schema: SchemaMap) -> bool:
        """Whether its type is that of the other one, or wider: none at all, or the property set of the attribute."""
        mine, its = self.object_type, other.object_type
        return mine is None or mine == its or (its is not None and schema.contains(mine, its))

    def covers_class(self, other: Scope, part: int) -> bool:
        """Whether it holds on every object on which the other one does, in that part. On itself the class says nothing."""
        return part == ITSELF or self.class_ is None or self.class_ == other.class_

    def meets(self, other: Scope, schema: SchemaMap) -> bool:
        """Whether there is anything that both speak of."""
        if not self.mask & other.mask or not (self.covers_type(other, schema) or other.covers_type(self, schema)):
            return False
        common = self.reach & other.reach
        classes_meet = self.class_ is None or other.class_ is None or self.class_ == other.class_
        return bool(common & ITSELF) or (bool(common) and classes_meet)


@dataclass(frozen=True, slots=True)
class Standing:
    """One wanted entry: how it stands, the entries that give it, the bits that nothing gives, and what denies it.

    `denied` are entries that come first and take the right, or a part of it, away again: an explicit denial always does.
    """

    wanted: WantedAce
    state: State
    aces: tuple[Ace, ...] = ()
    missing: int = 0
    denied: tuple[Ace, ...] = ()

    @property
    def works(self) -> bool:
        """Whether the trustee has what was wanted."""
        return self.state is not State.MISSING and not self.denied


@dataclass(frozen=True, slots=True)
class Extra:
    """An explicit entry of one of our trustees that gives more than is wanted: `excess` are the bits beyond it."""

    ace: Ace
    excess: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A descriptor beside what is wanted of it.

    `duplicated` are explicit entries of our trustees that stand there a second time; `orphaned` explicit ones of anybody
    whose SID resolves to nothing.
    """

    standings: tuple[Standing, ...] = ()
    duplicated: tuple[Ace, ...] = ()
    orphaned: tuple[Ace, ...] = ()
    extra: tuple[Extra, ...] = ()

    @property
    def missing(self) -> tuple[WantedAce, ...]:
        """The wanted entries that must be added."""
        return tuple(one.wanted for one in self.standings if one.state is State.MISSING)

    @property
    def denied(self) -> tuple[Standing, ...]:
        """The wanted entries that would not work, because something denies them."""
        return tuple(one for one in self.standings if one.denied)


Tokens = Mapping[Sid, frozenset[Sid]]
"""For a trustee, the SIDs whose entries count as its own, beside its own SID: its groups, where they are to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the arithmetic knows beside the descriptor: the schema, who counts as whom, and which SIDs resolve.

    `trustees` are ours: only their entries can be extra or duplicated. What their groups are allowed counts for them only
    where `tokens` says so; what is denied to their `groups`, or to everybody, always does. `defaults` are the entries of the
    class's default security descriptor, which are never extra.
    """

    schema: SchemaMap
    trustees: frozenset[Sid] = frozenset()
    tokens: Tokens | None = None
    groups: Tokens | None = None
    defaults: frozenset[Ace] = frozenset()
    resolves: Callable[[Sid], bool] = lambda _: True

    def sids(self, trustee: Sid) -> frozenset[Sid]:
        """The SIDs whose entries speak to a trustee, as far as they are to count."""
        return frozenset({trustee}) | (self.tokens or {}).get(trustee, frozenset())

    def denied_sids(self, trustee: Sid) -> frozenset[Sid]:
        """The SIDs whose denials hit a trustee. OWNER RIGHTS is nobody's account, and in no group."""
        if trustee == OWNER_RIGHTS:
            return frozenset({trustee})
        return self.sids(trustee) | ALWAYS | (self.groups or {}).get(trustee, frozenset())


def compare(
    descriptor: SecurityDescriptor, wanted: Sequence[WantedAce], facts: Facts, *, without_extra: bool = False
) -> Comparison:
    """How the wanted entries stand in a descriptor's DACL, and what of it is not in order.

    With `without_extra` an extra entry gives nothing, as it will be when extra ones are removed: what only it covers is
    then missing.
    """
    aces = descriptor.dacl.aces if descriptor.dacl else ()
    extra = tuple(_extra(aces, wanted, facts))
    gone = {id(one.ace) for one in extra} if without_extra else set()
    counted = [ace for ace in aces if id(ace) not in gone]
    explicit = [ace for ace in aces if not ace.inherited]
    return Comparison(
        tuple(standing(counted, one, facts) for one in wanted),
        tuple(_duplicated(explicit, facts.trustees)),
        tuple(ace for ace in explicit if ace.sid and _is_account(ace.sid) and not facts.resolves(ace.sid)),
        extra,
    )


def standing(aces: Sequence[Ace], wanted: WantedAce, facts: Facts) -> Standing:
    """How one wanted entry stands among the entries of a DACL, in their order."""
    sids, denied = facts.sids(wanted.trustee), facts.denied_sids(wanted.trustee)
    scope = Scope.wanted(wanted)
    exact = next((place for place, ace in enumerate(aces) if is_exactly(ace, wanted)), None)
    if exact is not None:
        return Standing(wanted, State.PRESENT, (aces[exact],), 0, _denials(aces[:exact], denied, scope, facts.schema))
    allowed = [(place, ace) for place, ace in enumerate(aces) if ace.sid in sids and _gives(ace)]
    left, givers = _left([Scope.of(ace) for _, ace in allowed], scope, facts.schema)
    given_by = tuple(allowed[number][1] for number in givers)
    if left:
        new = sum(1 for ace in aces if not ace.inherited)
        return Standing(wanted, State.MISSING, given_by, left, _denials(aces[:new], denied, scope, facts.schema))
    last = max((allowed[number][0] for number in givers), default=0)
    state = State.INHERITED if all(ace.inherited for ace in given_by) else State.IMPLIED
    return Standing(wanted, state, given_by, 0, _denials(aces[:last], denied, scope, facts.schema))


def is_exactly(ace: Ace, wanted: WantedAce) -> bool:
    """Whether an explicit entry is the wanted one itself: same trustee, rights, types and inheritance."""
    return (
        not ace.inherited
        and ace.sid == wanted.trustee
        and _gives(ace)
        and ace.flags & _KEY_FLAGS == wanted.inheritance.ace_flags
        and Scope.of(ace) == Scope.wanted(wanted)
    )


def left_over(scope: Scope, givers: Sequence[Scope], schema: SchemaMap) -> int:
    """The bits of a scope that no giver gives on some part of its reach."""
    return _left(givers, scope, schema)[0]


def _gives(ace: Ace) -> bool:
    return ace.allows and not ace.conditional


def _left(givers: Sequence[Scope], scope: Scope, schema: SchemaMap) -> tuple[int, tuple[int, ...]]:
    """What is left of a scope after the givers, and the places of those that gave something."""
    used: list[int] = []
    missing = 0
    fitting = [(place, one) for place, one in enumerate(givers) if one.covers_type(scope, schema)]
    for part in (ITSELF, CHILDREN, BELOW):
        left = scope.on(part)
        for place, one in fitting:
            if left & one.on(part) and one.covers_class(scope, part):
                left &= ~one.mask
                used.append(place)
        missing |= left
    return missing, tuple(sorted(set(used)))


def _denials(aces: Iterable[Ace], sids: frozenset[Sid], scope: Scope, schema: SchemaMap) -> tuple[Ace, ...]:
    return tuple(ace for ace in aces if ace.denies and ace.sid in sids and Scope.of(ace).meets(scope, schema))


def _extra(aces: Iterable[Ace], wanted: Sequence[WantedAce], facts: Facts) -> Iterable[Extra]:
    for ace in aces:
        if ace.inherited or ace.sid is None or ace.sid not in facts.trustees or ace in facts.defaults:
            continue
        scope = Scope.of(ace)
        wanted_here = [Scope.wanted(one) for one in wanted if one.trustee == ace.sid]
        excess = left_over(scope, wanted_here, facts.schema) if _gives(ace) else scope.mask
        if excess:
            yield Extra(ace, excess)


def _duplicated(explicit: Iterable[Ace], trustees: frozenset[Sid]) -> Iterable[Ace]:
    seen: set[tuple[object, ...]] = set()
    for ace in explicit:
        key = (ace.denies, ace.sid, ace.flags & _FLAGS, ace.mask, ace.object_type, ace.inherited_object_type, ace.data)
        if ace.sid in trustees and ace.type <= AceType.DENY_CALLBACK_OBJECT and key in seen:
            yield ace
        seen.add(key)


def _is_account(sid: Sid) -> bool:
    """Whether it is an account's or group's of some domain; other SIDs are known everywhere."""
    return sid.authority == 5 and sid.subauthorities[:1] == (21,)
