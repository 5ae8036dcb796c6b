"""A whole rotation onto a second account over lab hosts whose installers take 30 s: what is not waiting for somebody else.

    python tests/benchmarks/bench_rotation.py [--hosts N] [--install SECONDS]

`waited s` is the time in which an endpoint ran at least one script (the installer and the service's start are in them) or
JumpCloud was being asked for an agent's heartbeat; `own s` is all the rest of the wall: planning, the directory, the vault,
the journal, the wire. Lab and client share this process, so what the lab takes beside its scripts is in `own s` as well.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from bench_apply import Busy, watched
from rotationsite import rotation_site

from jcad.runs.agents.heartbeat import AgentCloud
from jcad.runs.rotation import RotationChoices, RotationRun

TITLE = "A rotation onto a second account, host by host"
TARGET = (
    "5 hosts, installs of 30 s: less than 10 % of the time is not spent waiting for a script, a service or a heartbeat"
)
QUICK = {"hosts": 2, "install": 1.0}


class Row(NamedTuple):
    """One rotation: its seconds, those of the plan in them, those that something was waited for in, and the rest."""

    rotation: str
    hosts: int
    install_s: float
    wall_s: float
    plan_s: float
    waited_s: float
    own_s: float
    own_percent: float


@contextmanager
def hearing(busy: Busy) -> Iterator[None]:
    """Count the time in which a heartbeat is waited for as well."""
    original = AgentCloud.wait

    def wait(cloud: AgentCloud, *arguments: Any) -> Any:
        busy.begin()
        began = time.perf_counter()
        try:
            return original(cloud, *arguments)
        finally:
            busy.end(time.perf_counter() - began)

    with patch.object(AgentCloud, "wait", wait):
        yield


def rotation(site: Any, *, same_account: bool, install: float) -> Row:
    """One rotation from its beginning to its end, the plan included."""
    busy = Busy()
    with watched(busy), hearing(busy):
        began = time.perf_counter()
        choices = RotationChoices(account="jcsync", same_account=same_account)
        with RotationRun.start(site.workplace(), choices) as run:
            plan = run.plan()
            planned = time.perf_counter() - began
            report = run.apply(plan)
        wall = time.perf_counter() - began
    if not report.succeeded:
        raise SystemExit(f"the rotation did not succeed: {report}")
    own = wall - busy.seconds
    return Row(
        rotation="in place" if same_account else "onto the second account",
        hosts=len(site.members),
        install_s=install,
        wall_s=round(wall, 1),
        plan_s=round(planned, 2),
        waited_s=round(busy.seconds, 1),
        own_s=round(own, 2),
        own_percent=round(100 * own / wall, 1),
    )


def rows(hosts: int = 5, install: float = 30.0) -> list[Row]:
    """Both ways, on one lab; its agents are installed without the wait."""
    with (
        tempfile.TemporaryDirectory(prefix="jcad-bench-") as folder,
        rotation_site(Path(folder) / "lab", members=hosts) as site,
    ):
        site.lab.agents.install_seconds = install
        return [rotation(site, same_account=same, install=install) for same in (False, True)]


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=5)
    parser.add_argument("--install", type=float, default=30.0)
    told = parser.parse_args()
    for row in rows(told.hosts, told.install):
        print(row)  # noqa: T201  - a benchmark's output


if __name__ == "__main__":
    main()
