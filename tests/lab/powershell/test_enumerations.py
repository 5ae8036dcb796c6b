"""The keyword enum: types of a script's own, which live in its runspace."""

from __future__ import annotations

import pytest

from jcad.lab.powershell.answers import Recorder, answer
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.syntax import ParseError, parse_script


def output(script):
    given = answer(script)
    assert "output" in given, given
    assert not given.get("errors"), given["errors"]
    return [value.get("v", value.get("s")) for value in given["output"]]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("enum Shade { Dark; Light = 7\n Bright }; [int][Shade]::Bright", ["8"]),
        ("enum Shade { Dark; Light }; [Shade]'light' -eq [Shade]::Light", [True]),
        ("enum Shade { Dark; Light }; [Shade]::Dark -eq 'dark'", [True]),
        ("enum Shade { Dark; Light }; [Enum]::GetNames([Shade]) -join ','", ["Dark,Light"]),
        ("[Flags()] enum Right { Read = 1; Write = 2; All = 0x3 }; \"$([Right]'Read, Write')\"", ["All"]),
        ('enum Shade { Dark; Light }; function f([Shade] $s) { "$s" }; f 1', ["Light"]),
        ("enum Shade { Dark; Light }; ([Shade[]]('Dark', 'Light')).Count", ["2"]),
        ("enum Less { Low = -1; None }; [int][Less]::None", ["0"]),
        ('function enum { "called $args" }; enum -x', ["called -x"]),
    ],
)
def test_enumerations_do_what_powershells_do(script, expected):
    assert [each if isinstance(each, bool) else str(each) for each in output(script)] == expected


def test_a_value_that_is_none_is_an_error_that_names_those_that_are():
    (error,) = answer("enum Shade { Dark; Light }; [Shade]'Pale'")["errors"]
    assert "Dark, Light" in error["message"]


def test_a_type_of_one_runspace_is_not_known_to_another():
    one, other = Engine(), Engine()
    one.run_script("enum OfOne { A }", Recorder())
    here, there = Recorder(), Recorder()
    one.run_script("[OfOne]::A.ToString()", here)
    other.run_script("[OfOne]::A", there)
    assert here.values == ["A"]
    assert not there.values


@pytest.mark.parametrize(
    "script", ["enum { A }", "enum X { A", "enum X A", "enum X { A; a }", "enum X { 1 }", "enum X { A B }"]
)
def test_what_is_no_enumeration_is_refused_by_the_parser(script):
    with pytest.raises(ParseError):
        parse_script(script)


def test_what_the_lab_cannot_count_is_refused_by_name():
    assert "enum" in answer("enum X { A = [int]::MaxValue }")["refused"]
