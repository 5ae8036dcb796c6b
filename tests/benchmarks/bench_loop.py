"""A steady cycle of the loop, the client's part alone: 100 users have changed in the domain since the last cycle.

    python tests/benchmarks/bench_loop.py [users] [--runs N]

Servers and network are left out: what a domain controller takes to find the changes, and JumpCloud to send its users, is
theirs. Each step is timed by itself. `rows()` is for whoever prints several tables.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from bench_plan import memory_of, people
from sides import OPTIONS, cloud_side, directory_side

from jcad.adsync import Sync
from jcad.adsync.changes import updated
from jcad.model.changes import DirectoryChanges

TITLE = "A steady cycle of the loop, client's part"
TARGET = "100,000 users with 100 changes: at most 1 s in all"
QUICK = {"users": 10_000, "runs": 1}

CHANGES = 100


class Row(NamedTuple):
    """One step: median milliseconds, and what came of it."""

    step: str
    users: int
    milliseconds: float
    outcome: str


def _timed(runs: int, prepare: Callable[[], Any], step: Callable[[Any], Any]) -> tuple[float, Any]:
    """Median milliseconds, and the last value. What `prepare` makes is fresh for each run, and not timed."""
    taken, value = [], None
    for _ in range(runs):
        given = prepare()
        gc.collect()
        begun = time.perf_counter()
        value = step(given)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), value


def rows(users: int = 100_000, runs: int = 3) -> list[Row]:
    """Every step of a cycle in which 100 accounts were changed by somebody else, then of one in which nothing was."""
    cloud, accounts = people(users, changed=False)
    side, memory, domain = cloud_side(cloud), memory_of(cloud, accounts, [], []), directory_side(accounts)
    same_side = cloud_side([replace(user) for user in cloud])
    fresh = tuple(replace(one, surname="Changed") for one in accounts[:: max(1, users // CHANGES)][:CHANGES])
    changes = DirectoryChanges(usn=2, users=fresh, entries=len(fresh))

    def sync(directory: Any, of: Any = side) -> Sync:
        return Sync(cloud=of, directory=directory, memory=memory, options=OPTIONS)

    def warm() -> Any:
        first = directory_side(accounts)
        sync(first).plan()
        len(first.guids_by_dn)  # the cycle before has made it
        return first

    steps: list[Row] = []
    took, now = _timed(runs, warm, lambda old: updated(old, changes))
    steps.append(Row("bring the domain's side up to date", users, took, f"{len(fresh)} changed"))
    took, plan = _timed(runs, lambda: sync(replace(now)), lambda one: one.plan())
    steps.append(Row("plan", users, took, f"{len(plan.actions)} actions"))
    took, equal = _timed(runs, lambda: (sync(domain), sync(domain, same_side)), lambda pair: pair[0] == pair[1])
    steps.append(Row("nothing has changed: compare instead of planning", users, took, str(equal)))
    took, unchanged = _timed(runs, warm, lambda old: updated(old, DirectoryChanges(usn=3)) is old)
    steps.append(Row("nothing has changed: the domain's side", users, took, str(unchanged)))
    return steps


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("users", type=int, nargs="?", default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    for row in rows(arguments.users, arguments.runs):
        sys.stdout.write(f"{row.step:<50} {row.users:>8} users {row.milliseconds:>9.1f} ms  {row.outcome}\n")


if __name__ == "__main__":
    main()
