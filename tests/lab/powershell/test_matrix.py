"""Operators, casts and common uses on every kind of value, held against what a real engine made of them."""

from __future__ import annotations

import pytest
from recordings import cells, matrix

from jcad.lab.powershell.answers import answer

KNOWN = {"matrix concat: $r = $null: expected '!ArgumentNullException', got '!MethodCountCouldNotFindBest'"}
"""The cells that do not agree; docs/witness.md says why."""

PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_every_value_gives_what_a_real_engine_gave(part):
    counts, wrong = cells(answer, matrix()["cases"][part::PARTS])
    assert set(wrong) <= KNOWN
    assert counts["refused"] == 0
    assert counts["agrees"] > 8000
