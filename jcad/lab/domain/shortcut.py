"""A short path to a lab's folder: the name of a Unix socket has 107 bytes at most (unix(7)), and Samba makes many.

Writes symbolic links into /run/jcad-lab, one for each lab.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

SHORTCUTS: Final = Path("/run/jcad-lab")


def make_shortcut(folder: Path, name: str) -> Path:
    """Make a short path to this folder and give it. `name` is the lab's alone: one left by a crashed lab is replaced."""
    SHORTCUTS.mkdir(mode=0o755, exist_ok=True)
    short = SHORTCUTS / name
    short.unlink(missing_ok=True)
    short.symlink_to(folder)
    return short


def remove_shortcut(short: Path) -> None:
    """Remove a short path, and the folder of short paths with the last of them."""
    short.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another lab has one
        SHORTCUTS.rmdir()


def remove_shortcuts_to(folder: Path) -> None:
    """Remove what a crashed lab left of short paths to its folder."""
    for short in SHORTCUTS.glob("*"):
        if short.is_symlink() and short.readlink() == folder:
            remove_shortcut(short)
