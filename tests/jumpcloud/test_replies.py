"""What a reply means, told from status, headers and body alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import JcadError, JumpCloudError
from jcad.jumpcloud.payloads import GroupPayload, Reached, UserPayload, checked
from jcad.jumpcloud.replies import Again, read, retry_after
from jcad.model import UserState


def failure(call):
    """The error of ours that a call ends in, or None."""
    try:
        call()
    except (Again, JcadError) as error:
        return error
    return None


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@given(st.text())
def test_no_retry_after_breaks_the_reader(text):
    found = retry_after(text, NOW)
    assert found is None or found >= 0


@given(st.integers(0, 10**6))
def test_retry_after_is_seconds_or_a_date(seconds):
    assert retry_after(str(seconds), NOW) == seconds
    assert retry_after(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), NOW) == seconds


def test_a_date_that_has_passed_asks_for_no_wait():
    assert retry_after(format_datetime(NOW - timedelta(hours=1), usegmt=True), NOW) == 0


@given(st.integers(100, 599), st.binary(max_size=60), st.sampled_from(["", "application/json", "text/html"]))
def test_any_reply_is_json_or_one_of_our_errors(status, body, kind):
    error = failure(lambda: read(status, {"content-type": kind}, body, what="list the users", organisation="", now=NOW))
    if error is None:
        json.loads(body)
    elif isinstance(error, Again):
        assert isinstance(error.final, JcadError)
    else:
        assert str(status) in str(error)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_with_a_key(status):
    with pytest.raises(JumpCloudError, match="redirects"):
        read(status, {}, b"", what="list the users", organisation="", now=NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1, max_size=12).map("x-".__add__), JSON, max_size=5))
def test_fields_that_jcad_does_not_know_are_tolerated(unknown):
    row = {"_id": "1", "username": "u", **unknown}
    assert checked(UserPayload, [row], what="x")[0].value().username == "u"
    assert checked(GroupPayload, [{"id": "1", "name": "g", **unknown}], what="x")[0].value().name == "g"


@given(JSON)
def test_any_row_is_a_user_or_one_of_our_errors(row):
    error = failure(lambda: checked(UserPayload, [row], what="list the users"))
    assert error is None or "list the users" in str(error)


def test_null_is_empty_and_a_number_is_text():
    row = {"_id": "1", "username": "u", "email": None, "firstname": None, "lastname": 7, "restrictedFields": None}
    user = checked(UserPayload, [row], what="x")[0].value()
    assert (user.email, user.firstname, user.lastname, user.restricted) == ("", "", "7", ())


@pytest.mark.parametrize(
    ("row", "state", "suspended"),
    [
        ({}, UserState.ACTIVATED, False),
        ({"suspended": True}, UserState.SUSPENDED, True),
        ({"state": "SUSPENDED"}, UserState.SUSPENDED, True),
        ({"state": "STAGED"}, UserState.STAGED, False),
    ],
)
def test_a_state_that_is_not_told_follows_from_the_flag(row, state, suspended):
    user = checked(UserPayload, [{"_id": "1", "username": "u", **row}], what="x")[0].value()
    assert (user.state, user.is_suspended) == (state, suspended)


@pytest.mark.parametrize(("paths", "direct"), [([], False), ([[{"to": {"id": "u"}}]], True), (None, False)])
def test_a_path_without_its_start_is_understood(paths, direct):
    assert checked(Reached, [{"id": "u", "type": "user", "paths": paths}], what="x")[0].value().is_direct is direct
