"""A file to a host and back, with pypsrp's own `Client.copy` and `fetch` beside it: pairs in one run, one after the other.

Both log on by NTLM at the same member server of the lab and compare the file's hash there. `whole` counts logging on,
opening a session and closing it; `warm` is a session that is open, as jcad has one to each host (pypsrp opens a pool for
each file). The lab is in this process: time and processor time (`cpu`) are client's and host's together.
"""

from __future__ import annotations

import gc
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from pypsrp.client import Client

from jcad.lab.hosts import LabHost
from jcad.lab.lab import Lab
from jcad.lab.seed import NETBIOS_DOMAIN, password_of
from jcad.model import Secret
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting import Endpoint, open_session
from jcad.remoting.files import HostFiles, HostScripts

TITLE = "Files to hosts and back"
TARGET = "target: at least as fast as pypsrp's Client.copy and fetch (ratio at most 1)"
QUICK = {"runs": 1, "megabytes": (1,)}
ACCOUNT = "Administrator"
FOLDER = "C:\\ProgramData\\jcad\\bench"
SCRIPTS = HostScripts(host_call, read_host_outcome)


class Row(NamedTuple):
    """One direction, size and transport: median milliseconds, jcad's share of pypsrp's, HTTP requests of the whole."""

    transfer: str
    megabytes: int
    jcad_whole_ms: float
    pypsrp_whole_ms: float
    ratio: float
    jcad_warm_ms: float
    ratio_warm: float
    ratio_cpu: float
    jcad_requests: int
    pypsrp_requests: int


def rows(runs: int = 7, megabytes: tuple[int, ...] = (1, 20)) -> list[Row]:
    """Bring a lab up with a member server, and measure."""
    with tempfile.TemporaryDirectory(prefix="jcad-bench-") as name, Lab.start(Path(name) / "lab", members=1) as lab:
        folder = Path(name)
        return [
            row
            for secure in (False, True)
            for size in megabytes
            for row in _pair(lab, folder, secure=secure, megabytes=size, runs=max(runs if size < 10 else runs // 2, 1))
        ]


def _pair(lab: Lab, folder: Path, *, secure: bool, megabytes: int, runs: int) -> list[Row]:
    host = lab.member(1)
    source = folder / "source.bin"
    source.write_bytes(hashlib.shake_128(b"bench").digest(megabytes * 1_000_000))
    jcad, peer = _Jcad(lab, host, source, secure=secure), _Peer(host, source, secure=secure)
    found: dict[str, list[float]] = {}
    requests: dict[str, int] = {}
    for what in ("to", "from"):
        for number in range(runs + 1):  # the first pair warms both up; the others begin in turn
            if what == "to":
                _clear(host)
            pair = [("jcad", jcad), ("pypsrp", peer)]
            for name, client in pair if number % 2 else reversed(pair):
                gc.collect()
                before = _counted(host)
                took = client.copy() if what == "to" else client.fetch()
                requests[f"{name} {what}"] = _counted(host) - before
                if number:
                    for kind, seconds in took.items():
                        found.setdefault(f"{name} {what} {kind}", []).append(1000 * seconds)
    _clear(host)
    medians = {name: statistics.median(times) for name, times in found.items()}
    wire = "ntlm https" if secure else "ntlm http"
    return [_row(f"{what} a host, {wire}", megabytes, what, medians, requests) for what in ("to", "from")]


def _row(name: str, megabytes: int, what: str, medians: dict[str, float], requests: dict[str, int]) -> Row:
    whole, warm, peer = medians[f"jcad {what} whole"], medians[f"jcad {what} warm"], medians[f"pypsrp {what} whole"]
    return Row(
        name,
        megabytes,
        whole,
        peer,
        whole / peer,
        warm,
        warm / peer,
        medians[f"jcad {what} cpu"] / medians[f"pypsrp {what} cpu"],
        requests[f"jcad {what}"],
        requests[f"pypsrp {what}"],
    )


class _Jcad:
    """jcad's own transfer, over a session that is opened for it."""

    def __init__(self, lab: Lab, host: LabHost, source: Path, *, secure: bool) -> None:
        options: dict[str, Any] = {"ca_file": str(lab.ca_file)} if secure else {"scheme": "http"}
        self._endpoint = Endpoint(host=host.name, address=host.address, user=f"{NETBIOS_DOMAIN}\\{ACCOUNT}", **options)
        self._source = source
        self._target = source.with_name("jcad.bin")

    def copy(self) -> dict[str, float]:
        return self._timed(lambda files: files.upload(self._source, name="jcad.bin"))

    def fetch(self) -> dict[str, float]:
        took = self._timed(lambda files: files.download("jcad.bin", self._target))
        assert self._target.read_bytes() == self._source.read_bytes()
        return took

    def _timed(self, transfer: Callable[[HostFiles], Any]) -> dict[str, float]:
        begin, cpu = time.perf_counter(), time.process_time()
        with open_session(self._endpoint, Secret(password_of(ACCOUNT))) as session:
            opened = time.perf_counter()
            transfer(HostFiles(lambda: nullcontext(session), folder=FOLDER, scripts=SCRIPTS))
            done = time.perf_counter()
        return {"whole": time.perf_counter() - begin, "warm": done - opened, "cpu": time.process_time() - cpu}


class _Peer:
    """pypsrp's, which opens a runspace pool for each file."""

    def __init__(self, host: LabHost, source: Path, *, secure: bool) -> None:
        self._options: dict[str, Any] = {
            "server": host.address,
            "port": 5986 if secure else 5985,
            "ssl": secure,
            "cert_validation": False,
            "auth": "ntlm",
            "username": f"{NETBIOS_DOMAIN}\\{ACCOUNT}",
            "password": password_of(ACCOUNT),
        }
        self._source = source
        self._target = source.with_name("pypsrp.bin")

    def copy(self) -> dict[str, float]:
        return self._timed(lambda client: client.copy(str(self._source), "C:\\Windows\\Temp\\pypsrp.bin"))

    def fetch(self) -> dict[str, float]:
        took = self._timed(lambda client: client.fetch("C:\\Windows\\Temp\\pypsrp.bin", str(self._target)))
        assert self._target.read_bytes() == self._source.read_bytes()
        return took

    def _timed(self, transfer: Callable[[Client], Any]) -> dict[str, float]:
        begin, cpu = time.perf_counter(), time.process_time()
        with Client(**self._options) as client:
            transfer(client)
        return {"whole": time.perf_counter() - begin, "cpu": time.process_time() - cpu}


def _counted(host: LabHost) -> int:
    return host.http.requests["http"] + host.https.requests["http"]


def _clear(host: LabHost) -> None:
    """Each pair begins with a host that has neither file."""
    for path in (FOLDER, "C:\\Windows\\Temp\\pypsrp.bin"):
        if host.machine.files.find(path) is not None:
            host.machine.files.remove(path, recurse=True)
