"""What failed in a loop waits before it is tried again: each time twice as long, unless one of the two sides has changed. No I/O.

A password that the policy refuses is refused 90 seconds later as well; trying it 960 times a day helps nobody and fills the
domain controller's log. What an action would do follows from both sides: when it is another one, it is tried at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from jcad.model import Status
from jcad.plan import Action, Plan, Result

FIRST_WAIT = 5 * 60.0
"""Seconds from the first failure to the next try; doubled each time."""

LONGEST_WAIT = 4 * 3600.0
"""Seconds: what failed is tried at least this often."""

_SETBACK = frozenset({Status.FAILED, Status.CONFLICT})


@dataclass(frozen=True, slots=True)
class Setback:
    """An action that failed `times` times, last for this reason; not to be tried before `again_at`."""

    action: Action
    reason: str
    times: int
    again_at: float


@dataclass
class Setbacks:
    """The setbacks of a loop, by the action's id."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Setback] = field(default_factory=dict, init=False)

    def note(self, results: Iterable[Result]) -> None:
        """Keep what failed; forget what came right."""
        for result in results:
            action, before = result.action, self._known.pop(result.action.id, None)
            if result.outcome.status in _SETBACK:
                times = before.times + 1 if before is not None and before.action == action else 1
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (times - 1))
                self._known[action.id] = Setback(action, result.outcome.reason or "", times, self.clock() + wait)

    def waiting(self, plan: Plan) -> list[Setback]:
        """Those of a plan's actions that are not to be tried yet, the soonest first. What is not planned is forgotten."""
        now = self.clock()
        self._known = {identity: one for identity, one in self._known.items() if identity in plan.by_id}
        held = [one for one in self._known.values() if one.again_at > now and plan.by_id[one.action.id] == one.action]
        return sorted(held, key=lambda one: one.again_at)
