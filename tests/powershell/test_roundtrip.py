"""The escaping, proved: what any literal, any batch and any result holds is read back through an interpreter."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.lab.powershell.answers import Recorder, answer, encode_error
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.syntax import parse_script
from jcad.powershell import batches, read_outcome, script, scripts
from jcad.powershell.environment import environment
from jcad.powershell.literals import literal

AWKWARD = (
    "'\u2018\u2019\u201a\u201b\"\u201c\u201d`$@#%&|;,(){}[]<>\\/\n\r\t\x07\x1b "
    "\u00a0\u2028\u3000\u2013\u2014=-_x0041_\U0001f600渡é"
)
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(AWKWARD), max_size=40
)
DATES = st.sampled_from(
    ["2026-01-01T00:00:00Z", "/Date(0)/", "\\/Date(0)\\/", "2026-01-01", "1e5", "0x10", "null", "true", "", "=", "=="]
)
GUID = UUID(int=7)
BEGIN = datetime(1, 1, 1, tzinfo=UTC)
SCALARS = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.uuids() | st.binary(max_size=8) | TEXT


@pytest.fixture(params=["Desktop", "Core"])
def edition(request):
    """Windows PowerShell 5.1 and PowerShell 7, which read JSON differently."""
    return request.param


def ran(text, edition="Desktop", **parameters):
    """What a script gives in a runspace of its own; it must not fail."""
    recorder = Recorder()
    outcome = Engine(edition=edition).run_script(text, recorder, parameters)
    failures = [encode_error(error) for error in recorder.errors]
    assert not failures
    assert outcome.terminated is None, encode_error(outcome.terminated)
    return recorder.values


def encoded(value):
    """The interpreter's own description of a value, as a real engine's were recorded."""
    match value:
        case None:
            return {"t": "null"}
        case bool():
            return {"t": "System.Boolean", "v": value}
        case int():
            small = -(1 << 31) <= value < 1 << 31
            return {"t": "System.Int32" if small else "System.Int64", "v": str(value)}
        case str():
            return {"t": "System.String", "v": value}
        case UUID():
            return {"t": "System.Guid", "s": str(value)}
        case bytes():
            return {"t": "System.Byte[]", "items": [{"t": "System.Byte", "v": str(byte)} for byte in value]}
        case list():
            return {"t": "System.Object[]", "items": [encoded(element) for element in value]}
        case _:
            raise TypeError(value)


@settings(deadline=None, max_examples=150)
@given(st.lists(TEXT | DATES, min_size=1, max_size=30))
def test_any_text_comes_back_from_its_literal(texts):
    assert ran("\n".join(literal(text) for text in texts)) == texts


@settings(deadline=None, max_examples=150)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4), max_leaves=12))
def test_any_value_comes_back_with_its_type(value):
    assert answer(f"$value = {literal(value)}\n, $value")["output"] == [encoded(value)]


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_any_float_comes_back(value):
    (told,) = answer(f"({literal(value)}).ToString('R', [cultureinfo]::InvariantCulture)")["output"]
    assert float(told["v"].replace("∞", "inf").replace("Infinity", "inf")) == value


@settings(deadline=None)
@given(st.decimals(-(10**15), 10**15, places=6))
def test_any_decimal_comes_back(value):
    (told,) = answer(literal(value))["output"]
    assert told["t"] == "System.Decimal"
    assert Decimal(told["v"]) == value


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_any_moment_comes_back(value):
    ticks, kind = ran(f"$d = {literal(value)}\n$d.Ticks\n[string] $d.Kind")
    assert (BEGIN + timedelta(microseconds=int(ticks) // 10), kind) == (value, "Utc")


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text("abcdefgh'\u2019 $", min_size=1, max_size=6), TEXT, max_size=5))
def test_any_mapping_comes_back(value):
    """In its order, where it has one."""
    lines = ran(f"$h = {literal(OrderedDict(value))}\nforeach ($key in $h.Keys) {{ $key; $h[$key] }}")
    assert lines == [text for pair in value.items() for text in pair]
    assert ran(f"$h = {literal(value)}\n$h.Count") == [len(value)]


@settings(deadline=None, max_examples=60)
@given(TEXT, st.booleans())
def test_a_template_cannot_be_left_through_a_value(text, option):
    """The statement after the value is still the template's, whatever the value holds."""
    template = environment().from_string("$x = {{ value }}\n{% if option %}\n$x += '!'\n{% endif %}\n$x\n'the end'")
    assert ran(template.render(value=text, option=option)) == [text + ("!" if option else ""), "the end"]


@pytest.mark.parametrize("name", [entry.name for entry in scripts()])
def test_every_script_is_a_script(name):
    parse_script(script(name).text)


def shared_part():
    text = script("set-attributes").text
    return text[: text.index("# ---- What this script is for")]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT | DATES, TEXT | DATES, st.none() | TEXT | DATES), min_size=1, max_size=6))
def test_any_text_of_a_batch_comes_back_in_the_script(edition, rows):
    """As it was, whatever date, number or marker it looks like; absent stays absent and is not the empty text."""
    items = [
        {"id": f"i{number}", "guid": GUID, "expected": {"mail": old}, "set": {"description": new}, "clear": [cleared]}
        for number, (new, cleared, old) in enumerate(rows)
    ]
    (batch,) = batches(script("set-attributes"), items)
    loop = """
foreach ($item in @(ConvertFrom-Batch -Json $Batch)) {
    ConvertFrom-MarkedText -Text $item.set.description
    ConvertFrom-MarkedText -Text $item.clear[0]
    [string] ($null -eq (ConvertFrom-MarkedText -Text $item.expected.mail))
    [string] (Test-Same -Actual (ConvertFrom-MarkedText -Text $item.expected.mail) -Expected '')
}
"""
    told = ran(shared_part() + loop, edition, Batch=batch.text, Server="dc1")
    assert told == [
        value for new, cleared, old in rows for value in (new, cleared, str(old is None), str(old == ""))
    ]  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT | DATES)
def test_any_reason_comes_back_in_the_outcome(edition, text):
    (batch,) = batches(
        script("set-attributes"), [{"id": "a", "guid": GUID, "expected": {}, "set": {"description": text}, "clear": []}]
    )
    loop = """
foreach ($item in @(ConvertFrom-Batch -Json $Batch)) {
    $text = ConvertFrom-MarkedText -Text $item.set.description
    ConvertTo-Result -Item $item -Status 'conflict' -Done 'one', 'two' -Reason $text
}
"""
    (line,) = ran(shared_part() + loop, edition, Batch=batch.text, Server="dc1")
    outcome = read_outcome(script("set-attributes"), line)
    assert (outcome.id, outcome.guid, outcome.done) == ("a", GUID, ("one", "two"))
    assert outcome.reason == (text or None)


@pytest.mark.parametrize("cut", [lambda told: told | {"count": 2}, lambda told: told | {"items": []}])
def test_a_batch_that_was_cut_is_refused_whole(cut):
    (batch,) = batches(script("disable-user"), [{"id": "a", "guid": GUID, "expected": {}}])
    recorder = Recorder()
    text = json.dumps(cut(json.loads(batch.text)))
    outcome = Engine().run_script(script("disable-user").text, recorder, {"Batch": text, "Server": "dc1"})
    assert outcome.terminated is not None
    assert encode_error(outcome.terminated)["exception"] == "System.IO.InvalidDataException"
    assert not recorder.values


def failed_with(statements):
    """The error that ends a script made of the shared part and these statements."""
    recorder = Recorder()
    outcome = Engine(edition="Desktop").run_script(
        shared_part() + statements, recorder, {"Batch": "{}", "Server": "dc1"}
    )
    assert outcome.terminated is not None
    return encode_error(outcome.terminated)


def test_a_text_without_its_marker_is_refused():
    """It might be a date by now."""
    assert failed_with("ConvertFrom-MarkedText -Text 'bare'")["exception"] == "System.IO.InvalidDataException"


def test_an_item_without_a_property_is_an_error():
    assert failed_with("$item = [pscustomobject] @{ id = 'a' }\n$item.guid")["fqid"] == "PropertyNotFoundStrict"
