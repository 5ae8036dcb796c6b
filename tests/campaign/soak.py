"""./dev soak: scenario after scenario until the time is up. Prints the seed, what is wrong, and how to repeat it."""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from engine import Engine
from scenarios import Scenario, long, short
from stage import Stage


def say(line: str) -> None:
    """Tell at once: a soak is watched while it goes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def wanted(told: argparse.Namespace) -> Iterator[Scenario]:
    """Those that were named; else the sample, then all others, then further samples by the seeds that follow."""
    if told.only:
        yield from map(Scenario.parse, told.only)
        return
    yield from short(told.seed)
    yield from long(told.seed)
    for seed in itertools.count(told.seed + 1):
        yield from short(seed)


def main() -> int:
    """Run; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", metavar="SCENARIO", help="run this one alone; may be repeated")
    told = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jcad-soak-"))
    begun = time.monotonic()
    stage = Stage(folder)
    ran, failed = 0, []
    try:
        engine = Engine(stage)
        say(f"seed {told.seed}; an undisturbed run has {dict(engine.steps)}")
        for scenario in wanted(told):
            if time.monotonic() - begun > told.minutes * 60 and not told.only:
                break
            since = time.monotonic()
            wrong = engine.run(scenario)
            ran += 1
            say(f"{'WRONG' if wrong else 'ok':5} {time.monotonic() - since:5.1f} s  {scenario}")
            for line in wrong:
                say(f"        {line}")
            if wrong:
                failed.append(scenario)
                say(f"        repeat it: ./dev soak --only {scenario}")
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)
    say(f"{ran} scenarios in {time.monotonic() - begun:.0f} s, {len(failed)} went wrong (seed {told.seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
