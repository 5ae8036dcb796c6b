"""Recorded sessions played to the endpoint: as many messages agree with a real server's as agreed before, in each area."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from psrp_recordings import recorded, verdict

from jcad.errors import LabError
from jcad.lab.endpoint.recorded import answer, answers

REACHED = {
    "session": 17, "state": 19, "prim": 49, "coll": 30, "obj": 47, "error": 58, "stream": 24, "param": 34, "host": 32,
}  # fmt: skip
"""How many sessions of each area agree; a change that makes it fewer has broken something."""


def area(record):
    return record["id"].partition(".")[0]


@pytest.fixture(scope="module")
def found():
    return {record["id"]: verdict(record, answer(record)) for record in recorded()}


@pytest.mark.parametrize("name", REACHED)
def test_no_area_agrees_less_than_it_did(found, name):
    of_area = {record["id"]: found[record["id"]] for record in recorded() if area(record) == name}
    odd = {identity: said for identity, said in of_area.items() if said != "agrees"}
    assert len(of_area) - len(odd) >= REACHED[name], odd


def test_what_disagrees_stands_in_the_docs_with_its_reason(found):
    page = (Path(__file__).parents[3] / "docs" / "psrp-agreement.md").read_text("utf-8")
    odd = [identity for identity, said in found.items() if said != "agrees"]
    assert [identity for identity in odd if f"`{identity}`" not in page] == []


def test_no_session_is_lost():
    assert sum(Counter(map(area, recorded())).values()) == 317


def test_a_session_in_other_words_is_answered_in_those_words():
    """The rule is what passes: another text, another pipeline."""
    said = answer({"id": "x", "script": "Write-Warning 'another'; 'text'; throw 'of this test'"})["server"]
    assert [each["type"] for each in said] == ["WARNING_RECORD", "PIPELINE_OUTPUT", "PIPELINE_STATE"]
    assert ">another<" in said[0]["data"]
    assert said[1]["data"] == "<S>text</S>"
    assert "throw &#39;of this test&#39;" in said[2]["data"] or "throw 'of this test'" in said[2]["data"]


def test_a_line_that_is_no_record_is_named_by_its_number():
    lines = [json.dumps({"id": "a", "script": "1"}), "{broken"]
    with pytest.raises(LabError, match="Line 2"):
        list(answers(lines))


def test_a_session_without_anything_to_play_is_refused_by_name():
    assert "without a script" in answer({"id": "x"})["refused"]


def test_only_what_a_client_wants_remembered_is_in_the_history():
    remembered = answer({"id": "x", "scripts": ["'one'", "(Get-History).CommandLine"], "history": True})["server"]
    assert remembered[2]["data"] == "<S>'one'</S>" or remembered[2]["data"] == "<S>&#39;one&#39;</S>"
    forgotten = answer({"id": "x", "scripts": ["'one'", "(Get-History).CommandLine"]})["server"]
    assert [each["data"] for each in forgotten[2:-1]] == [""]
