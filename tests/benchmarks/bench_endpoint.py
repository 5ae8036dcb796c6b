"""A lab host's endpoint with 100 shells open and 20 of them busy: what opening, working and waiting take.

    python tests/benchmarks/bench_endpoint.py [shells] [--busy N]

The endpoint is a process of its own, with accounts in memory and the interpreter alone, over HTTP with NTLM and message
encryption; the clients are pypsrp's. Each user has 20 shells, for Windows' quota of 30. `rows()` is for whoever prints
several tables.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan
from spnego._ntlm_raw.crypto import ntowfv1

from jcad.lab.endpoint import EndpointServer
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.login import Login
from jcad.lab.powershell.engine import Engine

TITLE = "An endpoint of the lab with many shells"
TARGET = "100 open shells, 20 of them busy: no failure"
QUICK = {"shells": 20, "busy": 4, "seconds": 1.0}

OF_ONE_USER = 20
PASSWORD = "Lab-Passw0rd!"
BUSY = "1..200 | ForEach-Object { $_ * 2 } | Measure-Object -Sum | ForEach-Object Sum"
SMALL = "'pong'"
CLIENTS = 8


class Row(NamedTuple):
    """One thing that was done: how often, what each took in milliseconds, and what failed."""

    what: str
    times: int
    median_ms: float | None
    p95_ms: float | None
    longest_ms: float | None
    a_second: float | None
    failures: int
    server_mb: float | None


class _Accounts:
    """Administrators who are called user0, user1 and so on."""

    def find(self, name: str) -> Login:
        account = name.rpartition("\\")[2].partition("@")[0].lower()
        number = int(account.removeprefix("user"))
        sid = f"S-1-5-21-1-2-3-{2000 + number}"
        return Login(account, "LAB", sid, ntowfv1(PASSWORD), frozenset({"S-1-5-32-544"}))

    def wrong_password(self, login: Login) -> None:
        raise AssertionError(login)


def _serve(pipe: Connection) -> None:
    """The endpoint: says its port, and then, whenever it is asked, how many shells and how much memory it has."""
    factory = runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))
    accounts: Any = _Accounts()
    with EndpointServer(
        "127.0.0.1",
        0,
        name="dc1.lab.jcad.test",
        certificate=None,
        authentication=("negotiate",),
        accounts=accounts,
        runspaces=factory,
    ) as server:
        pipe.send(server.port)
        while pipe.recv():
            pipe.send((server.shells, _resident()))


def _resident() -> float:
    """The memory of this process, in megabytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def endpoint() -> Iterator[tuple[int, Callable[[], tuple[int, float]]]]:
    """The endpoint in a process of its own: its port, and a function that gives its shells and its memory."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        port = ours.recv()

        def state() -> tuple[int, float]:
            ours.send(True)
            found: tuple[int, float] = ours.recv()
            return found

        yield port, state
    finally:
        ours.send(False)
        process.join(10)
        if process.is_alive():
            process.terminate()


class _Clock:
    """What each of many things took, from any thread; a failure is counted and remembered."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.failed: list[Exception] = []
        self._lock = threading.Lock()

    def time(self, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        try:
            done = work()
        except Exception as error:  # noqa: BLE001  - a failure is a figure here
            with self._lock:
                self.failed.append(error)
            return None
        with self._lock:
            self.took.append((time.perf_counter() - begun) * 1000)
        return done

    def row(self, what: str, seconds: float, memory: float | None = None) -> Row:
        ordered = sorted(self.took)
        return Row(
            what,
            len(ordered),
            statistics.median(ordered) if ordered else None,
            ordered[int(len(ordered) * 0.95)] if ordered else None,
            ordered[-1] if ordered else None,
            len(ordered) / seconds if ordered else None,
            len(self.failed),
            memory,
        )


def open_shell(port: int, number: int) -> RunspacePool:
    """Open one shell, over a connection of its own."""
    user = f"LAB\\user{number // OF_ONE_USER}"
    client = WSMan("127.0.0.1", port=port, ssl=False, auth="negotiate", username=user, password=PASSWORD)
    pool = RunspacePool(client)
    pool.open()
    return pool


def run(pool: RunspacePool, script: str, wanted: Any) -> None:
    """Run a script in a shell, and end its command. Raises AssertionError where another answer came."""
    with PowerShell(pool) as shell:
        shell.add_script(script)
        found = shell.invoke()
    if found != [wanted]:
        raise AssertionError(found)


def close_shell(pool: RunspacePool) -> None:
    """Close a shell and its connection."""
    pool.close()
    pool.connection.close()


def rows(shells: int = 100, busy: int = 20, seconds: float = 5.0) -> list[Row]:
    """Open so many shells, let some of them work for so long and ask the others meanwhile, and close all."""
    with endpoint() as (port, state), ThreadPoolExecutor(CLIENTS) as clients:
        run_one = open_shell(port, 0)
        run(run_one, BUSY, 40200)  # what is loaded once is loaded
        close_shell(run_one)
        _, empty = state()
        opening, working, asking, closing = _Clock(), _Clock(), _Clock(), _Clock()
        begun = time.perf_counter()
        found = clients.map(lambda number: opening.time(lambda: open_shell(port, number)), range(shells))
        pools = [pool for pool in found if pool is not None]
        opened = time.perf_counter() - begun
        count, memory = state()
        if count != len(pools):
            opening.failed.append(AssertionError(f"{count} shells are open"))
        begun = time.perf_counter()
        until = begun + seconds
        workers = [threading.Thread(target=_work, args=(pool, working, until)) for pool in pools[:busy]]
        for worker in workers:
            worker.start()
        while time.perf_counter() < until:
            for pool in pools[busy:]:
                asking.time(lambda pool=pool: run(pool, SMALL, "pong"))  # type: ignore[misc]
                if time.perf_counter() > until:
                    break
        for worker in workers:
            worker.join()
        worked = time.perf_counter() - begun
        _, used = state()
        begun = time.perf_counter()
        list(clients.map(lambda pool: closing.time(lambda: close_shell(pool)), pools))
        closed = time.perf_counter() - begun
        left, after = state()
        if left:
            closing.failed.append(AssertionError(f"{left} shells are left"))
    return [
        Row("an endpoint without shells", 1, None, None, None, None, 0, empty),
        opening.row(f"open {shells} shells, {CLIENTS} at a time", opened, memory),
        working.row(f"a pipeline of 200 objects in {busy} busy shells", worked, used),
        asking.row(f"a word from one of {shells - busy} idle shells meanwhile", worked),
        closing.row(f"close {shells} shells, {CLIENTS} at a time", closed, after),
    ]


def _work(pool: RunspacePool, clock: _Clock, until: float) -> None:
    while time.perf_counter() < until:
        clock.time(lambda: run(pool, BUSY, 40200))


def main() -> None:
    """Measure, and print one line a row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shells", nargs="?", type=int, default=100)
    parser.add_argument("--busy", type=int, default=20)
    options = parser.parse_args()
    for row in rows(options.shells, options.busy):
        sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
