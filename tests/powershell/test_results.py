"""Reading results: markers off, errors told by id and code, anything else refused."""

from __future__ import annotations

import contextlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ScriptError
from jcad.model.outcome import ItemOutcome, Status
from jcad.powershell import read_outcome, script

DENIED = "ActiveDirectoryServer:8344,Microsoft.ActiveDirectory.Management.Commands.SetADUser"


def failed(error_id: str, *, category: str = "NotSpecified", kind: str = "", code: int | None = None) -> str:
    error = {"id": error_id, "category": category, "type": kind, "code": code, "message": "=Zugriff verweigert"}
    return json.dumps({"id": "a", "guid": None, "status": "failed", "done": [], "error": error})


def test_a_change_is_read_with_its_steps_and_guid():
    line = json.dumps({"id": "a", "guid": str(UUID(int=3)), "status": "changed", "done": ["create", "password"]})
    assert read_outcome(script("create-user"), line) == ItemOutcome(
        id="a", status=Status.CHANGED, done=("create", "password"), guid=UUID(int=3)
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500))
def test_a_reason_comes_back_without_its_marker(text):
    line = json.dumps({"id": "a", "status": "conflict", "done": [], "guid": None, "reason": "=" + text})
    assert read_outcome(script("disable-user"), line).reason == text


@given(st.text(max_size=200) | st.binary(max_size=50).map(repr))
def test_no_line_makes_anything_but_an_outcome_or_a_named_error(line):
    with contextlib.suppress(ScriptError):
        assert read_outcome(script("disable-user"), line).status is not Status.UNKNOWN


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
            for name in ("id", "status", "done", "guid", "reason", "error")
        },
    )
)
def test_no_object_makes_anything_but_an_outcome_or_a_named_error(told):
    with contextlib.suppress(ScriptError):
        assert read_outcome(script("disable-user"), json.dumps(told)).status is not Status.UNKNOWN


@pytest.mark.parametrize(
    "line",
    ["", "WARNING: profile", "[]", "null", '{"id":"a"}', '{"id":"a","status":"unknown"}', '{"id":1,"status":"changed"}',
     '{"id":"a","status":"changed","reason":"unmarked"}', '{"id":"a","status":"changed","guid":"x"}', "[" * 5_000],
)  # fmt: skip
def test_a_line_that_is_not_a_result_is_a_named_error(line):
    with pytest.raises(ScriptError, match="said something that is not a result"):
        read_outcome(script("disable-user"), line)


def test_a_long_foreign_line_is_shown_bounded_and_without_control_characters():
    with pytest.raises(ScriptError) as caught:
        read_outcome(script("disable-user"), "\x1b[2J" + "x" * 100_000)
    assert len(str(caught.value)) < 300
    assert "\x1b" not in str(caught.value)


def test_access_denied_names_the_rights_of_the_script():
    error = read_outcome(script("set-attributes"), failed(DENIED)).error
    assert error is not None
    assert error.code == 8344
    assert error.message == "Zugriff verweigert"
    assert "WriteProperty mail on user" in (error.hint or "")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (failed("ActiveDirectoryServer:1325,x.SetADAccountPassword", category="InvalidData"), "complexity or history"),
        (failed("ActiveDirectoryServer:1316,x.NewADUser", category="ResourceExists"), "has this name"),
        (failed("ActiveDirectoryServer:8305,x.NewADGroup"), "has this name"),
        (failed("ActiveDirectoryServer:8648,x.SetADUser"), "user principal name is in use"),
        (failed("ActiveDirectoryCmdlet:System.UnauthorizedAccessException,x", category="PermissionDenied"), "may not"),
        (failed("x", kind="Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException"), "not replicated yet"),
        (
            failed("ActiveDirectoryServer:0,x", kind="Microsoft.ActiveDirectory.Management.ADServerDownException"),
            "ADWS",
        ),
        (failed("x", category="SecurityError"), "second hop"),
        (failed("CommandNotFoundException", category="ObjectNotFound"), "RSAT-AD-PowerShell"),
    ],
)
def test_the_errors_that_happen_have_a_hint(line, says):
    error = read_outcome(script("create-user"), line).error
    assert error is not None
    assert says in (error.hint or "")


def test_an_error_nobody_knows_has_no_hint_and_a_code_of_zero_is_no_code():
    error = read_outcome(script("create-user"), failed("ActiveDirectoryServer:0,x", code=0)).error
    assert error is not None
    assert (error.code, error.hint) == (None, None)


def test_the_same_error_in_another_language_has_the_same_hint():
    english = failed(DENIED).replace("Zugriff verweigert", "Insufficient access rights")
    told = [read_outcome(script("set-attributes"), line).error for line in (failed(DENIED), english)]
    assert told[0] is not None
    assert told[1] is not None
    assert told[0].hint == told[1].hint
