"""Scripts that a real engine answered, a selection: output, types, errors by id, category and exception, other streams."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jcad.lab.powershell.answers import answer

RECORDED = [
    json.loads(line)
    for line in Path(__file__).with_name("recorded.jsonl").read_text(encoding="utf-8").split("\n")
    if line.strip()
]
STREAMS = ("warnings", "verbose", "debug", "information")


def error_essence(error):
    return None if error is None else (error["fqid"], error["category"], error["exception"])


def essence(given):
    """What of an answer is compared: messages of the engine's own errors are not."""
    if given.get("parse_errors"):
        return "refused to parse"
    return {
        "output": json.dumps(given.get("output") or [], sort_keys=True),
        "terminating": error_essence(given.get("terminating")),
        "errors": [error_essence(error) for error in given.get("errors") or []],
        **{stream: given.get(stream) or [] for stream in STREAMS},
    }


@pytest.mark.parametrize("record", RECORDED, ids=[record["id"] for record in RECORDED])
def test_a_script_is_answered_as_a_real_engine_did(record):
    given = answer(record["script"])
    assert not given.keys() & {"refused", "crashed"}, given
    assert essence(given) == essence(record["answer"]), record["what"]
