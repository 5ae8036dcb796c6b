"""Rules of the language that scripts stumble over: scopes, errors, loops, streams."""

from __future__ import annotations

import pytest

from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.engine import Engine


def run(script):
    sink = Recorder()
    return sink, Engine().run_script(script, sink)


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ("$x = 1; & { $x = 2 }; $x; . { $x = 3 }; $x", [1, 3]),
        ("function Outer { $v = 'outer'; Inner }; function Inner { $v }; Outer", ["outer"]),
        ("$n = 1; $b = { $n }.GetNewClosure(); $n = 2; & $b", [1]),
        ('function Outer { $private:p = 1; Inner }; function Inner { "[$p]" }; Outer', ["[]"]),
        ("function F { [Alias('ff')] param() 'aliased' }; ff", ["aliased"]),
        ("$function:F = 'param($x) \"f $x\"'; F 5", ["f 5"]),
        (":outer foreach ($i in 1..3) { foreach ($j in 1..3) { if ($j -eq 2) { continue outer }; $i } }", [1, 2, 3]),
        ("function F { break }; foreach ($i in 1..3) { $i; F }; 'end'", [1, "end"]),
        ('foreach ($i in 1..2) { try { continue } finally { "f$i" } }', ["f1", "f2"]),
        ("$r = switch (1, 2) { 1 { 'one' } default { \"d$_\" } }; $r", ["one", "d2"]),
        ("$a = $b = 5; $a + $b; ($c = 3); $d, $e = 1, 2; $e", [10, 3, 2]),
        ("$i = 1; $i++; ($i++); @($i++).Count; $i", [2, 1, 4]),
        ("'a', 'b' | ForEach-Object { 'begin' } { $_ } { 'end' }", ["begin", "a", "b", "end"]),
        (
            "function A { begin { 'A-b' } process { $_ } }; function B { begin { 'B-b' } process { \"B$_\" } }; 1 | A | B",
            ["B-b", "BA-b", "B1"],
        ),
        ("1..9 | Select-Object -First 2; 'on'", [1, 2, "on"]),
        ("'x' | ForEach-Object { try { throw 'e' } catch { \"$_\" }; $_ }", ["e", "x"]),
    ],
)  # fmt: skip
def test_a_script_does_as_powershell(script, values):
    sink, outcome = run(script)
    assert outcome.terminated is None
    assert sink.errors == []
    assert sink.values == values


@pytest.mark.parametrize(
    ("loop", "change"),
    [("$l", "[void]$l.Add(1)"), ("$h.Keys", "$h[$_k] = 5"), ("$h.Keys", "$h.Remove($_k)")],
)
def test_a_collection_that_changes_under_its_loop_is_an_error(loop, change):
    made = "$l = [System.Collections.ArrayList]@(1, 2); $h = @{ a = 1; b = 2 }"
    script = f"{made}; try {{ foreach ($_k in {loop}) {{ {change} }} }} catch {{ $_.FullyQualifiedErrorId }}"
    sink, _ = run(script)
    assert sink.values == ["BadEnumeration"]


def test_a_statement_terminating_error_lets_the_script_go_on():
    sink, outcome = run("1/0; 'on'")
    assert sink.values == ["on"]
    assert [error.fqid for error in sink.errors] == ["RuntimeException"]
    assert outcome.terminated is None


def test_throw_ends_the_script():
    sink, outcome = run("'a'; throw 'b'; 'c'")
    assert sink.values == ["a"]
    assert outcome.terminated.fqid == "b"


def test_a_stop_preference_ends_the_script_at_a_non_terminating_error():
    sink, outcome = run("$ErrorActionPreference = 'Stop'; Write-Error 'x'; 'on'")
    assert sink.values == []
    assert outcome.terminated.message == "x"


def test_a_terminating_error_of_an_advanced_function_ends_the_callers_statement_only():
    """`$PSCmdlet.ThrowTerminatingError` leaves the function even through its own catch."""
    record = (
        "[System.Management.Automation.ErrorRecord]::new([System.Exception]::new('m'), 'Id', 'NotSpecified', $null)"
    )
    body = f"[CmdletBinding()] param() try {{ $PSCmdlet.ThrowTerminatingError({record}) }} catch {{ 'own catch' }}; 'after'"
    sink, outcome = run(f"function F {{ {body} }}; F; 'on'")
    assert sink.values == ["on"]
    assert [error.fqid for error in sink.errors] == ["Id,F"]
    assert outcome.terminated is None


def test_an_engine_error_that_leaves_an_advanced_function_bears_its_name():
    sink, _ = run("function F { [CmdletBinding()] param() $null.X() }; try { F } catch { $_.FullyQualifiedErrorId }")
    assert sink.values == ["InvokeMethodOnNull,F"]


def test_should_process_says_what_it_does_only_where_verbose_is_given():
    body = "[CmdletBinding(SupportsShouldProcess)] param() if ($PSCmdlet.ShouldProcess('t', 'act')) { 'did' }"
    sink, _ = run(f"function F {{ {body} }}; F -WhatIf; F; F -Verbose")
    assert sink.values == ["did", "did"]
    assert sink.verbose_texts == ['Performing the operation "act" on target "t".']


def test_streams_merge_in_the_order_of_writing():
    sink, _ = run(
        "& { 'o'; Write-Warning 'w'; Write-Error 'e'; Write-Information 'i' } *>&1 | ForEach-Object { $_.GetType().Name }"
    )
    assert sink.values == ["String", "WarningRecord", "ErrorRecord", "InformationRecord"]
