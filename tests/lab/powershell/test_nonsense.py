"""Nonsense in, PowerShell's own error or a named refusal out: never a crash, never a hang, never all of the memory."""

from __future__ import annotations

import re
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import recorded

from jcad.errors import LabUnsupported
from jcad.lab.powershell import runtime
from jcad.lab.powershell.answers import Recorder, answer, encode
from jcad.lab.powershell.editions import CORE, DESKTOP
from jcad.lab.powershell.engine import Engine, Stopped, StopToken
from jcad.lab.powershell.regex.translate import compile_pattern
from jcad.lab.powershell.regex.wildcard import BadWildcard, wildcard

SCRIPTS = [record["script"] for record in recorded()]
TOKEN = re.compile(r"[$@]?\w+|\s+|.", re.DOTALL)
TOKENS = sorted({token for script in SCRIPTS for token in TOKEN.findall(script)})
ODD = ["\0", "\ufeff", "\r", "\u2018", "\u201c", "\u2013", "\ud83d\ude00", "\u202e", "`", "\x1b", "$(", "@'", '"', "}"]

sys.setrecursionlimit(20_000)
"""As the engine sets it; Hypothesis minds a change during a test."""

PATIENCE = 3.0
"""Seconds after which a script of these tests is stopped."""


def run(script: str, edition: str = DESKTOP, seconds: float = PATIENCE):
    """The outcome and the output of a script that is stopped after so long; None where it was stopped or declined."""
    stop, recorder = StopToken(), Recorder()
    timer = threading.Timer(seconds, stop.stop)
    timer.start()
    try:
        engine = Engine(edition=edition)
        outcome = engine.run_script(script, recorder, stop=stop)
        with runtime.use(engine):
            for value in recorder.values:
                encode(value)
    except (LabUnsupported, Stopped):
        return None
    finally:
        timer.cancel()
    return outcome, recorder


@st.composite
def mutations(draw):
    """A recorded script with some of its tokens taken out, put in or changed."""
    tokens = TOKEN.findall(draw(st.sampled_from(SCRIPTS)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(tokens) - 1)))
        deed = draw(st.sampled_from(["drop", "put", "change", "odd", "again"]))
        if deed in {"drop", "change"}:
            del tokens[place : place + 1]
        if deed in {"put", "change"}:
            tokens.insert(place, draw(st.sampled_from(TOKENS)))
        elif deed == "odd":
            tokens.insert(place, draw(st.sampled_from(ODD)))
        elif deed == "again":
            tokens[place:place] = tokens[place : place + draw(st.integers(1, 8))]
    return "".join(tokens)


@given(mutations(), st.sampled_from([CORE, DESKTOP]))
@settings(max_examples=400, deadline=None)
def test_a_mutated_script_is_answered_or_declined(script, edition):
    """Whatever else comes out of the engine fails this test."""
    run(script, edition)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered_or_declined(text):
    run(text)


FOUND = {
    "a date's field twice": "[datetime]::ParseExact('07 8 2024 3', 'dd d yyyy M', $null)",
    "a record of no exception": (
        "throw [System.Management.Automation.ErrorRecord]::new([System.Exception]::('m'), 'Id', 'DeviceError', 'd')"
    ),
    "a match as an index": "$m = [regex]::Matches('a1b22', '\\d+'); $m[[guid]::Empty]",
    "a letter where there is none": "[Text.StringBuilder]::new('abc')['x'] = 'q'",
    "a type's name by a word": "(1).PSObject.TypeNames['x']",
    "a reference as an enumeration's value": "[Enum]::IsDefined([DayOfWeek], [ref] 'Monday')",
    "the last of nothing": "[Linq.Enumerable]::Last([int[]] @())",
    "a letter before the first": "'abc'.Chars(-1)",
    "a letter behind the last": "[char]::IsDigit('a', 3)",
    "no number as a whole one": "[bigint] [double]::NaN",
    "more than a decimal holds": "[decimal]::op_Addition(1e300, 1)",
    "a number that does not fit": "[decimal]::ToInt32([uint32] 4294967295)",
    "seconds before all time": "[DateTimeOffset]::FromUnixTimeSeconds([long]::MinValue)",
    "a time that there is not": "[datetime]::FromBinary(-7)",
    "half a letter in XML": "[xml]('<r>' + [char]0xD83D + '</r>')",
    "a command that has ended is left": (
        "function f { [CmdletBinding()] param() $script:c = $PSCmdlet }; f; $c.ThrowTerminatingError("
        "[System.Management.Automation.ErrorRecord]::new([System.Exception]::new('m'), 'Id', 'NotSpecified', $null))"
    ),
}
"""What mutated scripts once came out of the engine with: exceptions of Python."""


@pytest.mark.parametrize("script", FOUND.values(), ids=FOUND)
def test_what_once_broke_the_engine_is_an_error_of_powershells(script):
    outcome, recorder = run(script)
    assert outcome.terminated or recorder.errors


@pytest.mark.parametrize("script", ["[IPAddress] [byte[]] (1, 2)", "[Convert]::FromHexString('0')"])
def test_what_a_member_was_not_made_for_is_declined_by_its_name(script):
    assert "of such values" in answer(script)["refused"]


def test_no_property_to_expand_is_as_if_none_were_asked_for():
    _, recorder = run("1, 2 | Select-Object -ExpandProperty $nobody -First 1")
    assert recorder.values == [1]


def test_fields_of_a_date_that_say_the_same_may_stand_there_twice():
    _, recorder = run("[datetime]::ParseExact('07 7 2024 3', 'dd d yyyy M', $null).Day")
    assert recorder.values == [7]


def test_two_halves_of_a_letter_are_one_in_xml():
    _, recorder = run("([xml]('<r>' + [char]0xD83D + [char]0xDE00 + '</r>')).r.Length")
    assert recorder.values == [2]


ENDLESS = {
    "while": "while ($true) { }",
    "do": "do { } until ($false)",
    "for": "for (;;) { 1 }",
    "foreach": "foreach ($i in 1..2000000000) { }",
    "try in a loop": "while ($true) { try { throw 1 } catch { continue } }",
    "finally": "while ($true) { try { } finally { } }",
    "in a pipeline": "1..10 | ForEach-Object { while ($true) { } }",
    "in a filter": "while ($true) { 1, 2 | Where-Object { $false } }",
    "in the second of two blocks": "1..10 | Where-Object { $true } | ForEach-Object { while ($true) { } }",
    "in a function": "function f { while ($true) { } }; f | Out-Null",
    "in a switch": "switch (1) { 1 { while ($true) { } } }",
    "in a condition": "while ($(while ($true) { })) { }",
    "in a property": "[pscustomobject]@{ a = 1 } | Select-Object @{ n = 'x'; e = { while ($true) { } } }",
    "in a sort of many": "1..500000 | Sort-Object { -$_ }, { $_ % 7 }",
    "in a sort": "3, 2 | Sort-Object { while ($true) { } }",
    "in a replacement": "('a' * 100MB) -replace 'a', 'b' | Out-Null",
    "in a split": "while ($true) { $x = 'a,b' -split ',' }",
    "a growing text": "$s = 'a'; while ($true) { $s += 'a' }",
    "a growing array": "$a = @(1); while ($true) { $a += 1 }",
    "a growing list": "$l = [System.Collections.Generic.List[int]]::new(); while ($true) { $l.Add(1) }",
    "a sleep": "Start-Sleep -Seconds 1000",
    "a method's block": "@(1, 2).ForEach({ while ($true) { } })",
    "an expression": "Invoke-Expression 'while ($true) { }'",
    "comparing everything": "1..200000 | Select-Object -Unique | Out-Null",
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_a_stop_ends_an_endless_script_within_a_second(script):
    stop = StopToken()
    began = []

    def end():
        began.append(time.monotonic())
        stop.stop()

    timer = threading.Timer(0.2, end)
    timer.start()
    with pytest.raises(Stopped):
        Engine(edition=DESKTOP).run_script(script, Recorder(), stop=stop)
    timer.join()
    assert time.monotonic() - began[0] < 1


DEEP = {
    "a function that calls itself": "function f { f }; f",
    "5,000 deep": "function f($n) { if ($n -gt 0) { f ($n - 1) } else { 'there' } }; f 5000",
    "a block that calls itself": "$b = { & $b }; & $b",
    "a filter that calls itself": "filter f { $_ | f }; 1 | f",
    "a pipeline in a pipeline": "function f { 1 | ForEach-Object { f } }; f",
    "a property that reads itself": (
        "$o = [pscustomobject]@{}; $o | Add-Member ScriptProperty p { $this.p }; Set-StrictMode -Version 3; $o.p"
    ),
    "an expression that is its own text": "$t = 'Invoke-Expression $t'; Invoke-Expression $t",
}


@pytest.mark.parametrize("script", DEEP.values(), ids=DEEP)
def test_recursion_ends_in_powershells_own_error(script):
    """In a thread, as the endpoint runs it: its stack is smaller than the main one's."""
    found = []
    thread = threading.Thread(target=lambda: found.append(run(script, seconds=20)))
    thread.start()
    thread.join()
    outcome, recorder = found[0]
    errors = [outcome.terminated] if outcome.terminated else recorder.errors
    told = "".join(f"{error.fqid} {error.exception.type_name} {error.message}" for error in errors)
    assert "depth" in told.lower() or "Depth" in told, told


NESTED = {
    "parentheses": "(" * 5000 + "1" + ")" * 5000,
    "tables": "@{a=" * 5000 + "1" + "}" * 5000,
    "subexpressions": "$(" * 5000 + "1" + ")" * 5000,
    "blocks": "{" * 5000 + "}" * 5000,
    "conditions": "if (1) {" * 5000 + "}" * 5000,
    "sums": "1" + " + 1" * 20_000,
    "commas": "1" + ", 1" * 50_000,
    "members": "'a'" + ".ToString()" * 5000,
    "casts": "[int]" * 5000 + "1",
    "negations": "-not " * 5000 + "1",
    "texts": '"$(' * 500 + "1" + ')"' * 500,
    "assignments": "$a = " * 5000 + "1",
    "a pipeline": "1" + " | Write-Output" * 2000,
    "opened": "(" * 5000,
    "arrays of JSON": "ConvertFrom-Json ('[' * 5000)",
    "elements of XML": "[xml]('<a>' * 5000 + '</a>' * 5000) | Out-Null",
    "a table in itself": '$h = @{}; $h.h = $h; ConvertTo-Json $h -Depth 100 | Out-Null; "$h"',
    "a list in itself": "$l = [Collections.ArrayList]@(1); $l[0] = $l; \"$l\"; $l -join ','",
}


@pytest.mark.parametrize("script", NESTED.values(), ids=NESTED)
def test_a_script_nested_without_measure_is_answered_or_refused(script):
    found = []
    thread = threading.Thread(target=lambda: found.append(answer(script)))
    thread.start()
    thread.join()
    assert "crashed" not in found[0]


TOO_MUCH = [
    "'a' * 2147483647",
    "('a' * 200MB) + ('b' * 200MB)",
    "@(1) * 2000000000",
    "1..2147483647",
    "$a = 1..8000000; $a += $a",
    "[array]::CreateInstance([int], 2000000000)",
    "[int[]]::new(2000000000)",
    "New-Object 'int[]' 2000000000",
    "'x'.PadLeft(2000000000)",
    "[string]::new('a', 2000000000)",
    "[Text.StringBuilder]::new().Append([char]'a', 2000000000)",
    "[bigint]::Pow(9, 999999999)",
    "('a' * 100MB) -replace 'a', ('b' * 100)",
    "[Linq.Enumerable]::Range(0, 2147483647)",
    "('a' * 100MB).ToCharArray()",
    "('a,' * 20MB).Split(',')",
    "[Text.Encoding]::UTF8.GetBytes('a' * 200MB)",
    "$b = [Text.StringBuilder]::new('a'); $b.Length = 2147483647",
    "(5).ToString('D999999999')",
]


@pytest.mark.parametrize("script", TOO_MUCH)
def test_too_much_memory_is_nets_own_error(script):
    _, recorder = run(script)
    (error,) = recorder.errors
    assert "OutOfMemory" in f"{error.fqid} {error.exception.inner and error.exception.inner.type_name}"


def test_a_hundred_megabytes_are_a_text_like_any_other():
    _, recorder = run("$s = 'a' * 104857600; $s.Length; $s.Substring(104857598)", seconds=20)
    assert recorder.values == [104857600, "aa"]


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "^(a*)*b", "(a+|b+)*c", r"(\w+\s?)+!", "((a+)+)+b", "([a-z]+)*$", "(?:a{1,})+$"]
)
def test_a_pattern_that_can_be_tried_for_ever_is_declined(pattern):
    """Nothing can stop a search once it runs; a short text is searched even so."""
    assert pattern in answer(f"'{'a' * 40}?' -match '{pattern}'")["refused"]
    assert "refused" not in answer(f"'aaa?' -match '{pattern}'")


@pytest.mark.parametrize(
    "pattern", [r"^(\w+\.)*\w+$", "(ab)+", r"(\d{1,3}\.){3}\d+", "(a|b)*", "(,|;)+", "a+b+", r"(\s*,\s*\w)+"]
)
def test_a_pattern_that_ends_is_searched(pattern):
    assert not compile_pattern(pattern).endless


def test_many_stars_are_matched_without_trying_every_way():
    began = time.monotonic()
    assert wildcard("*a" * 25 + "*b").fullmatch("a" * 2000) is None
    assert wildcard("*a" * 25 + "*b").fullmatch("a" * 2000 + "b") is not None
    assert time.monotonic() - began < 60


@given(st.text("ab*?[]-`", max_size=12), st.text("ab", max_size=8))
@settings(max_examples=300, deadline=None)
def test_any_wildcard_matches_or_is_refused(pattern, text):
    try:
        wildcard(pattern).fullmatch(text)
    except BadWildcard:
        return


@given(st.text("ab*?", max_size=10), st.text("ab", max_size=10))
@settings(max_examples=300, deadline=None)
def test_a_wildcard_matches_what_the_slow_way_does(pattern, text):
    slow = pattern.replace("*", "[ab]*").replace("?", "[ab]")
    assert (wildcard(pattern).fullmatch(text) is None) == (re.fullmatch(slow, text) is None)


# ---- how a file may come ---------------------------------------------------------------------------------------------

PLAIN = "$who = 'berta'\n# a remark\nif ($who -eq 'berta') {\n  \"hello $who\" |\n    Write-Output\n}\n"


@pytest.mark.parametrize(
    "script",
    [
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("'", "\u2019"),
        PLAIN.replace("'", "\u2018").replace('"', "\u201d"),
        PLAIN.replace("-eq", "\u2013eq"),
        PLAIN.replace("-eq", "\u2014eq").replace("if (", "if (\u2015not \u2013not (").replace("')", "'))"),
        PLAIN.replace(" -eq ", "\u00a0-eq\u2003"),
        PLAIN + "\n\n",
        PLAIN.rstrip(),
    ],
    ids=["mark", "CRLF", "mark and CRLF", "quotes", "more quotes", "dash", "long dash", "blanks", "lines", "no line end"],
)  # fmt: skip
def test_marks_line_ends_quotes_and_dashes_mean_what_they_mean(script):
    assert answer(script) == answer(PLAIN)


def test_a_null_is_a_character_of_a_text():
    assert answer("'a\0b'.Length")["output"] == [{"t": "System.Int32", "v": "3"}]


# ---- what is not known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "what", "place"),
    [
        ("1\nTest-WSMan", "Test-WSMan", "line 2, column 1"),
        ("if (1) {\n  [System.Net.WebClient]::new()\n}", "System.Net.WebClient", "line 2, column 3"),
        ("$a = 1\n\n[Environment]::Version", "[System.Environment]::Version", "line 3, column 1"),
        ("1\nclass A { }", "class", "line 2, column 1"),
        ("function f {\n 1 | Out-Printer\n}\nf", "Out-Printer", "line 2, column 2"),
        ("1;  foreach -parallel ($a in 1) { }", "foreach -parallel", "line 1, column 13"),
    ],
)
def test_what_the_lab_lacks_is_named_with_its_place(script, what, place):
    with pytest.raises(LabUnsupported) as caught:
        Engine(edition=DESKTOP).run_script(script, Recorder())
    assert what in caught.value.what
    assert str(caught.value).endswith(f" ({place})")


@pytest.mark.parametrize(
    ("script", "fqid", "line"),
    [
        ("1\nGet-Nonsense", "CommandNotFoundException", 2),
        ("1\n[No.Such.Type]::new()", "TypeNotFound", 2),
        ("1\n\n'x'.NoSuchMethod()", "MethodNotFound", 3),
        ("Set-StrictMode -Version 3\n'x'.NoSuchProperty", "PropertyNotFoundStrict", 2),
    ],
)
def test_what_powershell_lacks_is_its_own_error_with_its_place(script, fqid, line):
    outcome, recorder = run(script)
    (error,) = [outcome.terminated] if outcome.terminated else recorder.errors
    assert error.fqid == fqid
    assert error.invocation.line_number == line


def test_an_operator_that_there_is_not_does_not_parse():
    assert answer("1 -nonsense 2")["parse_errors"] == ["UnexpectedToken"]
