"""What was decided about pairs, kept by a loop from one plan to the next. Pure.

A decision about a pair whose user was not renamed, and who has no manager, follows from the user, the account, the pair, what
protects the account, and the options: from nobody else. Where all of these are what they were, so is the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jcad.adsync.decision import Decision
from jcad.model import AdUser, CloudUser, Link


@dataclass
class Settled:
    """The last decisions about pairs, by the user's id in JumpCloud. One may be given to one plan after the other."""

    _under: object = field(default=None, init=False)
    _before: dict[str, tuple[CloudUser, AdUser, Link, Decision]] = field(default_factory=dict, init=False)
    _now: dict[str, tuple[CloudUser, AdUser, Link, Decision]] = field(default_factory=dict, init=False)

    def begin(self, under: object) -> None:
        """Begin a plan. Decisions that were made under anything else than `under` (options and the like) are forgotten."""
        if under != self._under:
            self._before.clear()
            self._under = under

    def decision(self, user: CloudUser, account: AdUser, link: Link) -> Decision | None:
        """The decision of the last plan, if nothing that it follows from has changed."""
        kept = self._before.get(user.id)
        if kept is None or not _same(kept[0], user) or not _same(kept[1], account) or not _same(kept[2], link):
            return None
        self._now[user.id] = kept
        return kept[3]

    def keep(self, user: CloudUser, account: AdUser, link: Link, decision: Decision) -> None:
        """Keep a decision for the next plan."""
        self._now[user.id] = (user, account, link, decision)

    def end(self) -> None:
        """End a plan: what was not asked for in it is forgotten."""
        self._before, self._now = self._now, {}


def _same(old: object, new: object) -> bool:
    return old is new or old == new
