"""What is tried: each scenario is a fault, when it happens, and at which kind of action. Pure values, from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Self

KILLS = ("kill-before-write", "kill-within-write", "kill-after-write", "kill-before-batch", "kill-after-batch")
WIRE = ("drop-request", "drop-bytes", "drop-records", "delay", "refuse-login", "quota", "status", "garbage")
SCRIPTS = (
    "create-user", "create-group", "set-attributes", "disable-user", "enable-user", "rename-group", "add-members",
    "remove-members",
)  # fmt: skip
OTHERS = (
    "dc-stops",
    "dc-stops-at-link",
    "clock-ahead",
    "clock-back",
    "disk-full",
    "two-runs",
    "backup",
    "backup-killed",
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that goes wrong. `at` is where: percent of all steps for a kill, the occasion for a fault of the wire."""

    fault: str
    kind: str = ""
    at: int = 1

    def __str__(self) -> str:
        return ":".join((self.fault, self.kind, str(self.at)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its text. Raises ValueError."""
        fault, kind, at = text.split(":")
        return cls(fault, kind, int(at))

    def step(self, total: int) -> int:
        """The step that `at` percent of `total` steps means, from 1."""
        return 1 + self.at * total // 100


def short(seed: int) -> list[Scenario]:
    """A sample with every fault, every kind of action, and kills all over a run."""
    random = Random(seed)
    kills = [Scenario(fault, at=random.randrange(20 * number, 20 * number + 20)) for number, fault in enumerate(KILLS)]
    random.shuffle(kills)
    scripts = [*SCRIPTS]
    random.shuffle(scripts)
    wire = [Scenario(WIRE[number % len(WIRE)], kind, random.randint(1, 2)) for number, kind in enumerate(scripts)]
    others = [Scenario(fault, at=random.randrange(20, 90)) for fault in OTHERS]
    return [*kills, *wire, *others]


def long(seed: int) -> list[Scenario]:
    """Every kill at every percent of a run, every fault of the wire at every kind of action, everything else often."""
    found = [Scenario(fault, at=at) for fault, at in product(KILLS, range(100))]
    found += [Scenario(fault, kind, at) for fault, kind, at in product(WIRE, SCRIPTS, (1, 2, 3))]
    found += [Scenario(fault, at=at) for fault, at in product(OTHERS, range(5, 100, 10))]
    Random(seed).shuffle(found)
    return found
