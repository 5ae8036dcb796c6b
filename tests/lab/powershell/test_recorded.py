"""Scripts that a real engine answered: output, types, errors by id, category and exception, other streams."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from disguise import disguise
from recordings import recorded, verdict, verdicts

from jcad.lab.powershell.answers import answer

DECLINED = {"dotnet-085", "scenario-115"}
"""What the interpreter declines by name; docs/witness.md says why."""

AREAS = sorted({record["area"] for record in recorded()})


@pytest.fixture(scope="module")
def found():
    return verdicts(answer)


@pytest.mark.parametrize("area", AREAS)
def test_a_script_is_answered_as_a_real_engine_did(found, area):
    """Every one of them, but for those that are declined by name: nothing is answered wrongly."""
    of_area = [record for record in recorded() if record["area"] == area]
    odd = {record["id"]: found[record["id"]] for record in of_area if found[record["id"]] != "agrees"}
    assert odd == {identity: "refused" for identity in DECLINED if identity.startswith(area)}


def test_what_is_declined_stands_in_the_docs_with_its_reason():
    page = (Path(__file__).parents[3] / "docs" / "witness.md").read_text("utf-8")
    assert all(f"| `{identity}` |" in page for identity in DECLINED)


def test_no_script_is_lost():
    """1,242 short scripts and 94 scenarios, whatever happens to the file."""
    kinds = Counter(record["area"] == "scenario" for record in recorded())
    assert kinds == {False: 1242, True: 94}


@cache
def dressed():
    """The recorded scripts that parse, each with itself in another dress."""
    return [
        (record, disguise(record["script"], record["answer"]))
        for record in recorded()
        if not record["answer"].get("parse_errors")
    ]


@pytest.mark.parametrize("area", AREAS)
def test_a_script_in_another_dress_is_answered_alike(area):
    """Variables renamed, texts and spellings changed: what passes is a rule, and not the memory of a script."""
    odd = {}
    for record, other in dressed():
        if record["area"] == area and record["id"] not in DECLINED:
            outcome = verdict(other.answer, answer(other.script))
            if outcome != "agrees":
                odd[record["id"]] = (outcome, other.script)
    assert odd == {}


def test_nine_scripts_of_ten_have_another_dress():
    changed = sum(other.script != record["script"] for record, other in dressed())
    assert changed >= 1200


def test_a_disguise_changes_names_texts_and_spellings_alike_in_script_and_answer():
    script = "$user = @{ Mail = 'berta' }\n$user.Mail, 12, \"$user\".Length"
    given = disguise(script, {"output": [{"t": "System.String", "v": "berta"}, {"t": "System.Int32", "v": "12"}]})
    assert given.script == '$bzly = @{ Mail = "cfsub" }\n$bzly.Mail, 0xC, "$bzly".Length'
    assert given.answer["output"] == [{"t": "System.String", "v": "cfsub"}, {"t": "System.Int32", "v": "12"}]


def test_a_disguise_leaves_alone_what_can_be_told_apart():
    """Parameters given by name, automatic variables, texts that are looked into, arguments' spelling."""
    script = "function f { param($Size) $Size }\nf -Si 12\n'beta'.ToUpper()\n1, 2 | ForEach-Object { $_ }"
    answered = {"output": [{"t": "System.String", "v": "BETA"}]}
    assert disguise(script, answered).script == (
        'function f { param($Size) $Size }\nf -Si 12\n"beta".ToUpper()\n0x1, 0x2 | ForEach-Object { $_ }'
    )
