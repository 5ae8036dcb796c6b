"""What a real PowerShell engine answered (7.6.9, its own core cmdlets), and how an answer is held against it.

`recorded.jsonl.gz`: one object a line: `id`, `area`, `what`, `script`, `answer` (as `jcad.lab.powershell.answers` writes it).
`matrix.json.gz`: every operator, cast and common use on every kind of value: `preamble`, `values`, `cases`. A case evaluates
its expression with $r set to each value in turn (but those whose index is in `skip`), after its setup.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "lab" / "powershell"
_TEXT_STREAMS = ("warnings", "verbose", "debug", "information")


@cache
def recorded() -> tuple[dict[str, Any], ...]:
    """Every recorded script with its answer."""
    text = gzip.decompress((_FOLDER / "recorded.jsonl.gz").read_bytes()).decode("utf-8")
    return tuple(json.loads(line) for line in text.split("\n") if line.strip())


@cache
def matrix() -> dict[str, Any]:
    """Operators, casts and uses on every kind of value."""
    found: dict[str, Any] = json.loads(gzip.decompress((_FOLDER / "matrix.json.gz").read_bytes()))
    return found


def matrix_script(case: dict[str, Any]) -> str:
    """The script of one case: one text for each value."""
    chosen = [value for index, value in enumerate(matrix()["values"]) if index not in case.get("skip", [])]
    rows = "\n".join("    @{ v = " + value + " }" for value in chosen)
    expression = "& { " + case["expression"] + " }" if case["scope"] == "block" else case["expression"]
    setup = case["setup"] + "\n" if case["setup"] else ""
    return (
        f"{matrix()['preamble']}$values = @(\n{rows}\n)\n{setup}foreach ($entry in $values) {{\n    $r = $entry.v\n"
        f"    try {{ $x = $null; $x = {expression}; D $x }} catch {{ '!' + $_.FullyQualifiedErrorId }}\n}}"
    )


def essence(answer: dict[str, Any]) -> Any:
    """What of an answer is compared: output with types, errors by id, category and exception, the other streams' texts.

    The messages of the engine's own errors are not, nor the ids of a parser's errors.
    """
    if answer.get("parse_errors"):
        return "does not parse"
    return {
        "output": json.dumps(answer.get("output") or [], sort_keys=True),
        "terminating": _error(answer.get("terminating")),
        "errors": [_error(error) for error in answer.get("errors") or []],
        **{stream: answer.get(stream) or [] for stream in _TEXT_STREAMS},
    }


def _error(error: dict[str, Any] | None) -> Any:
    return None if error is None else (error["fqid"], error["category"], error["exception"])


def verdict(expected: dict[str, Any], given: dict[str, Any]) -> str:
    """`agrees`, `refused` (by name), `crashed` or `wrong`."""
    for word in ("refused", "crashed"):
        if word in given:
            return word
    return "agrees" if essence(expected) == essence(given) else "wrong"


def verdicts(answer: Callable[[str], dict[str, Any]]) -> dict[str, str]:
    """The verdict on every recorded script, by id."""
    return {record["id"]: verdict(record["answer"], answer(record["script"])) for record in recorded()}


def cells(answer: Callable[[str], dict[str, Any]], cases: list[dict[str, Any]]) -> tuple[Counter[str], list[str]]:
    """How many cells of these cases agree, are wrong, are refused; and the wrong ones, each told in a line."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for case in cases:
        given = answer(matrix_script(case))
        if "refused" in given:
            counts["refused"] += len(case["results"])
            continue
        texts = [value.get("v") for value in given.get("output", [])]
        for value, expected, text in _aligned(case, texts):
            counts["agrees" if text == expected else "wrong"] += 1
            if text != expected:
                wrong.append(f"{case['id']}: $r = {value}: expected {expected!r}, got {text!r}")
    return counts, wrong


def _aligned(case: dict[str, Any], texts: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    values = [value for index, value in enumerate(matrix()["values"]) if index not in case.get("skip", [])]
    for index, expected in enumerate(case["results"]):
        yield values[index], expected, texts[index] if index < len(texts) else None
