"""What little costs: one warm change, a batch of ten, and a run with nothing to do, counted at the endpoint.

A warm change is one more script on a session that is open. A run with nothing to do is the second `jcad sync apply` on the
seeded lab: it reads both sides, and no session is opened for it.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from bench_apply import CONTAINER, endpoint_counts, lab_of

from jcad.cli import run as jcad
from jcad.lab.seed import NETBIOS_DOMAIN, WRITER, password_of
from jcad.model import Secret
from jcad.powershell import batches, read_outcome, script
from jcad.remoting import Endpoint, open_session

TITLE = "Requests of small runs"
TARGET = "targets: one warm change at most 3 requests; nothing to do: no pipeline, no session"
QUICK = {"runs": 2}


class Row(NamedTuple):
    """One sort of run: median milliseconds, and what the endpoint counted for one."""

    run: str
    wall_ms: float
    requests: int
    pipelines: int
    sessions: int


def rows(runs: int = 10) -> list[Row]:
    """Bring a lab up and count."""
    with lab_of(10) as lab:
        return [
            _scripted(lab, "one warm change", 1, runs),
            _scripted(lab, "ten warm changes", 10, runs),
            _nothing_to_do(lab, runs),
        ]


def _scripted(lab: Any, name: str, changes: int, runs: int) -> Row:
    host = lab.dc(1)
    endpoint = Endpoint(
        host=host.name, address=host.address, user=f"{NETBIOS_DOMAIN}\\{WRITER}", ca_file=str(lab.ca_file)
    )
    found = lab.database.search("(sAMAccountName=b0*)", ["objectGUID"], base=CONTAINER)
    guids = [UUID(bytes_le=entry.attributes["objectGUID"][0]) for entry in found][:changes]
    times: list[float] = []
    with open_session(endpoint, Secret(password_of(WRITER))) as session:
        _set(session, guids, "warmed up")
        before = endpoint_counts(lab)
        for number in range(runs):
            begin = time.perf_counter()
            _set(session, guids, f"{name} {number}")
            times.append(time.perf_counter() - begin)
        counted = endpoint_counts(lab) - before
    return _row(name, times, counted, runs)


def _set(session: Any, guids: list[Any], value: str) -> None:
    entry = script("set-attributes")
    items = [
        {"id": f"i{number}", "guid": guid, "expected": {}, "set": {"givenName": value}, "clear": ()}
        for number, guid in enumerate(guids)
    ]
    for batch in batches(entry, items):
        for line in session.run(batch.call(server=session.server)):
            outcome = read_outcome(entry, line)
            if outcome.status.value != "changed":
                raise AssertionError(outcome)


def _nothing_to_do(lab: Any, runs: int) -> Row:
    settings = str(lab.folder / "jcad.toml")
    _call("--config", settings, "sync", "apply", "--yes", "--allow", "creates=1000")
    before, times = endpoint_counts(lab), []
    for _ in range(runs):
        begin = time.perf_counter()
        _call("--config", settings, "sync", "apply", "--yes")
        times.append(time.perf_counter() - begin)
    return _row("nothing to do", times, endpoint_counts(lab) - before, runs)


def _call(*arguments: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = jcad([*arguments])
    if code not in {0, 4}:
        raise AssertionError(said.getvalue())


def _row(name: str, times: list[float], counted: Counter[str], runs: int) -> Row:
    def each(what: str) -> int:
        return -(-counted[what] // runs)

    return Row(name, 1000 * statistics.median(times), each("http"), each("command"), each("create"))
