"""Tells Python's garbage collector what to expect: processes that load and read much, nearly all of which stays.

A look of the collector at hundreds of thousands of values takes as long as making them.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_NEW_VALUES = 50_000  # instead of 700: the libraries of one command are half a million
_YOUNGER_LOOKS = (20, 50)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing in this block, in which many values are made and none of them is garbage."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def collect_rarely() -> None:
    """Let this process make many more values between two looks."""
    gc.set_threshold(_NEW_VALUES, *_YOUNGER_LOOKS)


def collect_no_more() -> None:
    """This process ends: let the collector pass over what there is, or its last look would take a quarter of a second."""
    gc.freeze()
