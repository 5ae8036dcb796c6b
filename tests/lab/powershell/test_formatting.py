"""Numbers, dates and time spans as text, as .NET formats them."""

from __future__ import annotations

import decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.lab.powershell.formatting.composite import format_composite
from jcad.lab.powershell.formatting.dateparse import localized, parse_date, parse_exact, parse_timespan
from jcad.lab.powershell.formatting.dates import MAX_TICKS, format_date, format_timespan, ticks_of
from jcad.lab.powershell.formatting.numbers import BadFormat, float_text, format_number
from jcad.lab.powershell.objects import formatted
from jcad.lab.powershell.values import Byte, DateTime, Single, TimeSpan


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (1234.5, "N2", "1,234.50"),
        (-1234.5, "N0", "-1,235"),
        (42, "D5", "00042"),
        (-42, "D5", "-00042"),
        (255, "X", "FF"),
        (255, "x4", "00ff"),
        (-7, "X", "FFFFFFF9"),
        (Byte(200), "X", "C8"),
        (0.256, "P0", "26%"),
        (12345.678, "e2", "1.23e+004"),
        (1234, "C", "$1,234.00"),
        (-1234, "C", "-$1,234.00"),
        (2.5, "F0", "3"),
        (1e15, "", "1E+15"),
        (0.00001, "", "1E-05"),
        (0.0001, "", "0.0001"),
        (decimal.Decimal("2.50"), "", "2.50"),
        (1234.5678, "G3", "1.23E+03"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (7, "000", "007"),
        (0.5, "#.##", ".5"),
        (86, "0%", "8600%"),
        (1234567, "#,#,", "1,235"),
        (0, "#", ""),
        (0, "0.0;-0.0;zero", "zero"),
        (5551234567, "(###) ###-####", "(555) 123-4567"),
    ],
)
def test_a_number_is_formatted_as_dotnet_does(value, spec, expected):
    assert format_number(value, spec) == expected


@pytest.mark.parametrize(("value", "spec"), [(1.5, "D"), (1.5, "X"), (1, "Z")])
def test_a_format_that_does_not_fit_is_refused(value, spec):
    with pytest.raises(BadFormat):
        format_number(value, spec)


def test_singles_show_no_more_digits_than_they_have():
    assert float_text(Single(0.10000000149011612)) == "0.1"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("yyyy-MM-dd HH:mm:ss", "2026-01-31 15:04:05"),
        ("d", "1/31/2026"),
        ("D", "Saturday, January 31, 2026"),
        ("s", "2026-01-31T15:04:05"),
        ("R", "Sat, 31 Jan 2026 15:04:05 GMT"),
        ("o", "2026-01-31T15:04:05.0000000"),
        ("h:mm tt", "3:04 PM"),
        ("yyyy'T'MM", "2026T01"),
        ("%d", "31"),
        ("dddd dd MMM yy", "Saturday 31 Jan 26"),
    ],
)
def test_a_date_is_formatted_as_dotnet_does(spec, expected):
    assert format_date(DateTime(ticks_of(2026, 1, 31, 15, 4, 5)), spec) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.0000000"),
        ("1/31/2026", "2026-01-31T00:00:00.0000000"),
        ("31 Jan 2026", "2026-01-31T00:00:00.0000000"),
        ("January 31, 2026 10:00 PM", "2026-01-31T22:00:00.0000000"),
        ("Sat, 31 Jan 2026 10:00:00 GMT", "2026-01-31T10:00:00.0000000+00:00"),
        ("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.0000000+00:00"),
    ],
)
def test_a_date_is_read_in_the_forms_that_people_write(text, expected):
    assert format_date(localized(*parse_date(text)), "o") == expected


@pytest.mark.parametrize("text", ["2023-02-29", "31/12/2026", "", "nope", "10:75", "1/2/3/4", "Mon, 31 Jan 2026"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1:30:00", "01:30:00"), ("1.02:03:04", "1.02:03:04"), ("5", "5.00:00:00"), ("-00:00:01.5", "-00:00:01.5000000")],
)
def test_a_time_span_is_read_as_dotnet_does(text, expected):
    assert format_timespan(parse_timespan(text), "") == expected


@settings(max_examples=200)
@given(st.integers(0, MAX_TICKS), st.sampled_from([0, 1]))
def test_every_date_comes_back_from_its_round_trip_form(ticks, kind):
    text = format_date(DateTime(ticks, kind), "o")
    found, offset = parse_date(text)
    assert (found, offset) == (ticks, 0 if kind else None)
    assert parse_exact(text, "o")[0] == ticks


@settings(max_examples=200)
@given(st.integers(-(1 << 62), 1 << 62))
def test_every_time_span_comes_back_from_its_text(ticks):
    assert parse_timespan(format_timespan(TimeSpan(ticks), "c")) == TimeSpan(ticks)


@settings(max_examples=100)
@given(st.text(), st.lists(st.one_of(st.integers(-1000, 1000), st.text(), st.none()), max_size=3))
def test_no_format_string_does_anything_but_fill_or_refuse(pattern, arguments):
    try:
        format_composite(pattern, arguments, formatted)
    except BadFormat:
        return


def test_braces_and_widths_of_a_format_string():
    assert format_composite("{{{0,4}}}|{1,-3}|{0:X}", [255, "a"], formatted) == "{ 255}|a  |FF"
