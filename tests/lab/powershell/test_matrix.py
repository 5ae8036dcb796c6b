"""Operators and casts on every kind of value, held against a selection of what a real engine made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jcad.lab.powershell.answers import answer

MATRIX = json.loads(Path(__file__).with_name("matrix.json").read_text("utf-8"))


def script(case):
    """The script of one case: one text for each value."""
    chosen = [value for index, value in enumerate(MATRIX["values"]) if index not in case.get("skip", [])]
    rows = "\n".join("    @{ v = " + value + " }" for value in chosen)
    expression = "& { " + case["expression"] + " }" if case["scope"] == "block" else case["expression"]
    return (
        f"{MATRIX['preamble']}$values = @(\n{rows}\n)\n{case['setup']}\nforeach ($entry in $values) {{\n    $r = $entry.v\n"
        f"    try {{ $x = $null; $x = {expression}; D $x }} catch {{ '!' + $_.FullyQualifiedErrorId }}\n}}"
    )


@pytest.mark.parametrize("case", MATRIX["cases"], ids=lambda case: case["id"])
def test_every_value_gives_what_a_real_engine_gave(case):
    given = answer(script(case))
    assert [value["v"] for value in given["output"]] == case["results"]
