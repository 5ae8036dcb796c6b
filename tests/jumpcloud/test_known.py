"""Replies that are as they were are not read twice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.jumpcloud.known import Known


def reading(value, calls):
    def understand():
        calls.append(value)
        return value

    return understand


def test_the_same_reply_gives_the_value_of_the_last_time():
    known, calls = Known(), []
    first = known.page("/users?skip=0", b"[1]", reading(["one"], calls))
    known.turn()
    assert known.page("/users?skip=0", b"[1]", reading(["other"], calls)) is first
    assert calls == [["one"]]


def test_another_reply_to_the_same_question_is_read_and_the_same_reply_to_another_question_too():
    known, calls = Known(), []
    known.page("/users?skip=0", b"[1]", reading("a", calls))
    known.turn()
    assert known.page("/users?skip=0", b"[2]", reading("b", calls)) == "b"
    assert known.page("/users?skip=9", b"[1]", reading("c", calls)) == "c"


def test_what_was_not_asked_for_in_a_look_is_forgotten():
    known, calls = Known(), []
    known.page("/users?skip=0", b"[1]", reading("a", calls))
    known.turn()
    known.turn()
    known.page("/users?skip=0", b"[1]", reading("b", calls))
    assert calls == ["a", "b"]


def test_a_reply_that_cannot_be_understood_is_not_kept():
    known, calls = Known(), []
    with pytest.raises(ValueError, match="no JSON"):
        known.page("/users?skip=0", b"{", lambda: (_ for _ in ()).throw(ValueError("no JSON")))
    assert known.page("/users?skip=0", b"{", reading("read", calls)) == "read"


def one_row(known, row, understand, kind=dict, page="/users?skip=0"):
    """The value of a row that is alone on its page."""
    return known.page(page, json.dumps(row).encode(), lambda: known.rows(kind, [row], lambda _: understand()))[0]


def test_a_row_that_moved_to_another_page_is_known_and_one_that_differs_is_not():
    known, calls = Known(), []
    row = {"_id": "1", "restrictedFields": [{"field": "email"}], "suspended": None}
    first = one_row(known, row, reading(["value"], calls))
    known.turn()
    assert one_row(known, {**row}, reading(["again"], calls), page="/users?skip=9") is first
    assert one_row(known, {**row, "suspended": False}, reading("other", calls)) == "other"
    assert one_row(known, row, reading("of another kind", calls), kind=list, page="/others") == "of another kind"


def test_the_rows_of_a_page_that_stayed_the_same_are_known_when_it_changes_later():
    known, calls = Known(), []
    row = {"_id": "1"}
    first = one_row(known, row, reading(["value"], calls))
    for _ in range(3):
        known.turn()
        assert one_row(known, row, reading(["again"], calls)) is first
    known.turn()
    assert known.page("/users?skip=0", b"changed", lambda: known.rows(dict, [row], lambda _: None)) == (first,)


SCALARS = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_equal_json_is_the_same_row_however_it_came_to_be(value):
    known = Known()
    first = one_row(known, json.loads(json.dumps(value)), object)
    known.turn()
    assert one_row(known, json.loads(json.dumps(value)), object, page="/others") is first
