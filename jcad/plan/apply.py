"""Apply: carries a plan out in waves and batches, journals before and after, reads back, and can go on where a run ended.

It knows executors, verifiers and journals by their protocols; what they talk to is their own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

from jcad.errors import CertificateError, ConnectionFailed, JcadError
from jcad.model import ItemOutcome, Status
from jcad.model.record import Effect, Entry, RunRecord, RunStatus
from jcad.plan.action import Action, ObjectRef, Target
from jcad.plan.codec import canonical_json, digest
from jcad.plan.dispatch import Batch, Dispatch
from jcad.plan.journal import Journal
from jcad.plan.plan import Plan
from jcad.plan.result import Ready, Result, RunReport, Verdict
from jcad.plan.verify import Verifier, judge, seen_values

DONE = frozenset({Status.CHANGED, Status.UNCHANGED})
FINAL = DONE | {Status.CONFLICT, Status.FAILED, Status.SKIPPED}


class Executor(Protocol):
    """Carries actions of one target out."""

    def batches(self, actions: Sequence[Ready]) -> Iterable[Batch]:
        """Cut actions of one wave into batches, each of which one call carries out."""

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Carry a batch out and give each outcome as it comes. Raises JcadError when the rest is unknown."""

    def stop(self) -> None:
        """End what is under way, from another thread."""


class Observer(Protocol):
    """Is told how a run goes; for progress."""

    def planned(self, count: int) -> None:
        """So many actions are to be carried out."""

    def done(self, result: Result) -> None:
        """One more has ended."""


Effects = Callable[[Action, ItemOutcome, Verdict], Sequence[Effect]]
"""What a feature wants remembered because of an outcome."""


@dataclass(kw_only=True)
class Apply:
    """One apply of one plan. `run()` begins it, `resume()` goes on with one that ended early.

    Once `halted` says so, what is under way comes to its end and is read back, and nothing more is begun. `proved` says that
    the account that executors log on with was let in before in this run, so that no first batch has to go out alone.
    """

    plan: Plan
    executors: Mapping[Target, Executor]
    verifier: Verifier
    journal: Journal
    effects: Effects
    observer: Observer | None = None
    workers: int = 1
    halted: Callable[[], bool] = lambda: False
    proved: bool = False
    results: dict[str, Result] = field(default_factory=dict, init=False)
    _created: dict[str, UUID] = field(default_factory=dict, init=False)
    _prior: RunRecord | None = field(default=None, init=False)
    _run: str = field(default="", init=False)

    def run(self) -> RunReport:
        """Begin the run and carry it out."""
        self._run = self.journal.begin(self.plan.feature, digest(self.plan), canonical_json(self.plan))
        return self._carry_out()

    def resume(self, record: RunRecord) -> RunReport:
        """Go on with a run: what is done stays done, what is unknown is read back first."""
        self._run, self._prior = record.id, record
        return self._carry_out()

    # ---- the run -----------------------------------------------------------------------------------------------------

    def _carry_out(self) -> RunReport:
        if self.observer is not None:
            self.observer.planned(len(self.plan.actions))
        stopped: Exception | None = None
        try:
            for _, actions in self.plan.waves():
                if not self.halted():
                    self._wave(actions)
        except JcadError as error:
            stopped = error
            self._finish_quietly(RunStatus.FAILED)
        except BaseException:
            self._finish_quietly(RunStatus.INTERRUPTED)
            raise
        else:
            whole = all(action.id in self.results for action in self.plan.actions)
            self.journal.finish(self._run, RunStatus.FINISHED if whole else RunStatus.INTERRUPTED)
        remaining = tuple(action for action in self.plan.actions if action.id not in self.results)
        ordered = tuple(self.results[action.id] for action in self.plan.actions if action.id in self.results)
        return RunReport(run=self._run, results=ordered, remaining=remaining, stopped=stopped)

    def _finish_quietly(self, status: RunStatus) -> None:
        """Write how the run ended, if that can still be written: the journal may be what failed."""
        try:
            self.journal.finish(self._run, status)
        except JcadError:
            return

    def _wave(self, actions: Sequence[Action]) -> None:
        ready = [one for action in actions if (one := self._prepare(action)) is not None]
        self._verify_earlier(actions)
        pending, failure = self._pass(self._settle_unknown(ready), may_return=True)
        if failure is None or _may_pass(failure):  # what was read back as not done is tried once more
            failure = self._pass(pending, may_return=False)[1] if pending else None
        if failure is not None:
            raise failure

    def _prepare(self, action: Action) -> Ready | None:
        """Resolve an action's references, or end it here: done before, or its need failed."""
        step = self._prior.steps.get(action.id) if self._prior else None
        if step is not None and step.outcome is not None and step.outcome.status in FINAL:
            verdict = Verdict(step.verdict) if step.verdict else Verdict.NOT_READ
            self._show(Result(action=action, outcome=step.outcome, verdict=verdict))
            return None
        for need in action.needs:
            if need in self.plan.by_id and not (need in self.results and self.results[need].succeeded):
                name = self.plan.by_id[need]
                self._record(action, Status.SKIPPED, f"it needs '{name.kind} {name.name}', which was not done")
                return None
        if action.member is not None and self._resolve(action.member) is None:
            self._record(action, Status.SKIPPED, "the member that it needs was not created")
            return None
        return self._ready(action)

    def _ready(self, action: Action) -> Ready:
        """An action with its references resolved, as far as what they refer to is there."""
        return Ready(
            action=action,
            guid=self._resolve(action.object),
            member=self._resolve(action.member),
            created={need: self._created[need] for need in action.needs if need in self._created},
        )

    def _resolve(self, reference: ObjectRef | None) -> UUID | None:
        if reference is None or reference.by in {"cloud", "host"}:
            return None
        return UUID(reference.value) if reference.by == "guid" else self._created.get(reference.value)

    # ---- what an earlier run left ------------------------------------------------------------------------------------

    def _settle_unknown(self, ready: Sequence[Ready]) -> list[Ready]:
        """Read back what an earlier run intended and never reported; keep what is yet to be done."""
        if self._prior is None:
            return list(ready)
        begun = {one.action.id: self._prior.steps.get(one.action.id) for one in ready}
        intended = [
            self._found(one, step.intended_at) for one in ready if (step := begun[one.action.id]) and step.intended_at
        ]
        readings = self._read_back([one for one in intended if _is_readable(one)])
        for one in intended:
            reading = readings.get(one.action.id)
            if one.action.secret is None and one.action.id in readings and judge(one, reading) is Verdict.AS_PLANNED:
                self._record(
                    one.action, Status.CHANGED, "found done when the run was continued", one.guid, Verdict.AS_PLANNED
                )
        found = {one.action.id: one for one in intended}
        return [found.get(one.action.id, one) for one in ready if one.action.id not in self.results]

    def _verify_earlier(self, actions: Sequence[Action]) -> None:
        """Read back what an earlier run did and was killed before it had read it back."""
        unread = [
            self._ready(action)
            for action in actions
            if (result := self.results.get(action.id)) is not None
            and result.verdict is Verdict.NOT_READ
            and result.outcome.status in DONE
            and action.target is not Target.STORE
        ]
        readings = self._read_back([one for one in unread if _is_readable(one)])
        known: list[Result] = []
        for one in unread:
            if one.action.id in readings:
                reading = readings[one.action.id]
                outcome = self.results[one.action.id].outcome
                verdict, seen = judge(one, reading), seen_values(one, reading)
                known.append(Result(action=one.action, outcome=outcome, verdict=verdict, seen=seen))
        self._keep(known)

    def _intended(self, action: Action) -> bool:
        """Whether an earlier run sent this action out and never heard of it."""
        step = self._prior.steps.get(action.id) if self._prior else None
        return step is not None and bool(step.intended_at) and step.outcome is None

    def _found(self, ready: Ready, intended_at: str) -> Ready:
        """For a create: what it made before the run ended, so that it is finished and not taken over."""
        if ready.guid is not None or ready.action.verb != "create":
            return ready
        return replace(ready, guid=self.verifier.find_created(ready.action, intended_at))

    # ---- one pass over a wave ----------------------------------------------------------------------------------------

    def _pass(self, ready: Sequence[Ready], *, may_return: bool) -> tuple[list[Ready], JcadError | None]:
        """Carry these out and read them back. Gives what is to be tried again, and what ended the pass early, if anything."""
        outcomes: dict[str, ItemOutcome] = {}
        failure: JcadError | None = None
        dispatch = Dispatch(
            self.workers, self._intend, lambda come: self._arrived(come, outcomes), self.halted, self.proved
        )
        for target, executor in self.executors.items():
            mine = [one for one in ready if one.action.target is target]
            if mine and failure is None:
                failure = dispatch.run(executor, executor.batches(mine))
        again = may_return and _may_pass(failure)
        begun = [one for one in ready if one.action.id in dispatch.begun]
        unknown = self._judge_all(begun, outcomes, again=again, may_return=may_return)
        waiting = [one for one in ready if one.action.id not in dispatch.begun] if again else []
        return [*unknown, *waiting], failure

    def _intend(self, actions: Sequence[str]) -> None:
        self.journal.intend(self._run, actions)

    def _arrived(self, come: Sequence[ItemOutcome], outcomes: dict[str, ItemOutcome]) -> None:
        """Journal at once what has come; the verdicts follow when it is read back."""
        outcomes.update((outcome.id, outcome) for outcome in come)
        self._created.update((outcome.id, outcome.guid) for outcome in come if outcome.guid is not None)
        self.journal.record_all(
            self._run,
            [
                Entry(outcome, "", self.effects(self.plan.by_id[outcome.id], outcome, Verdict.NOT_READ))
                for outcome in come
            ],
        )

    def _judge_all(
        self, begun: Sequence[Ready], outcomes: Mapping[str, ItemOutcome], *, again: bool, may_return: bool
    ) -> list[Ready]:
        """Read back all that went out, keep what is known, and give what is to be tried `again`.

        A create that meets its own object, which the host made of an earlier call after that was read back, is one of these.
        """
        touched = [self._with_created(one, outcomes) for one in begun]
        readings = self._read_back(
            [one for one in touched if _is_readable(one) and one.action.target is not Target.STORE]
        )
        unknown: list[Ready] = []
        known: list[Result] = []
        for one in touched:
            outcome = outcomes.get(one.action.id) or ItemOutcome(id=one.action.id, status=Status.UNKNOWN, guid=one.guid)
            verdict = judge(one, readings[one.action.id]) if one.action.id in readings else Verdict.NOT_READ
            if may_return and outcome.status is Status.CONFLICT and one.guid is not None and self._intended(one.action):
                unknown.append(one)
                continue
            if outcome.status is Status.UNKNOWN:
                if again and verdict is not Verdict.AS_PLANNED:
                    unknown.append(one)
                    continue
                outcome = _settled(outcome, verdict)
            seen = seen_values(one, readings.get(one.action.id))
            known.append(Result(action=one.action, outcome=outcome, verdict=verdict, seen=seen))
        self._keep(known)
        return unknown

    def _with_created(self, ready: Ready, outcomes: Mapping[str, ItemOutcome]) -> Ready:
        if ready.guid is not None or ready.action.verb != "create":
            return ready
        outcome = outcomes.get(ready.action.id)
        if outcome is not None and not (outcome.status is Status.CONFLICT and self._intended(ready.action)):
            return replace(ready, guid=outcome.guid)
        step = self.journal.load(self._run).steps.get(ready.action.id)
        intended = step.intended_at if step else None
        return replace(ready, guid=self.verifier.find_created(ready.action, intended) if intended else None)

    def _read_back(self, ready: Sequence[Ready]) -> Mapping[str, Mapping[str, str | frozenset[str] | None] | None]:
        return self.verifier.read(ready) if ready else {}

    # ---- results -----------------------------------------------------------------------------------------------------

    def _record(
        self, action: Action, status: Status, reason: str, guid: UUID | None = None, verdict: Verdict = Verdict.NOT_READ
    ) -> None:
        outcome = ItemOutcome(id=action.id, status=status, guid=guid, reason=reason)
        self._keep([Result(action=action, outcome=outcome, verdict=verdict)])

    def _keep(self, results: Sequence[Result]) -> None:
        """Journal results together, then show them."""
        if results:
            self.journal.record_all(
                self._run,
                [
                    Entry(one.outcome, one.verdict.value, self.effects(one.action, one.outcome, one.verdict))
                    for one in results
                ],
            )
        for one in results:
            self._show(one)

    def _show(self, result: Result) -> None:
        action, outcome = result.action, result.outcome
        if outcome.guid is not None and action.verb == "create":
            self._created[action.id] = outcome.guid
        self.results[action.id] = result
        if self.observer is not None:
            self.observer.done(result)


def _is_readable(ready: Ready) -> bool:
    """Whether there is something to read back: an object that is there by now, or a host."""
    return ready.guid is not None or ready.action.object.by == "host"


def _may_pass(failure: JcadError | None) -> bool:
    """Whether the same may well go right when it is tried once more."""
    return isinstance(failure, ConnectionFailed) and not isinstance(failure, CertificateError)


def _settled(outcome: ItemOutcome, verdict: Verdict) -> ItemOutcome:
    """The fate of an item whose answer never came, by what is there now. What was not done is open: resume tries it."""
    if verdict is Verdict.AS_PLANNED:
        return replace(outcome, status=Status.CHANGED, reason="its answer was lost; it was read back as planned")
    return replace(outcome, reason="no answer came, and it was not done when it was read back")
