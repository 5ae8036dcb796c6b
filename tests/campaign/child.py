"""jcad in a process of its own, which dies or has a wrong clock where it is told to. Not a test: the engine starts it.

python child.py '{"kill": ["write", "before", 3], "clock": 0, "report": "FILE"}' sync apply --yes
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jcad.runs.scripts as sending
from jcad.cli import run
from jcad.runs.links import LinkExecutor
from jcad.runs.scripts import ScriptExecutor
from jcad.store import journal, lease
from jcad.store.database import Database


class Steps:
    """Counts journal writes and batches, and dies at the one that it is told."""

    def __init__(self, kill: list | None) -> None:
        self.counts: Counter[str] = Counter()
        self._kill = tuple(kill) if kill else None

    def begun(self, what: str) -> int:
        """Count one more; its number."""
        self.counts[what] += 1
        self.reached(what, "before", self.counts[what])
        return self.counts[what]

    def reached(self, what: str, when: str, number: int) -> None:
        """Die here, if that is where it was told to."""
        if self._kill == (what, when, number):
            os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Let every write and every batch be counted."""
    write = Database.write

    @contextlib.contextmanager
    def counted(self):
        if threading.current_thread().name == "lease":  # it beats when it likes: that is no step
            with write(self) as connection:
                yield connection
            return
        number = steps.begun("write")
        with write(self) as connection:
            yield connection
            steps.reached("write", "within", number)
        steps.reached("write", "after", number)

    Database.write = counted
    for executor in (ScriptExecutor, LinkExecutor):
        executor.execute = _watched(executor.execute, steps)


def _watched(execute, steps: Steps):
    def watched(self, batch):
        number = steps.begun("batch")
        yield from execute(self, batch)
        steps.reached("batch", "after", number)

    return watched


def shift_clock(seconds: float) -> None:
    """Let the workstation's clock be wrong by so many seconds."""
    now, real = journal.utc_now, time.time

    def wrong() -> str:
        moved = datetime.fromisoformat(now()).astimezone(UTC) + timedelta(seconds=seconds)
        return moved.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    journal.utc_now = lease.utc_now = wrong
    time.time = lambda: real() + seconds


def tell_passwords(path: Path) -> None:
    """Write every password that is generated to a file of the engine's, which looks for it everywhere else."""
    generate = sending.generate

    def told(*arguments):
        secret = generate(*arguments)
        with path.open("a", encoding="utf-8") as file:
            file.write(secret.reveal() + "\n")
        return secret

    sending.generate = told


def quicken_lease() -> None:
    """A killed run's lease is taken over at once, so that no scenario waits for ten seconds."""
    lease.BEAT, lease.EXPIRY = 0.1, 0.5


def main() -> int:
    told = json.loads(sys.argv[1])
    steps = Steps(told.get("kill"))
    watch(steps)
    tell_passwords(Path(told["passwords"]))
    if told.get("quick", True):
        quicken_lease()
    if told.get("clock"):
        shift_clock(told["clock"])
    code = run(sys.argv[2:])
    Path(told["report"]).write_text(json.dumps(steps.counts), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
