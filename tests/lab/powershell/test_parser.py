"""The parser: what it refuses, by the engine's ids; and that nothing makes it fall over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import recorded

from jcad.errors import LabUnsupported
from jcad.lab.powershell.syntax import ParseError, nodes, parse_script

SCRIPTS = [record["script"] for record in recorded()]
PIECES = [
    "$x", "$x.y", "1", "'a'", '"b$x"', "@(", ")", "{", "}", "(", "[int]", "-eq", "-not", "|", ";", "\n", " ", ",", "=",
    "if", "else", "foreach", "in", "function f", "param(", "try", "catch", "@{", "a", "-Name", "..", "::", "[", "]", "+",
    "@'\n", "\n'@", "$(", "${", "`", "#", "<#", "2>&1", "&", ".", "switch", "while", "return", "throw", "++", "%",
]  # fmt: skip


def refused(text: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse_script(text)
    return caught.value.error_id


def first(text: str):
    statement = parse_script(text).end.statements[0]
    return statement.elements[0].expression if isinstance(statement, nodes.Pipeline) else statement


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@settings(max_examples=150, deadline=None)
def test_any_run_of_tokens_parses_or_is_refused(pieces):
    """Nothing but ParseError and LabUnsupported comes out of the parser."""
    try:
        parse_script("".join(pieces))
    except (ParseError, LabUnsupported):
        return


@given(st.sampled_from(SCRIPTS), st.data())
@settings(max_examples=100, deadline=None)
def test_a_script_cut_off_anywhere_parses_or_is_refused(script, data):
    cut = data.draw(st.integers(0, len(script)))
    try:
        parse_script(script[:cut])
    except (ParseError, LabUnsupported):
        return


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_parses_or_is_refused(text):
    try:
        parse_script(text)
    except (ParseError, LabUnsupported):
        return


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_quoted_text_comes_back_unchanged(text):
    """All five quotes that PowerShell takes are doubled; then nothing in the text is special."""
    quoted = text
    for quote in "'\u2018\u2019\u201a\u201b":
        quoted = quoted.replace(quote, quote * 2)
    assert first(f"'{quoted}'").value == text


@pytest.mark.parametrize("text", ["$x ?? 1", "$true ? 1 : 2", "1 && 2", "1 || 2"])
def test_what_windows_powershell_does_not_know_is_refused(text):
    assert refused(text)


@pytest.mark.parametrize("word", ["class X { }", "enum X : byte { A }", "using namespace System", "workflow X { }"])
def test_what_the_lab_does_not_know_is_refused_by_name(word):
    with pytest.raises(LabUnsupported, match=word.split(maxsplit=1)[0]):
        parse_script(word)


def test_a_comma_binds_tighter_than_an_operator():
    node = first("1, 2 + 3")
    assert isinstance(node, nodes.Binary)
    assert isinstance(node.left, nodes.ArrayLiteral)


def test_a_format_binds_tighter_than_a_sum():
    node = first("'{0}' -f 1 + 2")
    assert (node.op, node.left.op) == ("+", "-f")


def test_comparisons_are_read_from_the_left():
    node = first("1 -eq 2 -eq 3")
    assert node.left.op == "-eq"


def test_a_cast_takes_the_member_that_follows():
    node = first("[int]$x.Count")
    assert isinstance(node, nodes.Convert)
    assert isinstance(node.operand, nodes.Member)


def test_a_parameter_without_a_type_behind_one_with_is_not_lost():
    """tree-sitter-powershell loses the second parameter here."""
    block = parse_script("param([string]$a='x', [switch]$b)")
    assert [one.name for one in block.parameters] == ["a", "b"]


def test_a_range_at_the_head_of_a_pipeline_is_an_expression():
    pipeline = parse_script("1..3 | Sort-Object").end.statements[0]
    assert isinstance(pipeline.elements[0], nodes.CommandExpression)


def test_a_bare_word_in_a_command_takes_its_quotes_along():
    call = parse_script("echo a'b c'\"d\"").end.statements[0].elements[0]
    assert call.elements[1].value == "ab cd"


def test_a_deep_nesting_is_refused_and_does_not_exhaust_the_stack():
    assert refused("(" * 5000 + "1" + ")" * 5000) == "ScriptTooComplicated"
