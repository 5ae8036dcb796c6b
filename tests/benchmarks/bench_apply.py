"""1,000 attribute changes through the whole of apply, on the lab, with direct LDAP writes and pywinrm beside it.

Each client is a process of its own; the lab is in this one. `endpoint s` is the time during which the endpoint ran at least
one script; requests and pipelines are those that the endpoint counted, opening and closing of sessions included. The lab has
no shortcut for jcad's scripts: its interpreter runs them line by line, and each cmdlet is an LDAP operation.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from jcad.lab.domain.database import add
from jcad.lab.endpoint.interpreter import InterpreterRunspace
from jcad.lab.lab import Lab
from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN, ROOT_USER_CONTAINER, WRITER, password_of
from jcad.lab.settings import write_settings

TITLE = "Attribute changes through the whole of apply"
TARGET = (
    "targets for 1,000: client CPU at most 1 ms a change, wall at most 1.2 x endpoint, at most 10 pipelines, requests at "
    "most 4 a pipeline + 1 for each second it runs"
)
QUICK = {"changes": 20, "runs": 1, "each": 3}
CLIENT = Path(__file__).with_name("apply_client.py")
CONTAINER = f"OU=Bench,{ROOT_USER_CONTAINER}"


class Row(NamedTuple):
    """One client: medians. Times are milliseconds a change; None where there is no endpoint."""

    client: str
    changes: int
    wall_s: float
    wall_ms_each: float
    client_cpu_ms_each: float
    endpoint_s: float | None
    wall_to_endpoint: float | None
    pipelines: int | None
    requests: int | None
    requests_allowed: int | None


@dataclass
class Busy:
    """How long an endpoint ran scripts: the union of their times, their sum, and their number."""

    pipelines: int = 0
    seconds: float = 0.0
    summed: float = 0.0
    _running: int = 0
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """One more script runs."""
        with self._lock:
            self.pipelines += 1
            if self._running == 0:
                self._since = time.perf_counter()
            self._running += 1

    def end(self, took: float) -> None:
        """One script less runs; it took so many seconds."""
        with self._lock:
            self.summed += took
            self._running -= 1
            if self._running == 0:
                self.seconds += time.perf_counter() - self._since


@contextmanager
def watched(busy: Busy) -> Iterator[None]:
    """Time every script of every endpoint in this process."""
    original = InterpreterRunspace.run

    def run(runspace: Any, *arguments: Any) -> None:
        busy.begin()
        began = time.perf_counter()
        try:
            original(runspace, *arguments)
        finally:
            busy.end(time.perf_counter() - began)

    with patch.object(InterpreterRunspace, "run", run):
        yield


@contextmanager
def lab_of(users: int) -> Iterator[Lab]:
    """A lab with so many accounts more, in a container of their own."""
    with tempfile.TemporaryDirectory(prefix="jcad-bench-") as folder, Lab.start(Path(folder) / "lab") as lab:
        lab.database.apply([add(CONTAINER, {"objectClass": ["organizationalUnit"]})])
        for first in range(0, users, 1000):
            lab.database.apply([account(number) for number in range(first, min(users, first + 1000))])
        write_settings(lab)
        yield lab


def account(number: int) -> Any:
    """One account, as the sync would have made it."""
    attributes = {
        "objectClass": ["user"],
        "sAMAccountName": [f"b{number:06d}"],
        "givenName": [f"Given {number}"],
        "sn": ["Bench"],
        "userAccountControl": ["544"],
    }
    return add(f"CN=b{number:06d},{CONTAINER}", attributes)


def endpoint_counts(lab: Lab) -> Counter[str]:
    """What the endpoints have counted so far."""
    counts: Counter[str] = Counter()
    for host in lab.hosts:
        for server in (host.http, host.https):
            counts.update(server.requests)
    return counts


@dataclass(frozen=True)
class Measured:
    """One run of one client."""

    wall: float
    cpu: float
    endpoint: float
    scripts: float
    pipelines: int
    requests: int


def measure(lab: Lab, client: str, count: int, value: str, *, quiet: bool = False) -> Measured:
    """Let a client change so many accounts. Raises CalledProcessError where it fails."""
    host, busy = lab.dc(1), Busy()
    told = {
        "settings": str(lab.folder / "jcad.toml"),
        "container": CONTAINER,
        "count": count,
        "value": value,
        "address": host.address,
        "upn": f"{WRITER}@{DNS_DOMAIN}",
        "user": f"{NETBIOS_DOMAIN}\\{WRITER}",
        "password": password_of(WRITER),
        "ca_file": str(lab.ca_file),
        "sams": [f"b{number:06d}" for number in range(count)],
        "names": [f"CN=b{number:06d},{CONTAINER}" for number in range(count)],
    }
    before = endpoint_counts(lab)
    with watched(busy):
        done = subprocess.run(
            [sys.executable, str(CLIENT), client],
            input=json.dumps(told),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            check=True,
        )
    taken = json.loads(done.stdout)
    requests = (endpoint_counts(lab) - before)["http"]
    return Measured(taken["wall"], taken["cpu"], busy.seconds, busy.summed, busy.pipelines, requests)


def rows(changes: int = 1000, runs: int = 3, each: int = 50) -> list[Row]:
    """Measure every client; pywinrm, which is slow, changes `each` accounts."""
    with lab_of(changes) as lab:
        found = [_row("jcad apply", changes, [measure(lab, "jcad", changes, f"J{run}") for run in range(runs)])]
        direct = [measure(lab, "ldap3", changes, f"L{run}") for run in range(runs)]
        found.append(_row("ldap3 modify, nothing else", changes, direct))
        if has_command_shell(lab):
            found.append(
                _row("pywinrm, a run_ps each", each, [measure(lab, "pywinrm", each, f"P{run}") for run in range(runs)])
            )
    return found


def has_command_shell(lab: Lab) -> bool:
    """Whether pywinrm can run anything on this lab's endpoint."""
    try:
        measure(lab, "pywinrm", 1, "probe", quiet=True)
    except subprocess.CalledProcessError:
        return False
    return True


def _row(name: str, changes: int, runs: list[Measured]) -> Row:
    def median(attribute: str) -> float:
        return statistics.median(getattr(run, attribute) for run in runs)

    wall, endpoint = median("wall"), median("endpoint")
    pipelines = int(median("pipelines"))
    scripted = pipelines > 0
    return Row(
        client=name,
        changes=changes,
        wall_s=wall,
        wall_ms_each=1000 * wall / changes,
        client_cpu_ms_each=1000 * median("cpu") / changes,
        endpoint_s=endpoint if scripted else None,
        wall_to_endpoint=wall / endpoint if scripted else None,
        pipelines=pipelines if scripted else None,
        requests=int(median("requests")) if scripted else None,
        requests_allowed=4 * pipelines + int(median("scripts")) if scripted else None,
    )
