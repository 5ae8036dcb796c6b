"""Conversions, by PowerShell's rules and with its error ids."""

from __future__ import annotations

import decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast, rank, try_cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.numerals import scan, text_to_number
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Byte,
    Char,
    EnumValue,
    Hashtable,
    Int64,
    PSObject,
    SwitchParameter,
    custom_object,
    type_name,
)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("0x1F", "int", 31),
        (" 12 ", "int", 12),
        (2.5, "int", 2),
        (3.5, "int", 4),
        ("1e2", "int", 100),
        ("", "int", 0),
        (None, "int", 0),
        (None, "string", ""),
        ("255", "byte", Byte(255)),
        ("1,234.5", "double", 1234.5),
        ("1.10", "decimal", decimal.Decimal("1.10")),
        (0.1, "decimal", decimal.Decimal("0.1")),
        ("a", "char", Char("a")),
        (65, "char", Char("A")),
        (Char("5"), "int", 53),
        ("false", "bool", True),
        (0, "bool", False),
        (True, "switch", SwitchParameter(present=True)),
        (1.0, "string", "1"),
        (1e20, "string", "1E+20"),
    ],
)
def test_a_value_becomes_what_powershell_makes_of_it(value, kind, expected):
    made = cast(value, resolve(kind))
    assert (type(made), made) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "kind", "error_id"),
    [
        ("abc", "int", "InvalidCastFromStringToInteger"),
        ("99999999999", "int", "InvalidCastFromStringToInteger"),
        (3_000_000_000, "byte", "InvalidCastIConvertible"),
        ("abc", "double", "InvalidCastFromStringToDoubleOrSingle"),
        ("abc", "decimal", "InvalidCastFromStringToDecimal"),
        ("nope", "datetime", "InvalidCastParseTargetInvocationWithFormatProvider"),
        ("1", "version", "InvalidCastParseTargetInvocation"),
        (None, "datetime", "nullToObjectInvalidCast"),
        ("x", "switch", "ConvertToFinalInvalidCastException"),
        ("Funday", "System.DayOfWeek", "SubstringDisambiguationEnumParseThrewAnException"),
        (9, "System.DayOfWeek", "UndefinedIntegerToEnum"),
        ("9", "System.DayOfWeek", "EnumParseUndefined"),
        ("x", "int[]", "InvalidCastExceptionScalarToArray"),
    ],
)
def test_a_failed_conversion_has_the_engines_error_id(value, kind, error_id):
    with pytest.raises(Failure) as caught:
        cast(value, resolve(kind))
    assert caught.value.record.error_id == error_id
    assert caught.value.record.category == "InvalidArgument"
    assert try_cast(value, resolve(kind)) is None


def test_an_enumeration_takes_an_unambiguous_prefix():
    assert str(cast("mon", resolve("System.DayOfWeek"))) == "Monday"


def test_flags_are_written_by_name():
    made = cast("ReadOnly,Hidden", resolve("System.IO.FileAttributes"))
    assert isinstance(made, EnumValue)
    assert str(made) == "ReadOnly, Hidden"


def test_a_dictionary_fills_an_objects_properties():
    made = cast(Hashtable([("Host", "h.example"), ("Port", "8080")]), resolve("System.UriBuilder"))
    assert to_text(made).startswith("http://h.example:8080/")


def test_a_dictionary_with_an_unknown_property_is_refused_as_the_engine_does():
    with pytest.raises(Failure) as caught:
        cast(Hashtable([("NoSuch", 1)]), resolve("System.UriBuilder"))
    assert caught.value.record.error_id == "ObjectCreationError"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("int", "long"), ("int", "byte")),
        (("string", "string"), ("string", "object")),
        (("string", "int"), ("string", "System.DayOfWeek")),
        (("string", "char[]"), ("string", "string[]")),
    ],
)
def test_conversions_rank_as_in_powershell(better, worse):
    first, second = (rank(resolve(source), resolve(target)) for source, target in (better, worse))
    assert first > second


def test_a_list_of_one_is_as_true_as_its_element():
    assert not is_true(Array([0]))
    assert is_true(Array([0, 0]))
    assert not is_true(AUTOMATION_NULL)
    assert is_true(Hashtable())


def test_text_of_nested_values_follows_the_engine():
    inner = custom_object([("b", 1)])
    assert to_text(custom_object([("a", inner), ("l", Array([1, 2]))])) == "@{a=; l=System.Object[]}"
    assert to_text(Array([1, None, Array([2])])) == "1  System.Object[]"


def test_a_wrapped_value_keeps_its_type():
    assert type_name(PSObject(5)) == "System.Int32"


@settings(max_examples=150)
@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_long_comes_back_from_its_text(number):
    assert text_to_number(str(number), net.INT64) == Int64(number)
    assert scan(str(number)) == number


@settings(max_examples=150)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_comes_back_from_its_text(number):
    assert cast(cast(number, net.STRING), net.DOUBLE) == number


@settings(max_examples=150)
@given(st.text(), st.sampled_from(["int", "double", "decimal", "datetime", "guid", "version", "bool", "char[]", "uri"]))
def test_no_text_breaks_a_conversion(text, kind):
    try_cast(text, resolve(kind))
