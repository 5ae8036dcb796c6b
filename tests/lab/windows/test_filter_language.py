import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import LabUnsupported
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.filter_language import (
    COMPARISONS,
    Both,
    Comparison,
    Either,
    Everything,
    Literal,
    Not,
    Variable,
    parse,
)

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(lambda name: "--" not in name)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="$"), max_size=20)
COMPARISON = st.builds(
    Comparison,
    NAMES,
    st.sampled_from(COMPARISONS),
    st.builds(Literal, TEXTS) | st.builds(Literal, st.integers(0, 2**31)) | st.builds(Variable, st.just("x")),
)
EXPRESSIONS = st.recursive(
    COMPARISON,
    lambda inner: st.builds(Not, inner) | st.builds(Both, inner, inner) | st.builds(Either, inner, inner),
    max_leaves=8,
)


def written(expression) -> str:
    """The expression as a script would write it, every part in parentheses."""
    match expression:
        case Not(inner):
            return f"-not ({written(inner)})"
        case Both(left, right):
            return f"({written(left)}) -and ({written(right)})"
        case Either(left, right):
            return f"({written(left)}) -OR ({written(right)})"
        case Comparison(name, operator, Literal(str() as value)):
            doubled = value.replace("'", "''")
            return f"{name} -{operator} '{doubled}'"
        case Comparison(name, operator, Literal(value)):
            return f"{name} -{operator} {value}"
    return f"{expression.name} -{expression.operator} {expression.value.text}"


@given(EXPRESSIONS)
def test_what_is_written_is_read(expression):
    assert parse(written(expression)) == expression


@given(EXPRESSIONS)
def test_braces_around_it_change_nothing(expression):
    assert parse("{ " + written(expression) + " }") == expression


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_position_inside_it(text):
    try:
        parse(text)
    except LabUnsupported:
        pass
    except AdFailure as failure:
        position = int(failure.message.rpartition("position: '")[2].rstrip("'."))
        assert 1 <= position <= len(text) + 1


def test_a_star_is_everything():
    assert parse(" * ") == Everything()


def test_and_binds_tighter_than_or():
    read = parse("a -eq 1 -or b -eq 2 -and c -eq 3")
    assert isinstance(read, Either)
    assert isinstance(read.right, Both)


def test_not_binds_tighter_than_and():
    read = parse("-not a -eq 1 -and b -eq 2")
    assert isinstance(read, Both)
    assert isinstance(read.left, Not)


def test_an_unquoted_text_is_the_syntax_error_of_the_transcript():
    with pytest.raises(AdFailure) as refused:
        parse("SamAccountName -eq ThmsRynr")
    record = refused.value.record(None)
    assert record.message == (
        "Error parsing query: 'SamAccountName -eq ThmsRynr' Error Message: 'syntax error' at position: '20'."
    )
    assert record.category == "ParserError"
    assert record.error_id == ("ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADFilterParsingException")


def test_an_unknown_operator_is_named():
    with pytest.raises(AdFailure, match="Operator Not supported: -match"):
        parse("Name -match 'x'")


def test_doubled_quotes_stand_for_one():
    assert parse("Name -eq 'O''Brien'").value == Literal("O'Brien")


def test_a_property_of_a_variable_is_kept_as_a_path():
    assert parse("manager -eq $boss.DistinguishedName").value == Variable("boss", ("DistinguishedName",))


def test_a_dollar_at_the_end_of_a_computer_name_is_no_variable():
    assert parse("SamAccountName -eq 'DC1$'").value == Literal("DC1$")


@pytest.mark.parametrize("text", ["Name -eq '$name'", 'Name -like "$name*"', 'Name -eq "$($x.y)"'])
def test_a_variable_inside_quotes_is_refused_by_name(text):
    with pytest.raises(LabUnsupported, match="variable inside the quotes"):
        parse(text)


def test_a_filter_nested_without_end_is_refused_and_does_not_exhaust_the_stack():
    with pytest.raises(AdFailure):
        parse("(" * 5000 + "a -eq 1" + ")" * 5000)
