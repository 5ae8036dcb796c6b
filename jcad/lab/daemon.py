"""A lab in the background: the process itself, and how to start it, stop it and clear up after one that crashed.

`python -m jcad.lab.daemon FOLDER OPTIONS` is the process; it says on standard output its id, and in one line of JSON whether
the lab is up.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from jcad.errors import JcadError, LabError
from jcad.garbage import collect_rarely
from jcad.lab.domain.samba import clean_up
from jcad.lab.domain.shortcut import remove_shortcuts_to
from jcad.lab.lab import MARKER, Lab
from jcad.lab.processes import descendants, end_processes
from jcad.lab.seed import make_seed
from jcad.lab.settings import write_settings
from jcad.lab.state import LabOptions, LabState, read_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.seed import Seed

_UP_WITHIN: Final = 600.0  # a seed of tens of thousands of people takes minutes
_DOWN_WITHIN: Final = 20.0


def up(folder: Path, options: LabOptions) -> LabState:
    """Start a lab in the background; what it says about itself. Raises `LabError` where one is up there already."""
    state = read_state(folder)
    if state is not None and state.alive:
        raise LabError(
            f"A lab is up in {folder} already, as process {state.pid}.",
            hint="jcad lab status shows it, jcad lab reset fills it anew, jcad lab down stops it",
        )
    clear(folder)
    with subprocess.Popen(
        [sys.executable, "-m", "jcad.lab.daemon", str(folder), json.dumps(asdict(options))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as starter:
        assert starter.stdout is not None  # noqa: S101  - it is a pipe
        _wait_until_up(starter.stdout)
    started = read_state(folder)
    if started is None:
        raise LabError(f"The lab said that it is up, but there is no state file in {folder}.")
    return started


def _wait_until_up(said: IO[bytes]) -> None:
    """Read the lab's process id, and then whether it is up. Where that is never said the process is told to end."""
    pid = json.loads(said.readline() or b"0")
    try:
        readable, _, _ = select.select([said], [], [], _UP_WITHIN)
        line = said.readline() if readable else b""
        if not line:
            raise LabError(
                "The lab's process ended without a word."
                if readable
                else f"The lab was not up within {_UP_WITHIN:g} s.",
                hint="jcad lab up --foreground shows what it says",
            )
    except BaseException:
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        raise
    result = json.loads(line)
    if "error" in result:
        raise LabError(result["error"], hint=result["hint"])


def down(folder: Path) -> bool:
    """Stop the lab of this folder and remove every trace, also of one that crashed; whether there was anything."""
    there = folder.exists()
    state = read_state(folder)
    if state is not None and state.alive:
        family = descendants(state.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGTERM)
        end_processes([state.pid, *family], within=_DOWN_WITHIN)
    clear(folder)
    return there


def clear(folder: Path) -> None:
    """Remove what a crashed lab left: its processes and its folder. Raises `LabError` where the folder is no lab's."""
    if not folder.exists():
        return
    folder = folder.resolve()
    if not (folder / MARKER).exists():
        if any(folder.iterdir()):
            raise LabError(
                f"The folder {folder} holds files, and no lab made them: it is left as it is.",
                hint="name another folder with --folder",
            )
    else:
        clean_up(folder)
        remove_shortcuts_to(folder)
    shutil.rmtree(folder)


def serve(folder: Path, options: LabOptions, ready: Callable[[LabState], None]) -> None:
    """Run a lab in this process until it is told to end (SIGTERM, SIGINT). `ready` is called once it is up."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Lab.start(
            folder,
            seed=_seed(options),
            controllers=options.controllers,
            members=options.members,
            fresh=options.fresh,
            edition=options.edition,
        ) as lab:
            write_settings(lab, bare=options.bare)
            state = LabState.of(lab, options)
            state.write()
            ready(state)
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seed(options: LabOptions) -> Seed:
    try:
        return make_seed(people=options.people, existing=options.existing, bare=options.bare)
    except ValueError as error:
        raise LabError(f"There is no seed of that size: {error}") from error


def main() -> int:
    """Be the lab's process: a grandchild of the command that starts it, and so nobody's to wait for."""
    folder, options = Path(sys.argv[1]), LabOptions(**json.loads(sys.argv[2]))
    pid = os.fork()
    if pid:
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        return 0
    collect_rarely()
    try:
        serve(folder, options, lambda state: _say_last({"ready": state.pid}))
    except (JcadError, OSError, subprocess.SubprocessError) as error:
        _say_last({"error": str(error), "hint": getattr(error, "hint", None)})
        return 1
    return 0


def _say_last(what: dict[str, Any]) -> None:
    """Say it to whoever started this process, and let go of the streams that it may be waiting on."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main())
