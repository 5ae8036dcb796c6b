"""A plan: ordered actions and findings for one domain and one organisation. Pure; no I/O, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from jcad.plan.action import Action
from jcad.plan.finding import Finding, FindingKind

_ORDER = attrgetter("wave", "kind", "scope", "name", "id")  # Action.order, without a call for each


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a plan was made for: organisation, AD instance, domain (SID and name) and the DC that was read."""

    organisation: str
    instance: str
    domain_sid: str
    domain: str
    dc: str


@dataclass(frozen=True)
class Plan:
    """An ordered list of actions, and what was found beside them.

    `population` says how many objects of a sort there are (`users`, `groups`, `members:<group>`), for limits by share.
    The same input gives the same plan, byte for byte.
    """

    feature: str
    made_for: Identity
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    population: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def make(
        cls,
        feature: str,
        made_for: Identity,
        actions: Iterable[Action],
        findings: Iterable[Finding],
        population: Mapping[str, int],
    ) -> Plan:
        """Sort actions and findings, and refuse two actions of one id."""
        ordered = tuple(sorted(actions, key=_ORDER))
        if len({action.id for action in ordered}) < len(ordered):
            twins = [identity for identity, count in Counter(action.id for action in ordered).items() if count > 1]
            raise ValueError(f"two actions of the id {twins[0]}")
        return cls(feature, made_for, ordered, tuple(sorted(findings, key=lambda finding: finding.order)), population)

    @property
    def is_pending(self) -> bool:
        """Whether there is anything to do. Findings alone are not pending."""
        return bool(self.actions)

    @cached_property
    def by_id(self) -> Mapping[str, Action]:
        """The actions by their id."""
        return {action.id: action for action in self.actions}

    def counts(self) -> Counter[str]:
        """How many actions there are of each kind."""
        return Counter(action.kind for action in self.actions)

    def finding_counts(self) -> Counter[FindingKind]:
        """How many findings there are of each kind."""
        return Counter(finding.kind for finding in self.findings)

    def waves(self) -> Iterator[tuple[int, tuple[Action, ...]]]:
        """The actions wave by wave, in order."""
        for wave in sorted({action.wave for action in self.actions}):
            yield wave, tuple(action for action in self.actions if action.wave == wave)
