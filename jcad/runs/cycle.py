"""One cycle of the loop: resume, observe, plan, guard, apply, verify, record. What it stands on is kept between cycles."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import structlog

from jcad.adsync import Settled, Sync
from jcad.directory import DirectoryReader
from jcad.errors import AuthenticationFailed, GuardStopped, JcadError
from jcad.jumpcloud import JumpCloudReader
from jcad.plan import Plan, RunReport, leave_out
from jcad.runs.cloud_watch import CloudLook, CloudWatch
from jcad.runs.scripts import ScriptExecutor
from jcad.runs.setbacks import Setback, Setbacks
from jcad.runs.sync import Choices, SyncRun
from jcad.runs.unattended import Unattended
from jcad.runs.watch import DomainWatch, Look
from jcad.runs.workplace import Workplace
from jcad.store import Store

_log = structlog.get_logger(__name__)

WINDOW = 24 * 3600.0
"""Seconds over which the limits of an unattended run hold (rules.md)."""

KEEP_WARM = 110.0
"""Seconds a session is kept without use: Windows ends an idle HTTP connection after 120, and its login with it."""


class Outcome(StrEnum):
    """How a cycle ended."""

    NOTHING = "nothing to do"
    DONE = "done"
    FAILED = "some failed"
    GUARD = "stopped by a guard"
    REFUSED = "waiting for another secret"
    ERROR = "error"
    STOPPED = "stopped"

    @property
    def healthy(self) -> bool:
        """Whether both directories were read and whatever was to be done was done."""
        return self in {Outcome.NOTHING, Outcome.DONE, Outcome.STOPPED}


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """What one cycle did. `started` is in seconds since 1970, `seconds` how long it took; `statuses` are of its actions."""

    number: int = 0
    outcome: Outcome
    started: float = 0.0
    seconds: float = 0.0
    dc: str = ""
    look: Look = field(default=Look())
    cloud: CloudLook = field(default=CloudLook())
    runs: tuple[str, ...] = ()
    planned: int = 0
    waiting: int = 0
    """Changes that failed before and are not tried again yet; they are not among those planned."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    message: str = ""
    hint: str = ""


@dataclass(kw_only=True)
class Standing:
    """What outlives a cycle: store, one domain controller, warm sessions, and the domain as it was read last."""

    workplace: Workplace
    watch: DomainWatch
    cloud_watch: CloudWatch
    choices: Choices = field(default_factory=Choices)
    halted: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False)
    _store: Store | None = field(default=None, init=False)
    _directory: DirectoryReader | None = field(default=None, init=False)
    _jumpcloud: JumpCloudReader | None = field(default=None, init=False)
    _scripts: ScriptExecutor | None = field(default=None, init=False)
    _settled: Settled = field(default_factory=Settled, init=False)
    _setbacks: Setbacks = field(init=False)
    _used_at: float | None = field(default=None, init=False)
    _last: tuple[Sync, Plan] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._setbacks = Setbacks(self.clock)

    def cycle(self) -> Cycle:
        """Go once through the pipeline. Raises nothing that one cycle may end in; what was open is closed after an error."""
        try:
            ended = self._go()
        except JcadError as error:
            self.close()
            return replace(_failed(error, self.watch.look), cloud=self.cloud_watch.look)
        except BaseException:
            self.close()
            raise
        return replace(ended, cloud=self.cloud_watch.look)

    def rest(self, seconds: float) -> None:
        """Nothing will happen for so long: close sessions that would be too old by then."""
        if self._scripts is None or self._used_at is None:
            return
        if self.clock() - self._used_at + seconds > KEEP_WARM:
            self._scripts.close()
            self._scripts = self._used_at = None

    def close(self) -> None:
        """Close everything; the next cycle opens it anew, on the first domain controller that answers."""
        if self._scripts is not None:
            self._scripts.close()
        self._stack.close()
        self._scripts = self._store = self._directory = self._jumpcloud = self._used_at = None

    # ---- the pipeline ------------------------------------------------------------------------------------------------

    def _go(self) -> Cycle:
        store, directory = self._open()
        run = self._run(store, directory)
        runs: list[str] = []
        if (record := run.unfinished()) is not None:
            _log.info("going on with a run that did not come to its end", run=record.id, since=record.started_at)
            report = self._used(run.resume(record))
            runs.append(report.run)
            if report.stopped is not None or self.halted():
                return self._ended(report, runs, len(report.results) + len(report.remaining), {})
            run = self._run(store, directory)
        plan = self._plan(run)
        held = self._setbacks.waiting(plan)
        plan = leave_out(plan, {one.action.id for one in held})
        findings = {kind.value: count for kind, count in plan.finding_counts().items()}
        if not plan.is_pending or self.halted():
            run.remember_members()
            outcome = Outcome.STOPPED if self.halted() else Outcome.FAILED if held else Outcome.NOTHING
            return Cycle(
                outcome=outcome,
                waiting=len(held),
                message=_told(held, self.clock()),
                dc=directory.dc.name,
                look=self.watch.look,
                runs=tuple(runs),
                planned=len(plan.actions),
                findings=findings,
            )
        try:
            report = self._used(run.apply(plan))
        except GuardStopped as error:
            return replace(
                _failed(error, self.watch.look), planned=len(plan.actions), findings=findings, dc=directory.dc.name
            )
        self._setbacks.note(report.results)
        return replace(self._ended(report, [*runs, report.run], len(plan.actions), findings), waiting=len(held))

    def _open(self) -> tuple[Store, DirectoryReader]:
        if self._store is None or self._directory is None:
            self._stack = contextlib.ExitStack()
            self._store = self._stack.enter_context(self.workplace.open_store())
            self._directory = self._stack.enter_context(self.workplace.directory(self._store))
        return self._store, self._directory

    def _read_from(self) -> JumpCloudReader:
        if self._jumpcloud is None:
            self._jumpcloud = self._stack.enter_context(self.workplace.jumpcloud())
        return self._jumpcloud

    def _run(self, store: Store, directory: DirectoryReader) -> SyncRun:
        if self._scripts is None:
            self._scripts = ScriptExecutor(
                lambda: self.workplace.session(store, directory.dc),
                directory.dc.name,
                workers=self.workplace.settings.remoting.workers,
            )
        lent = Unattended(
            scripts=self._scripts,
            jumpcloud=self._read_from(),
            settled=self._settled,
            read_domain=self.watch.read,
            read_cloud=self.cloud_watch.read,
            halted=self.halted,
            already=store.spent(time.time() - WINDOW),
        )
        return SyncRun(
            workplace=self.workplace, store=store, directory=directory, choices=self.choices, unattended=lent
        )

    def _plan(self, run: SyncRun) -> Plan:
        """The plan; the last one where nothing that it follows from has changed, since the same input gives the same plan."""
        if self._last is not None and self._last[0] == run.sync:
            return self._last[1]
        plan = run.plan()
        self._last = (run.sync, plan)
        return plan

    def _used(self, report: RunReport) -> RunReport:
        self._used_at = self.clock()
        return report

    def _ended(self, report: RunReport, runs: list[str], planned: int, findings: Mapping[str, int]) -> Cycle:
        cycle = Cycle(
            outcome=Outcome.DONE if report.succeeded else Outcome.FAILED,
            dc=self._directory.dc.name if self._directory else "",
            look=self.watch.look,
            runs=tuple(runs),
            planned=planned,
            statuses=dict(report.counts()),
            findings=findings,
        )
        if isinstance(report.stopped, JcadError):
            self.close()
            why = _failed(report.stopped, cycle.look)
            return replace(cycle, outcome=why.outcome, message=why.message, hint=why.hint)
        if report.remaining:
            return replace(cycle, outcome=Outcome.STOPPED, message=f"not begun: {len(report.remaining)} of the actions")
        return cycle


def _told(held: Sequence[Setback], now: float) -> str:
    """What waits, for the log and the health file."""
    if not held:
        return ""
    first, minutes = held[0], max(1, round((held[0].again_at - now) / 60))
    return (
        f"{len(held)} changes failed and wait; the next one is tried again in {minutes} min, or once it is another change: "
        f"{first.action.kind} {first.action.name}: {first.reason}"
    )


def _failed(error: JcadError, look: Look) -> Cycle:
    if isinstance(error, AuthenticationFailed):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.GUARD if isinstance(error, GuardStopped) else Outcome.ERROR
    return Cycle(outcome=outcome, look=look, message=error.message, hint=error.hint or "")
