"""How long jcad takes to begin: whole processes, from the shell's point of view, beside an empty Python.

`modules` are those that are imported by then: what is imported and not needed is time that every command pays.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

TITLE = "Start-up"
QUICK = {"runs": 2}
_COUNT = "import sys; print(len(sys.modules))"
_STARTS = {
    "python, nothing": "pass",
    "jcad --version": "import jcad.cli as c; c.run(['--version'])",
    "jcad --help": "import jcad.cli as c; c.run(['--help'])",
    "jcad sync --help": "import jcad.cli as c; c.run(['sync', '--help'])",
    "jcad prepare --help": "import jcad.cli as c; c.run(['prepare', '--help'])",
    "a shell completes `jcad sync ap`": (
        "import os; os.environ.update(_JCAD_COMPLETE='bash_complete', COMP_WORDS='jcad sync ap', COMP_CWORD='2')\n"
        "from jcad.cli.main import jcad\n"
        "try: jcad(prog_name='jcad')\n"
        "except SystemExit: pass"
    ),
    "jcad sync plan, to its first request": (
        "import jcad.cli.sync, jcad.cli.invocation as i, jcad.runs; from pathlib import Path; "
        "i.Invocation(config=Path({settings!r})).workplace()"
    ),
}
_SETTINGS = """\
[jumpcloud]
api_key = "env:KEY"

[directory]
domain = "corp.example"
user = "CORP\\\\reader"
password = "env:PASSWORD"

[remoting]
user = "CORP\\\\writer"
password = "env:PASSWORD"
"""


class Row(NamedTuple):
    """One start: median milliseconds of wall clock and of the processor, and how many modules were imported."""

    start: str
    wall_ms: float
    cpu_ms: float
    modules: int


def rows(runs: int = 7) -> list[Row]:
    """Start each in turn, so that a busy machine slows all of them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "jcad.toml"
        settings.write_text(_SETTINGS, "utf-8")
        settings.chmod(0o600)
        codes = {name: code.replace("{settings!r}", repr(str(settings))) for name, code in _STARTS.items()}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in codes}
        for _ in range(runs):
            for name, code in codes.items():
                times[name].append(_start(code))
        return [
            Row(
                name,
                1000 * statistics.median(wall for wall, _ in times[name]),
                1000 * statistics.median(cpu for _, cpu in times[name]),
                _modules(code),
            )
            for name, code in codes.items()
        ]


def _start(code: str) -> tuple[float, float]:
    before, begin = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, cpu


def _modules(code: str) -> int:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{_COUNT}"], check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[-1])
