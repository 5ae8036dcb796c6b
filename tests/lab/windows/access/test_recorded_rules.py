"""What the real ActiveDirectorySecurity did to 480 descriptors: bytes, modified flags, exceptions, rules."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from jcad.cli import run
from jcad.lab.windows.access import ALL_PARTS, DirectorySecurity, Masks, Refusal
from jcad.lab.windows.access.answers import answer

COMPARED = ("error", "error_message", "error_at", "after", "modified", "rules_after", "returned")


@cache
def recorded():
    text = gzip.decompress((Path(__file__).parent / "recorded.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.split("\n") if line]


KINDS = sorted({case["id"].partition("-")[0] for case in recorded()})


def opened(case):
    before = case["before"]
    raw = None if before is None else bytes.fromhex(before)
    return DirectorySecurity(raw, Masks(case.get("masks", int(ALL_PARTS))))


@pytest.mark.parametrize("kind", KINDS)
def test_every_recorded_case_is_answered_as_the_class_did(kind):
    odd = {}
    for case in recorded():
        if case["id"].partition("-")[0] == kind:
            given = answer(case)
            wrong = [field for field in COMPARED if field in case and case[field] != given.get(field)]
            if wrong or ("error" in given) != ("error" in case):
                odd[case["id"]] = wrong
    assert odd == {}


def test_no_case_is_lost():
    """480 cases of which 26 throw, whatever happens to the file."""
    assert Counter("error" in case for case in recorded()) == {False: 454, True: 26}


def test_reading_alone_already_changes_the_bytes_as_it_did_there():
    for case in recorded():
        if case.get("error_at") != -1:
            security = opened(case)
            assert security.to_bytes().hex() == case.get("loaded", case["before"]), case["id"]
            assert security.is_canonical == case["canonical"], case["id"]
            assert not security.modified, case["id"]


def test_what_cannot_be_read_is_refused_with_the_class_s_exception():
    refused = [case for case in recorded() if case.get("error_at") == -1]
    assert len(refused) == 6
    for case in refused:
        with pytest.raises(Refusal) as raised:
            opened(case)
        assert (raised.value.kind, raised.value.message) == (case["error"], case["error_message"])


def test_reading_what_was_written_gives_the_recorded_bytes():
    """Three equal entries become two when they are read, and one when they are read again."""
    for case in recorded():
        if "after" in case:
            again = DirectorySecurity(bytes.fromhex(case["after"])).to_bytes().hex()
            assert again == case.get("reloaded", case["after"]), case["id"]


def test_explicit_and_inherited_rules_are_the_two_halves_of_all():
    for case in recorded():
        if "after" in case:
            security = DirectorySecurity(bytes.fromhex(case["after"]))
            every = security.rules()
            assert security.rules(inherited=False) == [rule for rule in every if not rule.is_inherited], case["id"]
            assert security.rules(explicit=False) == [rule for rule in every if rule.is_inherited], case["id"]


def test_the_command_writes_one_answer_a_line(tmp_path, capsys):
    cases = tmp_path / "cases.jsonl"
    chosen = recorded()[:3]
    cases.write_text("".join(json.dumps(case) + "\n" for case in chosen), encoding="utf-8")
    assert run(["lab", "acl", "--answers", str(cases)]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [answer(case) for case in chosen]
