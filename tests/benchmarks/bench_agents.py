"""`jcad agent status` over many hosts whose every answer is late: all of them at once, and one alone.

Each host is an endpoint with a Windows and a sync agent of its own; the lab is in this process, jcad in one of its own.
`half cpu s` is half of the processor time that both took: what two cores cannot go below.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from jcad.garbage import collect_rarely
from jcad.lab.domain.kerberos import register_member
from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, DNS_DOMAIN, WRITER
from jcad.lab.settings import write_settings
from jcad.lab.windows.machine.facts import AGENTS
from jcad.lab.windows.machine.installer import UNINSTALL
from jcad.lab.windows.machine.services import Service

TITLE = "Status of agents on many hosts"
TARGET = (
    "target: wall of 50 hosts at most 1.25 x the larger of one host's time and half the processor time of both sides"
)
QUICK = {"hosts": 4, "delay": 0.05, "runs": 1}


class Row(NamedTuple):
    """So many hosts: medians in seconds."""

    hosts: int
    delay_s: float
    wall_s: float
    client_cpu_s: float
    lab_cpu_s: float
    half_cpu_s: float
    wall_to_bound: float | None


def rows(hosts: int = 50, delay: float = 0.5, runs: int = 3) -> list[Row]:
    """Bring a lab with so many hosts up, and ask them."""
    with lab_of(hosts) as (lab, settings, names):
        _status(lab, settings, names[:1])  # files are read once, and certificates made
        lab.faults.set("endpoint.delay", delay, times=None)
        one = _measured(lab, settings, names[:1], runs)
        many = _measured(lab, settings, names, runs)
    bound = max(one[0], (many[1] + many[2]) / 2)
    return [_row(1, delay, one, None), _row(len(names), delay, many, many[0] / bound)]


@contextmanager
def lab_of(hosts: int) -> Iterator[tuple[Lab, Path, list[str]]]:
    """A lab with so many member servers beside its own domain controller, each with an agent that runs."""
    collect_rarely()  # as in the lab's own process
    with tempfile.TemporaryDirectory() as folder, ExitStack() as undo:
        lab = undo.enter_context(Lab.start(Path(folder) / "lab"))
        found = [_host(lab, number) for number in range(1, hosts + 1)]
        for host in found:
            undo.callback(host.close)
            host.start()
        settings = write_settings(lab)
        text = settings.read_text("utf-8").replace(WRITER, ADMINISTRATOR)
        text += '\n[agents]\njumpcloud_host = ""\n'
        text += "".join(
            f'\n[[agents.host]]\nname = "{host.name}"\naddress = "{host.address}"\nsync = true\n' for host in found
        )
        settings.write_text(text, "utf-8")
        yield lab, settings, [host.name for host in found]


def _host(lab: Lab, number: int) -> Any:
    """A member server with an agent; its address is one that no lab has by itself."""
    name = f"host{number:02}.{DNS_DOMAIN}"
    register_member(lab.database, name)
    host = lab._make_host(name, f"127.0.1.{number}", None)
    facts, machine = AGENTS["sync"], host.machine
    machine.files.make_folder(facts.folder)
    machine.files.write(facts.config, b"{}")
    machine.files.write(facts.log, b"2026-11-24T12:00:00.000+00:00 [INFO] it runs\r\n" * 50)
    machine.registry.make(facts.registry, {"Version": "2.30.0"})
    machine.registry.make(
        f"{UNINSTALL}\\{{0-{number}}}", {"DisplayName": facts.display_name, "DisplayVersion": "2.30.0"}
    )
    machine.services.add(Service("JCADSyncAgent_DC", facts.display_name, state="Running", path=facts.executable))
    return host


def _measured(lab: Lab, settings: Path, names: list[str], runs: int) -> tuple[float, float, float]:
    found = [_status(lab, settings, names) for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _status(lab: Lab, settings: Path, names: list[str]) -> tuple[float, float, float]:
    """Ask once: seconds of wall, of the client's processor time, and of the lab's."""
    del lab
    arguments = [part for name in names for part in ("--host", name)]
    before, lab_before, begin = _children(), time.process_time(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", "from jcad.cli import main; main()", "--config", str(settings), "agent", "status", "--json",
         *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wall, lab_cpu, client = time.perf_counter() - begin, time.process_time() - lab_before, _children() - before
    if done.returncode != 0 or len(json.loads(done.stdout)["agents"]) != len(names):
        raise AssertionError(done.stdout + done.stderr)
    return wall, client, lab_cpu


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(hosts: int, delay: float, measured: tuple[float, float, float], ratio: float | None) -> Row:
    wall, client, lab = measured
    return Row(hosts, delay, wall, client, lab, (client + lab) / 2, ratio)
