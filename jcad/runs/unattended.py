"""What a loop lends to each of its runs: warm sessions, its own look at both sides, and what was done in 24 hours. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jcad.adsync import Settled
from jcad.jumpcloud import JumpCloudReader
from jcad.model import Effect, ItemOutcome, Spent, Status
from jcad.plan import Action, Verdict
from jcad.plan.apply import Effects
from jcad.runs.observe import ReadCloud, ReadDomain
from jcad.runs.scripts import ScriptExecutor


@dataclass(frozen=True, kw_only=True)
class Unattended:
    """`already` is what earlier runs spent of the limits; once `halted` says so nothing more is begun."""

    scripts: ScriptExecutor
    jumpcloud: JumpCloudReader
    settled: Settled
    read_domain: ReadDomain
    read_cloud: ReadCloud
    halted: Callable[[], bool]
    already: Mapping[str, int] = field(default_factory=dict)


class CountingEffects:
    """Has every change counted towards its limits, in the transaction that records it."""

    def __init__(self, inner: Effects) -> None:
        self._inner = inner

    def __call__(self, action: Action, outcome: ItemOutcome, verdict: Verdict) -> Sequence[Effect]:
        """Give the inner effects, and the count."""
        effects = list(self._inner(action, outcome, verdict))
        if outcome.status is Status.CHANGED or outcome.done:
            effects.append(Spent(action.id, (*action.guards, "total"), action.scope))
        return effects
