"""What the tests of the scripts share."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True, scope="module")
def _room_for_the_interpreter():
    """It raises the recursion limit when it runs, which Hypothesis takes for an accident of the test."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)
