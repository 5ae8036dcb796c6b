"""Every benchmark of this folder in one run: `./dev bench`, tables of medians and ratios with the peers beside jcad.

    python tests/benchmarks [--only NAME ...] [--quick] [--json FILE]

A benchmark is a file `bench_NAME.py` with `rows(**sizes)`, which measures and gives a list of NamedTuples: their fields
are the columns. Beside it there may be `TITLE`, `TARGET` (what the figures are held against, in words) and `QUICK` (the
`sizes` of a run that takes seconds). Nothing here passes or fails by a time: the figures are to be read.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One bench_*.py: its name, and its module."""

    name: str
    module: ModuleType

    @property
    def title(self) -> str:
        """What it measures, in one line."""
        first = (self.module.__doc__ or self.name).splitlines()[0]
        return str(getattr(self.module, "TITLE", first.rstrip(".")))

    @property
    def target(self) -> str:
        """What its figures are held against; empty where nothing is."""
        return str(getattr(self.module, "TARGET", ""))

    def rows(self, *, quick: bool) -> list[Any]:
        """Measure."""
        return list(self.module.rows(**(getattr(self.module, "QUICK", {}) if quick else {})))


def benchmarks(only: Sequence[str] = ()) -> list[Benchmark]:
    """The benchmarks of this folder, or those whose names are given. Raises SystemExit for a name that there is not."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    if unknown := sorted(set(only) - set(names)):
        raise SystemExit(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(names)}")
    return [Benchmark(name, importlib.import_module(f"bench_{name}")) for name in only or names]


def machine() -> dict[str, Any]:
    """Where the figures were measured."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def table(benchmark: Benchmark, rows: Sequence[Any], seconds: float) -> Table:
    """The rows as a table; the first column names what was measured."""
    caption = f"{benchmark.target}; " if benchmark.target else ""
    shown = Table(
        title=benchmark.title,
        caption=f"{caption}measured in {seconds:.0f} s",
        title_justify="left",
        caption_justify="left",
    )
    for number, column in enumerate(rows[0]._fields if rows else ("nothing was measured",)):
        shown.add_column(column.replace("_", " "), justify="left" if number == 0 else "right")
    for row in rows:
        shown.add_row(*map(figure, row))
    return shown


def figure(value: Any) -> str:
    """A value as it stands in a table: three digits that mean something, and a dash for what does not apply."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 0.1 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def document(measured: Iterable[tuple[Benchmark, Sequence[Any], float]]) -> dict[str, Any]:
    """All of it, for a program."""
    return {
        "format": 1,
        "machine": machine(),
        "benchmarks": [
            {
                "name": benchmark.name,
                "title": benchmark.title,
                "target": benchmark.target,
                "seconds": round(seconds, 3),
                "rows": [row._asdict() for row in rows],
            }
            for benchmark, rows, seconds in measured
        ],
    }


def main() -> None:
    """Measure, and print the tables as they come."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether they run, not how fast jcad is")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    given = parser.parse_args()
    chosen = benchmarks(given.only)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(width=None if sys.stdout.isatty() else 140)  # a file has room for every column
    progress = Console(stderr=True)
    told = machine()
    console.print(f"{told['cores']} cores, Python {told['python']}, {told['system']}, load {told['load'][0]}")
    measured: list[tuple[Benchmark, Sequence[Any], float]] = []
    for benchmark in chosen:
        with progress.status(f"measuring {benchmark.name}"):
            begin = time.perf_counter()
            rows = benchmark.rows(quick=given.quick)
            measured.append((benchmark, rows, time.perf_counter() - begin))
        console.print(table(*measured[-1]))
        if given.json:
            given.json.write_text(json.dumps(document(measured), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.path.insert(0, str(HERE.parent / "support"))
    main()
