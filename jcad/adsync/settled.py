"""What was decided about pairs, kept by a loop from one plan to the next. Pure.

A decision about a pair whose user was not renamed follows from the user, the account, the pair, what protects the account, the
same of its manager, and the options: from nobody else. Where all of these are what they were, so is the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jcad.adsync.decision import Decision
from jcad.model import AdUser, CloudUser, Link

PairFacts = tuple[CloudUser, Link, AdUser | None, str | None]
"""A user, the pair, its account, and why that is protected through a membership."""

Facts = tuple[CloudUser, Link, AdUser | None, str | None, tuple[PairFacts | None, ...]]
"""What a decision follows from: a pair, and the pairs of its managers (None: that is no pair, and what it is called is open)."""


@dataclass
class Settled:
    """The last decisions about pairs, by the user's id in JumpCloud. One may be given to one plan after the other."""

    _under: object = field(default=None, init=False)
    _before: dict[str, tuple[Facts, Decision]] = field(default_factory=dict, init=False)
    _now: dict[str, tuple[Facts, Decision]] = field(default_factory=dict, init=False)

    def begin(self, under: object) -> None:
        """Begin a plan. Decisions that were made under anything else than `under` (options and the like) are forgotten."""
        if under != self._under:
            self._before.clear()
            self._under = under

    def decision(self, facts: Facts) -> Decision | None:
        """The decision of the last plan, if nothing that it follows from has changed."""
        identity = facts[0].id
        kept = self._before.get(identity)
        if kept is None or kept[0] != facts:  # tuples compare what is the very same object without looking into it
            return None
        self._now[identity] = kept
        return kept[1]

    def keep(self, facts: Facts, decision: Decision) -> None:
        """Keep a decision for the next plan."""
        self._now[facts[0].id] = facts, decision

    def end(self) -> None:
        """End a plan: what was not asked for in it is forgotten."""
        self._before, self._now = self._now, {}
