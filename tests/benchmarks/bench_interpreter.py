"""The lab's PowerShell interpreter alone: how long a runspace takes to open, and a record of the changes script.

The script is the product's own `set-attributes`, over a batch of records that all have to change. The two cmdlets of the
directory that it calls answer at once: what is measured is everything outside LDAP. No server, no network. Times are of
the processor, so that what else a machine does is not measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.values import custom_object
from jcad.powershell import batches, script

TITLE = "The lab's interpreter"
TARGET = "a new runspace opens in under 20 ms; the changes script takes under 1 ms a record outside LDAP"
QUICK = {"records": 20, "runs": 1}

_IMPORT = "from jcad.lab.powershell.engine import Engine, _Nowhere\n"
_OPEN = _IMPORT + "Engine(edition='Desktop').run_script('1', _Nowhere())"
_IDENTITY = parameter("System.Object", "position 0")
_GIVEN = parameter("System.Object", "")


class Row(NamedTuple):
    """One case: how many of it were done in a run, and the median milliseconds of each."""

    case: str
    count: int
    ms_each: float


@cmdlet("Get-ADUser", {"Identity": _IDENTITY, "Server": _GIVEN, "Properties": _GIVEN})
class GetADUser(Cmdlet):
    """An account as the script asks for it."""

    def process(self) -> None:
        """Answer at once."""
        named = [
            ("DistinguishedName", "CN=Someone,OU=JumpCloud,DC=lab,DC=jcad,DC=test"),
            ("objectSid", "S-1-5-21-1-2-3-4567"),
            ("sAMAccountName", "someone"),
            ("userAccountControl", 512),
            ("primaryGroupID", 513),
            ("givenName", "Before"),
            ("sn", "Someone"),
        ]
        self.context.write(custom_object(named))


@cmdlet(
    "Set-ADUser",
    {"Identity": _IDENTITY, "Server": _GIVEN, "Replace": _GIVEN, "Clear": _GIVEN},
    should_process=True,
)
class SetADUser(Cmdlet):
    """A change that is carried out at once."""


def rows(records: int = 1000, runs: int = 5) -> list[Row]:
    """Measure each case so many times."""
    return [
        Row(
            "a process that imports the interpreter, over one that only starts Python", 1, _over(_IMPORT, "pass", runs)
        ),
        Row("its first runspace, over the import", 1, _over(_OPEN, _IMPORT, runs)),
        Row("a new runspace in a running process", 1, _median(runs * 10, lambda: _run("1"))),
        Row("the changes script, a record", records, _changes(records, runs)),
    ]


def _run(text: str, **parameters: Any) -> Recorder:
    recorder = Recorder()
    engine = Engine([GetADUser, SetADUser], edition="Desktop")
    outcome = engine.run_script(text, recorder, parameters)
    if outcome.terminated is not None:
        raise SystemExit(f"the script failed: {outcome.terminated.message}")
    return recorder


def _over(code: str, base: str, runs: int) -> float:
    """What a process that runs this takes more than one that runs less of it; both find their modules compiled."""
    with tempfile.TemporaryDirectory() as kept:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": kept}

        def start(text: str) -> None:
            subprocess.run([sys.executable, "-c", text], check=True, env=environment)

        start(code)
        runs = max(runs, 3)
        return _median(runs, lambda: start(code)) - _median(runs, lambda: start(base))


def _changes(records: int, runs: int) -> float:
    changes = script("set-attributes")
    items = [
        {
            "id": str(number),
            "guid": str(UUID(int=number + 1)),
            "set": {"givenName": f"After {number}"},
            "clear": [],
            "expected": {"givenName": "Before"},
        }
        for number in range(records)
    ]
    texts = [one.text for one in batches(changes, items)]

    def carry_out() -> None:
        told = [line for text in texts for line in _run(changes.text, Batch=text, Server="dc1").values]
        changed = sum(json.loads(line)["status"] == "changed" for line in told)
        if changed != records:
            raise SystemExit(f"{changed} of {records} records were changed: {told[:1]}")

    return _median(runs, carry_out) / records


def _spent() -> float:
    """The seconds of processor time that this process and those that it has waited for have taken."""
    taken = os.times()
    return time.process_time() + taken.children_user + taken.children_system


def _median(runs: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(runs):
        begin = _spent()
        work()
        times.append(1000 * (_spent() - begin))
    return statistics.median(times)
