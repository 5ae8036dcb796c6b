"""The effective-rights engine: descriptors of 40 entries, parsed once, tokens of 50 SIDs. No server, no network.

A *first* question meets a descriptor and a token for the first time together, and pays for finding the entries that speak
to the token; a *further* one is put to the same pair. Reading is what a descriptor costs before any question, where its
entries have not been seen before, and where they have: what a container hands down stands on everything below it. The
arithmetic compares twelve wanted entries with such a descriptor. All of it is random, seeded, and as varied as a delegated
domain's: object entries for two thirds, denials for a tenth, one SID in eight of the token's.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from jcad.directory import SecuredObject
from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import Ace, Acl, SecurityDescriptor
from jcad.model.descriptor.binary import read_ace
from jcad.model.schema import SchemaMap
from jcad.prepare.aces import Facts, compare
from jcad.prepare.blocked import blocked
from jcad.prepare.desired import Inheritance, WantedAce
from jcad.prepare.effective import Permissions, Question
from jcad.prepare.token import ALWAYS, Token

TITLE = "Effective rights and entries, in memory"
TARGET = "target: at least 20,000 questions a second, descriptors of 40 entries parsed once, tokens of 50 SIDs"
QUICK = {"runs": 2}

DOMAIN = Sid.parse("S-1-5-21-1004336348-1177238915-682003330")
CONTAINER = DistinguishedName.parse("OU=JumpCloud,DC=lab,DC=jcad,DC=test")
UNITS = 2000
DESCRIPTORS, ENTRIES, SIDS, TOKENS = 200, 40, 50, 20
TYPES = tuple(UUID(int=number) for number in range(1, 60))


class Row(NamedTuple):
    """One sort of work: how often a second (median of the runs), and what one takes in microseconds."""

    work: str
    per_second: int
    microseconds: float


def rows(runs: int = 5) -> list[Row]:
    """Measure each sort of work."""
    ground = Ground(random.Random(4))
    work: dict[str, Callable[[], int]] = {
        "first question": ground.first,
        "further question": ground.further,
        "descriptor read, new": ground.read_new,
        "descriptor read, entries known": ground.read_known,
        "12 wanted entries compared": ground.compare,
        "unit below looked through": ground.look,
    }
    return [_row(name, deed, runs) for name, deed in work.items()]


class Ground:
    """What is measured on; each method does one sort of work, and tells how often."""

    def __init__(self, dice: random.Random) -> None:
        tokens = [Token(DOMAIN.child(number), _sids(dice)) for number in range(TOKENS)]
        self.raws = [_descriptor(dice, tokens).to_bytes() for _ in range(DESCRIPTORS)]
        self.parsed = [SecurityDescriptor.parse(raw) for raw in self.raws]
        self.questions = [Question(1 << dice.choice((0, 4, 5, 8)), tuple(dice.sample(TYPES, 3))) for _ in range(50)]
        self.pairs = [(descriptor, token) for descriptor in self.parsed for token in tokens]
        self.known = [Permissions(descriptor, token) for descriptor, token in self.pairs[:: len(self.pairs) // 200]]
        self.wanted = [_wanted(dice, tokens[0].user) for _ in range(12)]
        self.units = [_unit(number, raw) for number, raw in enumerate(self.raws * (UNITS // DESCRIPTORS))]
        self.facts = Facts(schema=SchemaMap(), trustees=frozenset({tokens[0].user}))

    def first(self) -> int:
        """A question to each pair of descriptor and token, for the first time."""
        for number, (descriptor, token) in enumerate(self.pairs):
            Permissions(descriptor, token).ask(self.questions[number % 50])
        return len(self.pairs)

    def further(self) -> int:
        """Fifty questions to each of two hundred pairs."""
        for one in self.known:
            for question in self.questions:
                one.ask(question)
        return len(self.known) * len(self.questions)

    def read_new(self) -> int:
        """Reading descriptors whose entries have not been seen."""
        read_ace.cache_clear()
        return self.read_known()

    def read_known(self) -> int:
        """Reading descriptors whose entries have been seen."""
        for raw in self.raws:
            SecurityDescriptor.parse(raw)
        return len(self.raws)

    def compare(self) -> int:
        """The arithmetic for one container after the other."""
        for descriptor in self.parsed:
            compare(descriptor, self.wanted, self.facts)
        return len(self.parsed)

    def look(self) -> int:
        """Looking for obstacles on two thousand units below a container; one in ten is protected."""
        sum(1 for _ in blocked(self.units, CONTAINER, self.wanted, self.facts))
        return len(self.units)


def _unit(number: int, raw: bytes) -> SecuredObject:
    """A unit below the container."""
    if number % 10 == 0:
        raw = raw[:3] + bytes((raw[3] | 0x10,)) + raw[4:]  # SE_DACL_PROTECTED
    dn = CONTAINER.child("OU", f"unit {number}")
    return SecuredObject(guid=UUID(int=number), dn=dn, object_class="organizationalunit", descriptor=raw)


def _row(name: str, deed: Callable[[], int], runs: int) -> Row:
    deed()
    rates = []
    for _ in range(runs):
        begun = time.perf_counter()
        done = deed()
        rates.append(done / (time.perf_counter() - begun))
    rate = statistics.median(rates)
    return Row(name, round(rate), round(1e6 / rate, 2))


def _sids(dice: random.Random) -> frozenset[Sid]:
    return frozenset(DOMAIN.child(dice.randrange(1000, 1400)) for _ in range(SIDS - len(ALWAYS))) | ALWAYS


def _descriptor(dice: random.Random, tokens: list[Token]) -> SecurityDescriptor:
    def entry() -> Ace:
        sid = (
            dice.choice(list(dice.choice(tokens).sids)) if dice.random() < 0.125 else DOMAIN.child(dice.randrange(5000))
        )
        flags = dice.choice((0, 0, 2, 10, 18, 26))
        mask = 1 << dice.choice((0, 1, 4, 5, 8, 17))
        denies = dice.random() < 0.1
        if dice.random() < 0.66:
            return Ace(6 if denies else 5, flags, mask, sid, None, dice.choice(TYPES), dice.choice((None, *TYPES[:4])))
        return Ace(1 if denies else 0, flags, mask, sid)

    return SecurityDescriptor(
        0x8004, DOMAIN.child(512), DOMAIN.child(512), None, Acl(4, tuple(entry() for _ in range(ENTRIES)))
    )


def _wanted(dice: random.Random, trustee: Sid) -> WantedAce:
    return WantedAce(
        trustee=trustee,
        mask=1 << dice.choice((0, 4, 5, 8)),
        object_type=dice.choice(TYPES),
        inherited_object_type=TYPES[0],
        inheritance=Inheritance.DESCENDENTS,
    )
