"""The planner alone: both sides in memory, a plan out. No server, no network.

    python tests/benchmarks/bench_plan.py [--runs N]

Four cases: a first sync of 10,000 users and 1,000 groups with 200,000 memberships, the same once all is paired and as it
should be, the same with one in a hundred users and memberships changed, and 100,000 paired users of whom one in a hundred
has changed. Each is planned in a process of its own, so that its peak of memory is its own: both sides are in it.
`rows()` is for whoever prints several tables.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from sides import CONTAINER, DOMAIN_SID, OPTIONS, cloud_side, directory_side

from jcad.adsync import Sync
from jcad.model import AdGroup, AdUser, CloudGroup, CloudUser, Link, LinkKind, Memory

TITLE = "Planning, both sides in memory"
TARGET = (
    "10,000 users, 1,000 groups, 200,000 memberships: at most 2 s; 100,000 users, 1 % changed: at most 5 s and 400 MB"
)
QUICK = {"runs": 1}

USERS, GROUPS, MEMBERS_EACH = 10_000, 1_000, 200
MANY_USERS = 100_000
CHANGED = 100
"""One in so many has changed."""


class Row(NamedTuple):
    """One case: median seconds by the clock and of the processor, actions planned, the process's peak of memory in MB."""

    case: str
    seconds: float
    processor: float
    actions: int
    peak_mb: float


def people(count: int, *, changed: bool) -> tuple[list[CloudUser], list[AdUser]]:
    """Users as JumpCloud and as the domain have them; of one in a hundred the surname differs."""
    cloud, accounts = [], []
    for number in range(count):
        name = f"person{number:06}"
        surname = "Changed" if changed and number % CHANGED == 0 else f"Surname {number}"
        mail = f"{name}@lab.jcad.test"
        cloud.append(
            CloudUser(id=f"{number:024x}", username=name, email=mail, firstname=f"First {number}", lastname=surname)
        )
        accounts.append(
            AdUser(
                guid=UUID(int=number + 1),
                dn=CONTAINER.child("CN", name),
                sid=DOMAIN_SID.child(10_000 + number),
                sam=name,
                upn=mail,
                given_name=f"First {number}",
                surname=f"Surname {number}",
                mail=mail,
            )
        )
    return cloud, accounts


def teams(cloud: list[CloudUser], accounts: list[AdUser], *, changed: bool) -> tuple[list[CloudGroup], list[AdGroup]]:
    """Groups of 200 users each; of one in a hundred memberships the user is another one in JumpCloud."""
    groups, found = [], []
    for number in range(GROUPS):
        members = [(number * 37 + step * 7) % len(cloud) for step in range(MEMBERS_EACH)]
        moved = [(one + 3) % len(cloud) if changed and step % CHANGED == 0 else one for step, one in enumerate(members)]
        name = f"Team {number:05}"
        groups.append(
            CloudGroup(id=f"{number + (1 << 60):024x}", name=name, members=frozenset(cloud[one].id for one in moved))
        )
        found.append(
            AdGroup(
                guid=UUID(int=(1 << 64) + number),
                dn=CONTAINER.child("CN", name),
                sid=DOMAIN_SID.child(500_000 + number),
                sam=name,
                members=tuple(accounts[one].dn for one in members),
            )
        )
    return groups, found


def memory_of(cloud: list[CloudUser], accounts: list[AdUser], groups: list[CloudGroup], found: list[AdGroup]) -> Memory:
    """Everything is paired, and what is in AD was seen in JumpCloud."""
    links = [
        Link(kind=LinkKind.USER, cloud_id=user.id, guid=account.guid, name=user.username)
        for user, account in zip(cloud, accounts, strict=True)
    ]
    links += [
        Link(kind=LinkKind.GROUP, cloud_id=group.id, guid=one.guid, name=group.name)
        for group, one in zip(groups, found, strict=True)
    ]
    ids = {account.dn: user.id for user, account in zip(cloud, accounts, strict=True)}
    seen = {group.id: frozenset(ids[dn] for dn in one.members) for group, one in zip(groups, found, strict=True)}
    return Memory(links={link.cloud_id: link for link in links}, seen=seen, managed_before=True)


def first_sync() -> Callable[[], Sync]:
    """Nothing is in the domain yet."""
    cloud, accounts = people(USERS, changed=False)
    groups, _ = teams(cloud, accounts, changed=False)
    side, directory = cloud_side(cloud, groups), directory_side()
    return lambda: Sync(cloud=side, directory=directory, memory=Memory(), options=OPTIONS)


def paired(*, changed: bool) -> Callable[[], Sync]:
    """Everything is paired."""
    cloud, accounts = people(USERS, changed=changed)
    groups, found = teams(cloud, accounts, changed=changed)
    side, memory = cloud_side(cloud, groups), memory_of(cloud, accounts, groups, found)
    return lambda: Sync(cloud=side, directory=directory_side(accounts, found), memory=memory, options=OPTIONS)


def many() -> Callable[[], Sync]:
    """A hundred thousand users, one in a hundred changed, and no groups."""
    cloud, accounts = people(MANY_USERS, changed=True)
    side, memory = cloud_side(cloud), memory_of(cloud, accounts, [], [])
    return lambda: Sync(cloud=side, directory=directory_side(accounts), memory=memory, options=OPTIONS)


CASES: dict[str, Callable[[], Callable[[], Sync]]] = {
    "10,000 users, first sync": first_sync,
    "10,000 users, nothing to do": lambda: paired(changed=False),
    "10,000 users, 1 % changed": lambda: paired(changed=True),
    "100,000 users, 1 % changed": many,
}


def _peak_mb() -> float:
    """The most memory that this process has had, where the system tells (Linux)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(case: str, runs: int) -> Row:
    """Make the sides, plan several times, each time from the sides on: indexes are a part of it."""
    make = CASES[case]()
    taken: list[float] = []
    used: list[float] = []
    actions = 0
    for _ in range(runs):
        gc.collect()
        sync = make()
        begin, before = time.perf_counter(), time.process_time()
        plan = sync.plan()
        taken.append(time.perf_counter() - begin)
        used.append(time.process_time() - before)
        actions = len(plan.actions)
        del sync, plan
    return Row(case, statistics.median(taken), statistics.median(used), actions, _peak_mb())


def _child(case: str, runs: int, answer: Any) -> None:
    answer.send(json.dumps(measure(case, runs)))


def rows(runs: int = 3) -> list[Row]:
    """Every case in a process of its own."""
    context = multiprocessing.get_context("spawn")
    found: list[Row] = []
    for case in CASES:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(case, runs, theirs))
        process.start()
        theirs.close()
        found.append(Row(*json.loads(ours.recv())))
        process.join()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    write = sys.stdout.write
    write(f"{'planning':<32}{'seconds':>9}{'processor':>11}{'actions':>10}{'peak MB':>9}\n")
    for row in rows(given.runs):
        write(f"{row.case:<32}{row.seconds:>9.2f}{row.processor:>11.2f}{row.actions:>10,}{row.peak_mb:>9.0f}\n")


if __name__ == "__main__":
    main()
