"""Windows PowerShell 5.1 and PowerShell 7: where they differ, the edition decides."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.errors import LabError
from jcad.lab.powershell.answers import answer, read_corpus
from jcad.lab.powershell.binding import cmdlet_table
from jcad.lab.powershell.cmdlets import facts
from jcad.lab.powershell.command import CommandInfo
from jcad.lab.powershell.editions import CORE, DESKTOP, SINCE_SIX

SEVEN_ONLY = {
    "$null ?? 1": "??",
    "$a ??= 1": "??=",
    "(1 -eq 1) ? 'a' : 'b'": "?",
    "${a}?.Length": "?.",
    "${a}?[0]": "?[",
    "'a' && 'b'": "&&",
    "'a' || 'b'": "||",
    "if (1) { 'a' && 'b' }": "&&",
    "$x = (1 ?? 2)": "??",
    "'a' &": "&",
    "'a'\n| Out-Null": "|",
}


def told(script: str, edition: str):
    """What a script puts out, and the ids of its errors."""
    given = answer(script, edition)
    assert "output" in given, given
    values = [value.get("v", value.get("t")) for value in given["output"]]
    return values, [error["fqid"] for error in given.get("errors", [])]


@pytest.mark.parametrize("script", SEVEN_ONLY)
def test_what_5_1_cannot_parse_is_refused_as_5_1_does(script):
    assert answer(script, DESKTOP)["parse_errors"]


@pytest.mark.parametrize("script", SEVEN_ONLY)
def test_the_syntax_of_7_is_declined_by_name_as_7(script):
    assert f"the operator {SEVEN_ONLY[script]} " in answer(script, CORE)["refused"]


@pytest.mark.parametrize(
    "script", ["1u", "5uy", "0b101", "3n", "function f { clean { 1 } }", "function f { end { } clean { } }"]
)
def test_literals_and_blocks_of_7_are_declined_as_7_and_something_else_as_5_1(script):
    assert "refused" in answer(script, CORE)
    assert "refused" not in answer(script, DESKTOP)


def test_escapes_of_7_are_letters_in_5_1():
    assert told('"`e`u{41}"', CORE) == (["\x1bA"], [])
    assert told('"`e`u{41}"', DESKTOP) == (["eu{41}"], [])


@pytest.mark.parametrize(
    ("script", "seven", "five"),
    [
        ("@(ConvertFrom-Json '[1,2]' | ForEach-Object { 1 }).Count", "2", "1"),
        ("(ConvertFrom-Json '{\"a\":1}').a.GetType().Name", "Int64", "Int32"),
        ("(ConvertFrom-Json '{\"a\":\"2026-01-01T00:00:00Z\"}').a.GetType().Name", "DateTime", "String"),
        ("ConvertTo-Json \"<&>'\" -Compress", "\"<&>'\"", '"\\u003c\\u0026\\u003e\\u0027"'),
        ("ConvertTo-Json @{ a = @(1) }", '{\n  "a": [\n    1\n  ]\n}', '{\r\n    "a":  [\r\n              1\r\n          ]\r\n}'),
        ("ConvertTo-Json @{}", "{}", "{\r\n\r\n}"),
        ('"$(0.1 + 0.2)"', "0.30000000000000004", "0.3"),
        ('"$(1 / 3)"', "0.3333333333333333", "0.333333333333333"),
        ('"$([double]::PositiveInfinity)"', "Infinity", "Infinity"),
        ("(0.1 + 0.2).ToString('R')", "0.30000000000000004", "0.30000000000000004"),
        ("ConvertTo-Json (0.1 + 0.2)", "0.30000000000000004", "0.30000000000000004"),
        ('"$([pscustomobject]@{ a = 1; b = 2 } | Select-Object -ExcludeProperty a)"', "@{b=2}", "@{a=1; b=2}"),
        ("$PSVersionTable.PSVersion.Major", "7", "5"),
        ("$PSVersionTable.PSEdition", "Core", "Desktop"),
        ("$PSVersionTable.PSCompatibleVersions.Count", "8", "6"),
        ("$PSVersionTable.ContainsKey('CLRVersion')", False, True),
        ("$PSVersionTable.ContainsKey('Platform')", True, False),
        ("$null -eq $IsWindows", False, True),
    ],
)  # fmt: skip
def test_an_answer_follows_the_edition(script, seven, five):
    assert told(script, CORE) == ([seven], [])
    assert told(script, DESKTOP) == ([five], [])


def test_a_json_text_that_is_cut_off_is_told_by_7_alone():
    script = "ConvertTo-Json @{ a = @{ b = @{ c = @{ d = 1 } } } }"
    assert answer(script, CORE)["warnings"]
    assert "warnings" not in answer(script, DESKTOP)


def test_a_range_of_characters_is_an_error_in_5_1():
    assert told("'a'..'c'", CORE) == (["a", "b", "c"], [])
    assert told("'a'..'c'", DESKTOP) == ([], ["InvalidCastFromStringToInteger"])


@pytest.mark.parametrize("cmdlet", sorted(SINCE_SIX))
def test_parameters_of_7_are_unknown_in_5_1(cmdlet):
    """And every one that is listed is a parameter of the recorded engine."""
    names = SINCE_SIX[cmdlet].split()
    assert set(names) <= set(facts()[cmdlet]["parameters"])
    info = CommandInfo.from_facts(cmdlet, facts()[cmdlet])
    assert {cmdlet_table(info, CORE).by_name[name.lower()].name for name in names} == set(names)
    assert not {name.lower() for name in names} & set(cmdlet_table(info, DESKTOP).by_name)


def test_a_parameter_of_7_does_not_bind_in_5_1():
    assert told("ConvertFrom-Json '{}' -AsHashtable", DESKTOP)[1] == [
        "NamedParameterNotFound,Microsoft.PowerShell.Commands.ConvertFromJsonCommand"
    ]


def test_a_cmdlet_of_7_is_unknown_in_5_1():
    assert told("Join-String", DESKTOP) == ([], ["CommandNotFoundException"])
    assert answer("Join-String", CORE) == {"refused": "Join-String"}


def test_text_that_a_script_makes_is_parsed_by_its_own_edition():
    for script in ("Invoke-Expression '1 ?? 2'", "[scriptblock]::Create('1 ?? 2')"):
        assert "refused" in answer(script, CORE)
        assert answer(script, DESKTOP).get("errors") or answer(script, DESKTOP).get("terminating")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": "a"}', '{"id": 1, "script": "1"}', '"x"', "{}", "[" * 5000, "\udcff"]
)
def test_a_broken_line_of_a_corpus_is_named_by_its_number(line):
    lines = ['{"id": "a", "script": "1"}\n', "\n", line + "\n"]
    corpus = read_corpus(lines)
    assert next(corpus) == ("a", "1")
    with pytest.raises(LabError, match=r"^Line 3 of the corpus"):
        next(corpus)


@given(st.lists(st.text(max_size=30), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_lines_are_a_corpus_or_named(lines):
    with contextlib.suppress(LabError):
        assert all(isinstance(script, str) for _, script in read_corpus(lines))
