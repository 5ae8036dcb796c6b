"""Processes as /proc shows them: which are there, which are whose children, and how to end them.

Reads /proc; `end_processes` sends signals to the ids that it is given, to no other.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def all_processes() -> list[int]:
    """Give the id of every process."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208  - names only, and fast


def parent_of(pid: int) -> int | None:
    """Give the parent's id; None where the process has ended (a zombie has)."""
    fields = _stat(pid)
    return None if fields is None else int(fields[1])


def started_at(pid: int) -> int | None:
    """Give when the process started, in clock ticks since boot; None where it has ended. With its id it names it for good."""
    fields = _stat(pid)
    return None if fields is None else int(fields[19])


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat (proc(5)) behind the command's name, which may hold anything: state is the first."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields


def descendants(root: int) -> tuple[int, ...]:
    """Give the ids of all processes below this one."""
    children: dict[int, list[int]] = {}
    for pid in all_processes():
        parent = parent_of(pid)
        if parent:
            children.setdefault(parent, []).append(pid)
    found: list[int] = []
    to_do = [root]
    while to_do:
        below = children.get(to_do.pop(), [])
        found += below
        to_do += below
    return tuple(found)


def has_open_below(pid: int, folder: Path) -> bool:
    """Whether the process has a file below this folder open."""
    try:
        links = [Path(f"/proc/{pid}/fd/{each}") for each in os.listdir(f"/proc/{pid}/fd")]  # noqa: PTH208  - the same
    except OSError:
        return False
    return any(_target(link).is_relative_to(folder) for link in links)


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:
        return Path("/")


def end_processes(pids: Iterable[int], *, within: float) -> None:
    """Wait for these processes to end: first by themselves, then asked (SIGTERM), then killed; `within` seconds each."""
    left = list(pids)
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        left = _alive(left)
        for pid in left:
            if number is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        until = time.monotonic() + within
        while left and time.monotonic() < until:
            time.sleep(0.01)
            left = _alive(left)


def _alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if parent_of(pid) is not None]
