"""The plan of a prepared domain: questions to the directory, and the client's own time, by objects and by containers.

The domain is a lab's, which is filled as the rows go on. `questions` are LDAP operations, `client cpu s` the processor time of
this process while it observes and plans: decoding, parsing each container's permissions, and comparing them. The schema, which
is read by each plan to put names to GUIDs, is part of both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from jcad.directory.connection import LdapConnection
from jcad.errors import SettingsError
from jcad.lab.domain.database import Change, add
from jcad.lab.lab import Lab
from jcad.lab.seed import ROOT_USER_CONTAINER
from jcad.lab.settings import write_settings
from jcad.runs import PrepareRun, SecretSource, Workplace
from jcad.settings import load

TITLE = "Planning a prepared domain"
TARGET = "targets: as many questions with 10,000 objects as with 1,000; 2,000 units at most 2 s of client CPU"
QUICK = {"objects": (20, 200), "units": (10, 50), "runs": 1}
BATCH = 1000
SETTINGS = """
[prepare.sync]
name = "jcbench"
password = "vault:jcbench"

[vault]
path = "{folder}/vault.json"
key = "file:{folder}/secrets/api-key"
"""


class Row(NamedTuple):
    """One size of the domain: medians."""

    domain: str
    objects: int
    units: int
    questions: int
    wall_s: float
    client_cpu_s: float


def rows(objects: tuple[int, int] = (1_000, 10_000), units: tuple[int, int] = (0, 2_000), runs: int = 3) -> list[Row]:
    """The domain as it grows: first objects in a few units, then units."""
    found = []
    with tempfile.TemporaryDirectory(prefix="jcad-bench-") as folder, Lab.start(Path(folder) / "lab") as lab:
        workplace = _workplace(lab)
        there = 0
        for wanted in objects:
            _fill(lab, (_person(number) for number in range(there, wanted)))
            there = wanted
            found.append(_measure(workplace, f"{wanted:,} objects", wanted, 0, runs))
        made = 0
        for wanted in units:
            _fill(lab, (_unit(number) for number in range(made, wanted)))
            made = wanted
            if wanted:
                found.append(_measure(workplace, f"{wanted:,} units more", there, wanted, runs))
    return found


def _measure(workplace: Workplace, name: str, objects: int, units: int, runs: int) -> Row:
    walls, times, asked = [], [], 0
    for _ in range(runs):
        with PrepareRun.begin(workplace) as run, _counted() as counts:
            began, cpu = time.perf_counter(), time.process_time()
            run.plan()
            walls.append(time.perf_counter() - began)
            times.append(time.process_time() - cpu)
        asked = counts[0]
    return Row(name, objects, units, asked, statistics.median(walls), statistics.median(times))


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count the operations that are sent over any connection."""
    counts = [0]
    send = LdapConnection.send

    def counting(connection: LdapConnection, *arguments: Any) -> Any:
        counts[0] += 1
        return send(connection, *arguments)

    with patch.object(LdapConnection, "send", counting):
        yield counts


def _workplace(lab: Lab) -> Workplace:
    path = write_settings(lab)
    path.write_text(path.read_text("utf-8") + SETTINGS.format(folder=lab.folder), "utf-8")
    settings = load(path, None).settings

    def ask(what: str) -> str:
        raise SettingsError(f"nobody is here to be asked for {what}")

    return Workplace(settings=settings, secrets=SecretSource(settings.vault, ask))


def _fill(lab: Lab, changes: Iterator[Change]) -> None:
    pending: list[Change] = []
    for change in changes:
        pending.append(change)
        if len(pending) == BATCH:
            lab.database.apply(pending)
            pending = []
    if pending:
        lab.database.apply(pending)


def _person(number: int) -> Change:
    attributes = {"objectClass": ["contact"], "sn": ["Bench"]}
    return add(f"CN=b{number:06d},{ROOT_USER_CONTAINER}", attributes)


def _unit(number: int) -> Change:
    return add(f"OU=u{number:05d},{ROOT_USER_CONTAINER}", {"objectClass": ["organizationalUnit"]})
