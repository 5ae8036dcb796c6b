"""A call site is bound by a plan that its first binding found, and some pipelines without binding: nothing else changes.

Each script runs the same call several times, and something that the plan rests on is another thing the second time.
"""

from __future__ import annotations

import gc

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.editions import DESKTOP
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.syntax import parse_script
from jcad.lab.powershell.values import NetException


def output(script):
    """What a script puts out; texts of errors among it."""
    recorder = Recorder()
    outcome = Engine(edition=DESKTOP).run_script(script, recorder)
    assert outcome.terminated is None, outcome.terminated
    return recorder.values


TWICE = {
    "the function is another one": (
        'function f($x, $y) { "$x-$y" }; foreach ($n in 1, 2) { if ($n -eq 2) { function f($y, $x) { "$x-$y" } }; f 1 2 }',
        ["1-2", "2-1"],
    ),
    "the name is an alias by then": (
        'function f($a) { "f$a" }; function g($a) { "g$a" }; foreach ($n in 1, 2) { if ($n -eq 2) { Set-Alias f g }; f $n }',
        ["f1", "g2"],
    ),
    "a cmdlet is hidden by a function": (
        "foreach ($n in 1, 2) { if ($n -eq 2) { function Where-Object { 'mine' } }; 1, 2 | Where-Object { $_ -gt 1 } }",
        [2, "mine"],
    ),
    "an alias leads elsewhere by then": (
        "function g { 'mine' }; foreach ($n in 1, 2) { if ($n -eq 2) { Set-Alias % g }; 1 | % { $_ + 1 } }",
        [2, "mine"],
    ),
    "a default concerns it": (
        (
            'function f { [CmdletBinding()] param($a, $b) "$a$b" }\n'
            "foreach ($n in 1, 2) { if ($n -eq 2) { $PSDefaultParameterValues = @{ 'f:b' = 'B' } }; f -a A }"
        ),
        ["A", "AB"],
    ),
    "a default concerns a block": (
        (
            "foreach ($n in 1, 2) { if ($n -eq 2) { $PSDefaultParameterValues = @{ 'ForEach-Object:End' = { 'end' } } }\n"
            "1 | ForEach-Object { $_ } }"
        ),
        [1, 1, "end"],
    ),
    "another parameter takes the value": (
        (
            "function f { [CmdletBinding()] param([Parameter(ParameterSetName = 'i', Position = 0)] [int] $i,"
            " [Parameter(ParameterSetName = 's', Position = 0)] [scriptblock] $s) $PSCmdlet.ParameterSetName }\n"
            "foreach ($v in 1, { 2 }, 3) { f $v }"
        ),
        ["i", "s", "i"],
    ),
    "the value is a block for each object": (
        (
            "function f { param([Parameter(ValueFromPipeline)] $x, [Parameter(ValueFromPipelineByPropertyName)] [string] $n)"
            " process { $n } }\nforeach ($v in 'fixed', { $_.a }) { [pscustomobject]@{ a = 'own' } | f -n $v }"
        ),
        ["fixed", "own"],
    ),
    "a value is converted, checked or refused each time": (
        (
            "function f([ValidateRange(1, 5)] [int] $x) { $x + 1 }\n"
            "foreach ($v in 1, '2', 9) { try { f $v } catch { $_.FullyQualifiedErrorId } }"
        ),
        [2, 3, "ParameterArgumentValidationError,f"],
    ),
    "an empty text is refused where one is due": (
        (
            "function f { param([Parameter(Mandatory)] [string] $x) $x }\n"
            "foreach ($v in 'a', '', 'b') { try { f $v } catch { $_.FullyQualifiedErrorId } }"
        ),
        ["a", "ParameterArgumentValidationErrorEmptyStringNotAllowed,f", "b"],
    ),
    "nothing at all is $null": (
        "function f { param($x) $null -eq $x }; foreach ($v in 1, 2) { f $(if ($v -eq 1) { 1 }) }",
        [False, True],
    ),
    "what is left over is one value or several": (
        "foreach ($v in 1, @(1, 2)) { Write-Output $v; (Write-Output $v c).Count }",
        [1, 2, 1, 2, 2],
    ),
    "what stands behind a double dash": (
        "function f($x) { $x; $args }; foreach ($v in 1, 2) { Write-Output -- $v -x; f -- -x $v }",
        [1, "-x", "-x", 1, 2, "-x", "-x", 2],
    ),
    "another parameter takes what is piped in": (
        (
            "function f { [CmdletBinding()] param([Parameter(Position = 0)] [int] $i, [Parameter(Position = 0,"
            " ParameterSetName = 's')] [string] $s, [Parameter(ValueFromPipeline)] $p) process { \"$i $s $p\" } }\n"
            "foreach ($v in 1, 'a', 2) { 7, 8 | f $v }"
        ),
        ["1  7", "1  8", "0 a 7", "0 a 8", "2  7", "2  8"],
    ),
    "a switch": (
        'function f([switch] $s, [switch] $t) { "$s $t" }; foreach ($v in $true, $false) { f -s -t:$v }',
        ["True True", "True False"],
    ),
    "a literal number for a text": (
        "function f { param([string] $x) $x }; foreach ($n in 1, 2) { f 010 }",
        ["010", "010"],
    ),
}


@pytest.mark.parametrize(("script", "expected"), TWICE.values(), ids=TWICE)
def test_a_call_that_is_made_again_is_bound_as_if_it_were_the_first(script, expected):
    assert output(script) == expected


BLOCKS = {
    "break leaves the loop around": (
        "foreach ($n in 1, 2) { $n; 1, 2 | ForEach-Object { break } }; 'after'",
        [1, "after"],
    ),
    "return leaves the block alone": ("1, 2 | ForEach-Object { if ($_ -eq 1) { return }; $_ }", [2]),
    "a variable is the caller's own": ("$s = 0; 1, 2 | ForEach-Object { $s += $_ }; $s", [3]),
    "$_ is back afterwards": ("$_ = 'outer'; 1 | ForEach-Object { $_ }; $_", [1, "outer"]),
    "blocks within blocks": (
        "1, 2 | ForEach-Object { $o = $_; 10, 20 | Where-Object { $_ -gt 10 } | ForEach-Object { $o + $_ } }",
        [21, 22],
    ),
    "an object that is a list of nothing": (
        "@() | ForEach-Object { 'never' }; $null | ForEach-Object { 'once' }",
        ["once"],
    ),
    "what a block puts out is true or not": ("1, 2, 3 | Where-Object { if ($_ -eq 2) { 0, 0 } }", [2]),
    "an error in a block is the pipeline's": (
        "try { 1 | Where-Object { throw 'x' } | ForEach-Object { 'never' } } catch { \"caught $_\" }",
        ["caught x"],
    ),
    "no block before catches it": (
        "try { 1 | ForEach-Object { try { $_ } catch { 'wrong' } } | ForEach-Object { throw 'x' } } catch { \"caught $_\" }",
        ["caught x"],
    ),
    "$? says that it went well": (
        "1 | ForEach-Object { $_ } | Out-Null; $?; 1 | Where-Object { $false }; $?",
        [True, True],
    ),
}


@pytest.mark.parametrize(("script", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_that_is_run_without_binding_behaves_as_one_that_is_bound(script, expected):
    """The same with -Process and -FilterScript, which are bound."""
    assert output(script) == expected
    bound = script.replace("ForEach-Object {", "ForEach-Object -Process {").replace(
        "Where-Object {", "Where-Object -FilterScript {"
    )
    assert output(bound) == expected


def test_an_error_in_a_block_bears_the_same_marks_either_way():
    def marks(script):
        recorder = Recorder()
        Engine(edition=DESKTOP).run_script(script, recorder)
        (error,) = recorder.errors
        return error.fqid, error.category, error.exception.type_name, error.stack_trace.count("\n")

    assert marks("1 | ForEach-Object { [int]'x' }") == marks("1 | ForEach-Object -Process { [int]'x' }")
    assert marks("1 | Where-Object { 1 / 0 }") == marks("1 | Where-Object -FilterScript { 1 / 0 }")


def test_a_call_leaves_nothing_for_the_collector():
    """Memory is given back when a command ends, not when Python looks for rings."""
    script = """
        function f { [CmdletBinding()] param([Parameter(Mandatory)] [object] $x) $h = @{ a = $x }; @($h.a) | Where-Object { $_ } }
        foreach ($n in 1..300) { $x = f -x $n; $y = 1, 2 | Sort-Object -Descending; $z = ConvertTo-Json -InputObject $x }
    """
    engine, recorder = Engine(edition=DESKTOP), Recorder()
    engine.run_script(script.replace("300", "1"), recorder)
    gc.collect()
    gc.disable()
    try:
        engine.run_script(script, recorder)
        assert gc.collect() < 2000  # the closures of the two scripts; a ring a call would be ten times as many
    finally:
        gc.enable()


def test_what_a_function_kept_of_its_call_is_of_use_after_it():
    assert output(
        "function f([int] $a) { { $a; $PSBoundParameters.Count }.GetNewClosure(); [ref] $a; $MyInvocation }\n"
        "$block, $ref, $call = f 3; & $block; $ref.Value = '7'; $ref.Value; $call.MyCommand.Name"
    ) == [3, 0, 7, "f"]


def test_the_tree_of_a_script_that_was_parsed_before_is_the_same_one():
    assert parse_script("'kept'") is parse_script("'kept'")
    assert parse_script("'kept'") is not parse_script("'kept'", seven=True)
    long = "#" * 40_000
    assert parse_script(long) is not parse_script(long)


def test_texts_are_sorted_as_their_comparison_has_them():
    """By keys where all are texts, one by one where an object is among them."""
    words = "'b', 'B', 'a', 'A', 'ä', 'a-b', 'ab', '_x', '10', '9', 'b', ''"
    for switches in ("", "-Descending", "-Unique", "-Unique -Descending", "-CaseSensitive", "-CaseSensitive -Unique"):
        slow = output(f"{words} | Sort-Object {{ $_ }} {switches}")
        assert output(f"{words} | Sort-Object {switches}") == slow


def test_a_refusal_in_a_block_is_a_refusal():
    with pytest.raises(LabUnsupported, match="Export-Clixml"):
        output("1 | ForEach-Object { Export-Clixml x }")


def test_every_exception_is_of_its_own_type_though_a_class_s_is_remembered():
    names = ["System.ArgumentException", "System.TimeoutException"]
    assert output(f"[{names[0]}]::new('a').GetType().FullName; [{names[1]}]::new('b').GetType().FullName") == names
    assert isinstance(output("[System.Exception]::new('x')")[0], NetException)
