"""A steady cycle of the loop, the client's part: 100 of many users have changed in JumpCloud since the last cycle.

    python tests/benchmarks/bench_loop.py [users] [--runs N]

JumpCloud is a process of its own that has its pages ready; what it and the domain controller take is theirs. The client's
part is told as time of the processor, with HTTP and all. JumpCloud is read in two ways: whole, page by page of 100 or 1,000
rows, and by what Directory Insights tells. `rows()` is for whoever prints several tables.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import httpx
from bench_plan import memory_of, people
from sides import OPTIONS, cloud_side, directory_side

from jcad.adsync import Settled, Sync, names_seen
from jcad.adsync.changes import updated
from jcad.garbage import uncollected
from jcad.jumpcloud import Address, JumpCloudReader
from jcad.model import Bindings, Remember, Secret
from jcad.model.changes import DirectoryChanges
from jcad.runs.cloud_watch import CloudWatch
from jcad.settings import parse
from jcad.store import Store

TITLE = "A steady cycle of the loop, client's part"
TARGET = "100,000 users with 100 changes: at most 1 s in all, servers apart"
QUICK = {"users": 5_000, "runs": 1}

CHANGES = 100
INSTANCE = "f" * 24


class Row(NamedTuple):
    """One step: median milliseconds of the processor, and what came of it."""

    step: str
    users: int
    cpu_ms: float
    outcome: str


# ---- JumpCloud, with its pages ready ---------------------------------------------------------------------------------


class _Pages(BaseHTTPRequestHandler):
    """Answers with slices of lists, single users and events, which are the class's own: it serves one benchmark."""

    protocol_version = "HTTP/1.1"
    lists: dict[str, list[str]]
    numbers: dict[str, int]
    events: list[str]

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: int(values[0]) for name, values in parse_qs(asked.query).items() if name in {"skip", "limit"}}
        parent, _, last = asked.path.rpartition("/")
        if asked.path not in self.lists:
            return self._answer(self.lists[parent][self.numbers[last]])
        rows = self.lists[asked.path]
        part = ",".join(rows[query["skip"] : query["skip"] + query["limit"]])
        first = not asked.path.startswith("/api/v2/")
        return self._answer(f'{{"results":[{part}],"totalCount":{len(rows)}}}' if first else f"[{part}]", len(rows))

    def _answer(self, text: str, rows: int = 0) -> None:
        body = text.encode()
        self.send_response(200)
        for name, value in (
            ("Content-Type", "application/json"),
            ("X-Total-Count", rows),
            ("Content-Length", len(body)),
        ):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Tell the last events; or change so many users, whose surname is another one from now on, and have events of it."""
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path != "/change":
            return self._answer(f"[{','.join(self.events)}]")
        users = self.lists["/api/systemusers"]
        _Pages.events = []
        for number in range(0, CHANGES * (every := max(1, len(users) // CHANGES)), every):
            old, new = ("Surname", "Renamed") if "Surname" in users[number] else ("Renamed", "Surname")
            users[number] = users[number].replace(old, new)
            resource = {"id": json.loads(users[number])["_id"], "type": "user"}
            event = {"id": f"{time.time_ns()}", "event_type": "user_update", "resource": resource}
            self.events.append(json.dumps(event))
        return self._answer("{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(users: int, port: Any) -> None:
    cloud, _ = people(users, changed=False)
    root = f"/api/v2/activedirectories/{INSTANCE}"
    instance = json.dumps({"id": INSTANCE, "domain": "DC=lab;DC=jcad;DC=test", "useCase": "JCASAUTHORITY"})
    _Pages.events = []
    _Pages.numbers = {one.id: number for number, one in enumerate(cloud)} | {INSTANCE: 0}
    _Pages.lists = {
        "/api/organizations": [json.dumps({"_id": "e" * 24, "displayName": "bench"})],
        "/api/v2/activedirectories": [instance],
        f"{root}/agents": [],
        "/api/v2/usergroups": [],
        "/api/systemusers": [
            json.dumps({
                "_id": one.id, "username": one.username, "email": one.email, "firstname": one.firstname,
                "lastname": one.lastname, "displayname": "", "state": "ACTIVATED", "suspended": False, "restrictedFields": [],
            })
            for one in cloud
        ],
        f"{root}/users": [
            json.dumps({"id": one.id, "type": "user", "paths": [[{"to": {"id": one.id, "type": "user"}}]]}) for one in cloud
        ],
        f"{root}/usergroups": [],
    }  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    port.send(server.server_address[1])
    server.serve_forever()


# ---- measuring -------------------------------------------------------------------------------------------------------


def _timed(runs: int, prepare: Callable[[], Any], step: Callable[[Any], Any]) -> tuple[float, Any]:
    """Median milliseconds of the processor, and the last value. What `prepare` makes is fresh for each run, and not timed."""
    taken, value = [], None
    for _ in range(runs):
        given = prepare()
        gc.collect()
        begun = time.process_time()
        value = step(given)
        taken.append((time.process_time() - begun) * 1000)
    return statistics.median(taken), value


def _reading(users: int, runs: int) -> tuple[list[Row], Any, Any]:
    """The rows of reading JumpCloud, and its users before and after the change, as the loop's reader gives them."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(users, theirs), daemon=True)
    process.start()
    address = Address(base_url=f"http://127.0.0.1:{ours.recv()}")
    try:
        with JumpCloudReader(address, Secret("k")) as reader:
            return _looks(reader, address.url, users, runs)
    finally:
        process.terminate()
        process.join()


def _look(reader: JumpCloudReader) -> Any:
    """What a run reads of so many users, as it reads it."""
    with uncollected():
        bound, found = reader.bindings(INSTANCE), reader.users()
    reader._wire.known.turn()
    return found, bound


def _looks(reader: JumpCloudReader, url: str, users: int, runs: int) -> tuple[list[Row], Any, Any]:
    def look(_: None) -> Any:
        return _look(reader)

    took, before = _timed(1, lambda: None, look)
    rows = [Row("read JumpCloud for the first time, whole", users, took, f"{len(before[0])} users")]
    took, _ = _timed(runs, lambda: None, look)
    rows.append(Row("read JumpCloud again, whole, nothing changed", users, took, "the same values"))
    _change(url)
    took, after = _timed(1, lambda: None, look)
    rows.append(
        Row("read JumpCloud again, whole, 100 changed", users, took, f"{_different(before[0], after[0])} differ")
    )
    rows.append(_told(reader, url, users, runs))
    return rows, before, after


def _told(reader: JumpCloudReader, url: str, users: int, runs: int) -> Row:
    """The row of a cycle's look at JumpCloud where Directory Insights tells who has changed."""
    settings = parse(_SETTINGS.format(url=url), "jcad.toml")
    (instance,) = reader.instances()
    watch = CloudWatch(full_every=86_400)
    watch.read(reader, instance, settings)
    took, _ = _timed(runs, lambda: _change(url), lambda _: watch.read(reader, reader.instances()[0], settings))
    return Row("read JumpCloud again by Directory Insights, 100 changed", users, took, f"{watch.look.users} read")


_SETTINGS = """
[jumpcloud]
api_key = "env:KEY"
url = "{url}"
[directory]
domain = "lab.jcad.test"
user = "LAB\\\\r"
password = "env:P"
[remoting]
user = "LAB\\\\w"
password = "env:P"
[sync.run]
insights = true
"""


def _change(url: str) -> None:
    httpx.post(f"{url}/change", trust_env=False)


def _different(before: Any, after: Any) -> int:
    return sum(before[one] is not after[one] for one in after)


def rows(users: int = 100_000, runs: int = 3) -> list[Row]:
    """Every step of a cycle in which 100 users were changed in JumpCloud, the sum of them, then of one with nothing to do."""
    steps, (first, bound), (now, _) = _reading(users, runs)
    _, accounts = people(users, changed=False)
    cloud = cloud_side(list(first.values()))
    bindings = Bindings(users=bound.users, direct_users=bound.direct_users)
    old_side, new_side = replace(cloud, bindings=bindings), replace(cloud, users=now, bindings=bindings)
    memory, domain = memory_of(list(first.values()), accounts, [], []), directory_side(accounts)
    touched = tuple(replace(one, display_name="Touched") for one in accounts[:CHANGES])
    changes = DirectoryChanges(usn=2, users=touched, entries=len(touched))
    settled = Settled()

    def sync(side: Any, directory: Any) -> Sync:
        return Sync(cloud=side, directory=directory, memory=memory, options=OPTIONS)

    def warm() -> Any:
        """The cycle before: it has planned, and so has its indexes."""
        old = directory_side(accounts)
        sync(old_side, old).plan(settled)
        len(old.guids_by_dn)
        return old

    whole, told, mine = steps[-2].cpu_ms, steps[-1].cpu_ms, 0.0
    took, side = _timed(runs, warm, lambda old: updated(old, changes))
    steps.append(Row("bring the domain's side up to date", users, took, f"{len(touched)} changed"))
    mine += took
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "state.db") as store:
        store.remember([Remember(link) for link in list(memory.links.values())[: min(users, 2_000)]])
        store.memory()
        took, _ = _timed(runs, lambda: None, lambda _: store.memory())
    steps.append(Row("what is remembered, which nobody changed", users, took, ""))
    mine += took
    took, plan = _timed(
        runs, lambda: (warm(), sync(replace(new_side), replace(side)))[1], lambda one: one.plan(settled)
    )
    steps.append(Row("plan", users, took, f"{len(plan.actions)} actions"))
    mine += took
    took, _ = _timed(runs, lambda: sync(new_side, side), lambda one: names_seen(one, memory))
    steps.append(Row("look for names that have settled", users, took, ""))
    mine += took
    steps.append(Row("A CYCLE WITH 100 CHANGES, by Directory Insights", users, told + mine, "its changes: see `apply`"))
    steps.append(Row("A CYCLE WITH 100 CHANGES, JumpCloud read whole", users, whole + mine, "its changes: see `apply`"))
    took, equal = _timed(
        runs, lambda: (sync(old_side, domain), sync(replace(old_side), domain)), lambda two: two[0] == two[1]
    )
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
        sys.stdout.write(f"{row.step:<50} {row.users:>8} users {row.cpu_ms:>9.1f} ms  {row.outcome}\n")


if __name__ == "__main__":
    main()
