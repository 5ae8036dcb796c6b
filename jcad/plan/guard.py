"""The guard: looks at a whole plan before anything is written, and stops it with nothing written. Pure.

Its message carries the numbers, the limit, and the exact flag that would let the plan pass (rules.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jcad.errors import GuardStopped
from jcad.plan.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many actions of one sort may be in a plan.

    `count` is absolute. `share` (0 to 1) is of the population, counted only when there are more than `floor` actions, so that
    a small set is not stopped by its second change. `population` names the sort in the plan; a limit that is `per_scope`
    counts each scope (a group) for itself.
    """

    guard: str
    count: int
    share: float | None = None
    floor: int = 0
    population: str = ""
    per_scope: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that a plan is over."""

    limit: Limit
    count: int
    allowed: int
    population: int
    scope: str = ""
    before: int = 0

    def __str__(self) -> str:
        where = f" in {self.scope}" if self.scope else ""
        of = f" of {self.population}" if self.limit.share is not None and self.population else ""
        done = f" ({self.before} of them done in the last 24 hours)" if self.before else ""
        return f"{self.count}{of} {self.limit.what or self.limit.guard}{where}{done}, the limit is {self.allowed}"

    @property
    def flag(self) -> str:
        """What would let it pass."""
        return f"--allow {self.limit.guard}={self.count}"


def excesses(plan: Plan, limits: Iterable[Limit], already: Mapping[str, int] | None = None) -> list[Excess]:
    """The limits that the plan is over.

    `already` counts what was done in the time over which limits hold: by guard, and by `guard:scope` within a scope.
    """
    before = already or {}
    found: list[Excess] = []
    for limit in limits:
        for scope, count in sorted(_counts(plan, limit).items()):
            done = before.get(f"{limit.guard}:{scope}" if limit.per_scope else limit.guard, 0)
            total = count + done
            allowed, population = _allowed(plan, limit, scope, total)
            if total > allowed:
                found.append(Excess(limit, total, allowed, population, scope, done))
    return found


def raise_if_over(plan: Plan, limits: Iterable[Limit], already: Mapping[str, int] | None = None) -> None:
    """Raise GuardStopped when the plan is over a limit."""
    if not (found := excesses(plan, limits, already)):
        return
    lines = "; ".join(map(str, found))
    flags = " ".join(dict.fromkeys(excess.flag for excess in _widest(found)))
    raise GuardStopped(
        f"The plan is over {'a limit' if len(found) == 1 else f'{len(found)} limits'}: {lines}. Nothing was written.",
        hint=f"If that is what you want, run it again with {flags}, or raise the limit in jcad.toml.",
    )


def with_allowances(limits: Iterable[Limit], allowances: Mapping[str, int]) -> list[Limit]:
    """The limits as raised by `--allow`: an allowance replaces count and share."""
    return [
        Limit(
            guard=limit.guard,
            count=allowances[limit.guard],
            population=limit.population,
            per_scope=limit.per_scope,
            what=limit.what,
        )
        if limit.guard in allowances
        else limit
        for limit in limits
    ]


def _counts(plan: Plan, limit: Limit) -> Counter[str]:
    """How many actions count towards the limit, by scope."""
    if limit.guard == "total":
        return Counter({"": len(plan.actions)}) if plan.actions else Counter()
    return Counter(action.scope if limit.per_scope else "" for action in plan.actions if limit.guard in action.guards)


def _allowed(plan: Plan, limit: Limit, scope: str, total: int) -> tuple[int, int]:
    name = f"{limit.population}:{scope}" if limit.per_scope else limit.population
    population = plan.population.get(name, 0)
    if limit.share is None or total <= limit.floor:
        return limit.count, population
    return min(limit.count, max(limit.floor, int(population * limit.share))), population


def _widest(found: Iterable[Excess]) -> list[Excess]:
    """One excess per limit: the one that needs the most."""
    widest: dict[str, Excess] = {}
    for excess in found:
        if excess.limit.guard not in widest or excess.count > widest[excess.limit.guard].count:
            widest[excess.limit.guard] = excess
    return list(widest.values())
