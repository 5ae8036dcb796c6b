"""Dispatch: a bounded pool of workers over batches. The intent is written before a batch goes out, here, in one thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Protocol

from jcad.errors import JcadError
from jcad.model import ItemOutcome
from jcad.plan.result import Ready


@dataclass(frozen=True, slots=True)
class Batch:
    """Actions that one call carries out; `call` is the executor's own, made when the batch was cut."""

    actions: tuple[Ready, ...]
    call: object = None


class Runs(Protocol):
    """The part of an executor that a dispatch needs."""

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Carry a batch out."""

    def stop(self) -> None:
        """End what is under way."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A batch came to its end, well or not."""

    error: BaseException | None


@dataclass
class Dispatch:
    """Sends batches to workers. `intend` is called before a batch goes out, `arrived` as outcomes come, both in one thread.

    `arrived` gets all outcomes that wait at the time, so that they are written together; while it writes, the next come.
    `begun` are the ids of all actions that went out. Once `halted` says so, no further batch goes out. The first batch goes
    out alone, unless the account was `proved` before: let in once in this run.
    """

    workers: int
    intend: Callable[[Sequence[str]], None]
    arrived: Callable[[Sequence[ItemOutcome]], None]
    halted: Callable[[], bool] = lambda: False
    proved: bool = False
    begun: set[str] = field(default_factory=set)

    def run(self, executor: Runs, batches: Iterable[Batch]) -> JcadError | None:
        """Carry all batches out. Gives the first error of a batch; after it no further batch goes out.

        The first logon of a run is made alone (rules.md). Raises what `intend` and `arrived`
        raise, after the workers have been stopped.
        """
        events: SimpleQueue[ItemOutcome | _Ended] = SimpleQueue()
        waiting = iter(batches)
        failure: JcadError | None = None
        running, allowed = 0, self.workers if self.proved else 1
        with ThreadPoolExecutor(self.workers, thread_name_prefix="apply") as pool:
            try:
                while True:
                    while failure is None and running < allowed and not self.halted():
                        if (batch := next(waiting, None)) is None:
                            break
                        self._send(pool, executor, batch, events)
                        running += 1
                    if running == 0:
                        return failure
                    outcomes, ended = _waiting(events)
                    if outcomes:
                        self.arrived(outcomes)
                    for one in ended:
                        running, allowed = running - 1, self.workers
                        if isinstance(one.error, JcadError):
                            failure = failure or one.error
                        elif one.error is not None:
                            raise one.error
            except BaseException:
                executor.stop()
                raise

    def _send(
        self, pool: ThreadPoolExecutor, executor: Runs, batch: Batch, events: SimpleQueue[ItemOutcome | _Ended]
    ) -> None:
        identities = [ready.action.id for ready in batch.actions]
        self.intend(identities)
        self.begun.update(identities)
        pool.submit(_carry_out, executor, batch, events)


def _waiting(events: SimpleQueue[ItemOutcome | _Ended]) -> tuple[list[ItemOutcome], list[_Ended]]:
    """Wait for one event, and take all that have come by then: outcomes, and ends of batches."""
    found = [events.get()]
    with contextlib.suppress(Empty):
        while True:
            found.append(events.get_nowait())
    return [one for one in found if isinstance(one, ItemOutcome)], [one for one in found if isinstance(one, _Ended)]


def _carry_out(executor: Runs, batch: Batch, events: SimpleQueue[ItemOutcome | _Ended]) -> None:
    """Run one batch in a worker and report all that comes of it."""
    error: BaseException | None = None
    try:
        for outcome in executor.execute(batch):
            events.put(outcome)
    except BaseException as caught:  # noqa: BLE001  - it is handed to the thread that waits for it
        error = caught
    finally:
        events.put(_Ended(error))
