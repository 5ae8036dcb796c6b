"""A call of a script for hosts, and its answer: what goes in comes out, and what does not fit is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.errors import ScriptError, SecretInScript
from jcad.lab.powershell.answers import Recorder, encode_error
from jcad.lab.powershell.engine import Engine
from jcad.model.outcome import Status
from jcad.model.script import Script
from jcad.model.secret import Secret
from jcad.powershell import host_script, read_host_outcome
from jcad.powershell.environment import environment
from jcad.powershell.hosts.calls import _fields
from jcad.powershell.hosts.fields import Entry, Field, Kind, check_item

ENTRY = Entry(
    fields=(
        Field("path", Kind.TEXT, "a file"),
        Field("offset", Kind.NUMBER, "where", optional=True),
        Field("restart", Kind.TRUTH, "whether"),
        Field("names", Kind.TEXTS, "some"),
        Field("set", Kind.TABLE, "what"),
    ),
    secret="of the one who runs it",
    each="names",
)
ITEM = {
    "path": "C:\\x",
    "offset": None,
    "restart": False,
    "names": ["a", "b"],
    "set": {"MainLoop.X": "true", "y": None},
}
SCRIPT = Script(name="a-script", synopsis="", text="", digest="")
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("'\u2019\"$`=\n\r\t"),
    max_size=30,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)
ECHO = environment().from_string(
    "param([string] $Batch)\nSet-StrictMode -Version 3.0\n$ErrorActionPreference = 'Stop'\n"
    "{% include '_host.ps1' %}\n"
    "$table = ConvertFrom-Table -Row $item.set\n"
    "$rows = @(foreach ($key in $table.Keys) { [ordered]@{ name = $key; value = $table[$key] } })\n"
    "$data = [ordered]@{ path = ConvertFrom-MarkedText -Text $item.path; rows = $rows; offset = $item.offset }\n"
    "ConvertTo-Result -Item $item -Status 'changed' -Done 'one' -Reason 'why' -Data $data\n"
)


def ran(batch, edition="Desktop"):
    """The one line that the shared part answers with; it must not fail."""
    recorder = Recorder()
    outcome = Engine(edition=edition).run_script(ECHO.render(), recorder, {"Batch": batch})
    assert outcome.terminated is None, encode_error(outcome.terminated)
    assert not recorder.errors
    (line,) = recorder.values
    return line


def test_an_item_that_fits_passes():
    check_item("a-script", ENTRY, ITEM)
    check_item("a-script", ENTRY, ITEM | {"id": "a"})
    assert ENTRY.secrets_for(ITEM) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"path": None}, "takes a text as path"),
        ({"offset": True}, "takes a number as offset"),
        ({"offset": "1"}, "takes a number as offset"),
        ({"restart": 1}, "takes a truth as restart"),
        ({"names": "ab"}, "takes a texts as names"),
        ({"names": [1]}, "takes a texts as names"),
        ({"set": [("a", "b")]}, "takes a table as set"),
        ({"set": {"a": 1}}, "takes a table as set"),
        ({"more": 1}, "with more"),
    ],
)
def test_an_item_that_does_not_fit_is_refused_by_name(change, says):
    with pytest.raises(ScriptError, match=says):
        check_item("a-script", ENTRY, ITEM | change)


def test_a_missing_field_is_named():
    with pytest.raises(ScriptError, match="without restart, without set"):
        check_item("a-script", ENTRY, {"path": "", "offset": 1, "names": []})


@pytest.mark.parametrize("change", [{"path": Secret("x")}, {"names": [Secret("x")]}, {"set": {"a": Secret("x")}}])
def test_a_secret_in_an_item_is_refused(change):
    with pytest.raises(SecretInScript, match="a-script"):
        check_item("a-script", ENTRY, ITEM | change)


@pytest.mark.parametrize("edition", ["Desktop", "Core"])
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, st.dictionaries(TEXT, st.none() | TEXT, max_size=4))
def test_any_text_and_any_table_come_back(edition, path, table):
    """Names that differ in case alone stay two; absent stays absent."""
    told = {"id": "a", **_fields(ENTRY, ITEM | {"path": path, "set": table, "offset": 7})}
    line = ran(json.dumps({"count": 1, "items": [told]}), edition)
    outcome, data = read_host_outcome(SCRIPT, line)
    assert (outcome.id, outcome.status, outcome.done, outcome.reason) == ("a", Status.CHANGED, ("one",), "why")
    assert (data["path"] or "", data["offset"]) == (path, 7)
    assert {row["name"] or "": row["value"] or None for row in data["rows"]} == {
        name: value or None for name, value in table.items()
    }


@pytest.mark.parametrize("items", [[], [{"id": "a"}, {"id": "b"}]])
def test_a_host_is_asked_about_one_thing_at_a_time(items):
    recorder = Recorder()
    batch = json.dumps({"count": len(items), "items": items})
    outcome = Engine(edition="Desktop").run_script(ECHO.render(), recorder, {"Batch": batch})
    assert encode_error(outcome.terminated)["exception"] == "System.IO.InvalidDataException"


@given(VALUES)
def test_any_data_come_back_without_their_markers(value):
    def marked(one):
        return f"={one}" if isinstance(one, str) else [marked(each) for each in one] if isinstance(one, list) else one

    line = json.dumps({"id": "a", "guid": None, "status": "unchanged", "done": [], "data": {"x": marked(value)}})
    assert read_host_outcome(SCRIPT, line)[1] == {"x": value}


@given(
    st.text(max_size=60)
    | st.sampled_from(
        [
            "[]", "null", "{}", "[" * 100_000, '{"id":"a","status":"unchanged","data":[1]}',
            '{"id":"a","status":"unchanged","data":{"x":"bare"}}',
            '{"id":"a","status":"unknown","data":{}}', '{"id":1,"status":"changed"}',
        ]
    )
)  # fmt: skip
def test_any_other_line_is_a_named_error(line):
    with pytest.raises(ScriptError, match="not a result"):
        read_host_outcome(SCRIPT, line)


def test_a_denied_error_says_what_the_script_needs():
    error = {"id": "x", "category": "PermissionDenied", "type": "System.UnauthorizedAccessException", "code": -2147024891,
             "message": "=Zugriff verweigert"}  # fmt: skip
    outcome, data = read_host_outcome(SCRIPT, json.dumps({"id": "a", "status": "failed", "error": error}))
    assert data == {}
    assert outcome.error is not None
    assert "local administrator" in (outcome.error.hint or "")


def test_a_misspelt_name_is_told():
    with pytest.raises(ScriptError, match="there is no script called 'inspect-hots' for hosts"):
        host_script("inspect-hots")
