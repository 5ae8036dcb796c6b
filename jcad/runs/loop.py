"""The loop: cycle after cycle until it is stopped, at a steady pace, slower after errors. Touches files through its reporters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from jcad.errors import ExitCode, JcadError, SettingsError
from jcad.runs.cloud_watch import CloudWatch
from jcad.runs.cycle import Cycle, Outcome, Standing
from jcad.runs.sync import Choices
from jcad.runs.watch import DomainWatch
from jcad.runs.workplace import Workplace

_log = structlog.get_logger(__name__)

SLOWEST = 900.0
"""Seconds between two cycles at most, after errors (or the interval, where that is longer)."""

_SLICE = 0.5
"""Seconds that a wait lasts at most: on Windows Ctrl-C does not end a longer one."""

CODES = {
    Outcome.FAILED: ExitCode.FAILED,
    Outcome.GUARD: ExitCode.GUARD,
    Outcome.REFUSED: ExitCode.ERROR,
    Outcome.ERROR: ExitCode.ERROR,
}
"""The exit code of a loop by its last cycle; anything else is 0."""


class Stop:
    """Asked for by a signal, or from another thread: the batch under way comes to its end, and nothing more is begun."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """Ask for the end."""
        self._asked.set()

    def __call__(self) -> bool:
        """Whether somebody asked for it."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, or until somebody asks for the end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._asked.wait(min(left, _SLICE)):
            pass


class Reporter(Protocol):
    """Is told of each cycle: the health file, the metrics."""

    def ended(self, cycle: Cycle, state: State) -> None:
        """A cycle came to its end. Raises JcadError where that cannot be told; the loop goes on."""


@dataclass(frozen=True, kw_only=True)
class State:
    """How the loop stands: `next_in` seconds to the next cycle, `errors` cycles in a row that ended in one."""

    interval: float
    next_in: float = 0.0
    errors: int = 0
    late: bool = False
    settings_error: str = ""


def pace(interval: float, elapsed: float, errors: int) -> tuple[float, bool]:
    """Seconds to wait after a cycle that took `elapsed`, and whether the cycle was longer than the interval.

    A cycle that is too long is followed by the next at once, not by all that were missed. After errors the interval is
    doubled each time, up to `SLOWEST`.
    """
    slow = min(interval * 2 ** min(errors, 16), max(interval, SLOWEST)) if errors else interval
    return max(0.0, slow - elapsed), elapsed > interval


@dataclass(kw_only=True)
class SyncLoop:
    """`load` gives the workplace of the settings as they are now; `adjust` what the command line sets above them."""

    load: Callable[[], Workplace]
    choices: Choices = field(default_factory=Choices)
    interval: float | None = None
    reporters: Sequence[Reporter] = ()
    stop: Stop = field(default_factory=Stop)
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    wait: Callable[[float], None] | None = None
    stand: Callable[..., Standing] = Standing
    _standing: Standing | None = field(default=None, init=False)
    _settings_error: str = field(default="", init=False)

    def run(self, cycles: int | None = None) -> int:
        """Go on until stopped, or for so many cycles; the exit code. Raises SettingsError where it cannot even begin."""
        workplace = self.load()
        number, errors, last = 0, 0, Outcome.NOTHING
        try:
            while not self.stop():
                number += 1
                workplace = self._reread(workplace, anew=last is Outcome.REFUSED) if number > 1 else workplace
                interval = self.interval or workplace.settings.sync.run.interval
                cycle = self._one(workplace, number)
                last = cycle.outcome
                errors = errors + 1 if last in {Outcome.ERROR, Outcome.REFUSED} else 0
                delay, late = pace(interval, cycle.seconds, errors)
                state = State(
                    interval=interval, next_in=delay, errors=errors, late=late, settings_error=self._settings_error
                )
                self._tell(cycle, state)
                if number == cycles:
                    break
                self._standing_of(workplace).rest(delay)
                (self.wait or self.stop.wait)(delay)
        finally:
            if self._standing is not None:
                self._standing.close()
        return CODES.get(last, ExitCode.OK)

    def _one(self, workplace: Workplace, number: int) -> Cycle:
        started, begun = self.now(), self.clock()
        with structlog.contextvars.bound_contextvars(cycle=number):
            cycle = self._standing_of(workplace).cycle()
        return replace(cycle, number=number, started=started, seconds=self.clock() - begun)

    def _standing_of(self, workplace: Workplace) -> Standing:
        """What the cycles stand on; anew, except for the domain as it was read, where the settings are others."""
        standing = self._standing
        if standing is not None and standing.workplace is workplace:
            return standing
        full_every = workplace.settings.sync.run.full_every
        watch = standing.watch if standing is not None else DomainWatch(full_every=full_every, clock=self.clock)
        cloud = standing.cloud_watch if standing is not None else CloudWatch(full_every=full_every, clock=self.clock)
        watch.full_every = cloud.full_every = full_every
        if standing is not None:
            standing.close()
        self._standing = self.stand(
            workplace=workplace,
            watch=watch,
            cloud_watch=cloud,
            choices=self.choices,
            halted=self.stop,
            clock=self.clock,
        )
        return self._standing

    def _reread(self, workplace: Workplace, *, anew: bool) -> Workplace:
        """The settings as they are now; the old ones where those cannot be used. Secrets are looked up anew after a refusal."""
        try:
            found = self.load()
        except SettingsError as error:
            if error.message != self._settings_error:
                _log.error("the settings cannot be used, the old ones are kept", reason=error.message)
            self._settings_error = error.message
            return workplace
        self._settings_error = ""
        if found.settings == workplace.settings and not anew:
            return workplace
        if found.settings != workplace.settings:
            _log.info("the settings have changed")
        return replace(found, retry_auth=False)

    def _tell(self, cycle: Cycle, state: State) -> None:
        tell = _log.info if cycle.outcome.healthy else _log.error
        tell(
            "cycle ended",
            cycle=cycle.number,
            outcome=cycle.outcome.value,
            seconds=round(cycle.seconds, 3),
            dc=cycle.dc,
            planned=cycle.planned,
            **({"waiting": cycle.waiting} if cycle.waiting else {}),
            **cycle.statuses,
            full=cycle.look.why or False,
            entries=cycle.look.entries,
            users=cycle.cloud.users,
            next_in=round(state.next_in, 1),
            **({"reason": cycle.message} if cycle.message else {}),
            **({"remedy": cycle.hint} if cycle.hint else {}),
        )
        if state.late:
            _log.warning(
                "the cycle took longer than the interval", seconds=round(cycle.seconds, 1), interval=state.interval
            )
        for reporter in self.reporters:
            try:
                reporter.ended(cycle, state)
            except JcadError as error:
                _log.error("the cycle cannot be reported", reason=error.message)
