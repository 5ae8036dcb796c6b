"""Replies that are as they were are not read twice."""

from __future__ import annotations

import pytest

from jcad.jumpcloud.known import Known


def reading(value, calls):
    def understand():
        calls.append(value)
        return value

    return understand


def test_the_same_reply_gives_the_value_of_the_last_time():
    known, calls = Known(), []
    first = known.value("/users?skip=0", b"[1]", reading(["one"], calls))
    known.turn()
    assert known.value("/users?skip=0", b"[1]", reading(["other"], calls)) is first
    assert calls == [["one"]]


def test_another_reply_to_the_same_question_is_read_and_the_same_reply_to_another_question_too():
    known, calls = Known(), []
    known.value("/users?skip=0", b"[1]", reading("a", calls))
    known.turn()
    assert known.value("/users?skip=0", b"[2]", reading("b", calls)) == "b"
    assert known.value("/users?skip=9", b"[1]", reading("c", calls)) == "c"


def test_what_was_not_asked_for_in_a_look_is_forgotten():
    known, calls = Known(), []
    known.value("/users?skip=0", b"[1]", reading("a", calls))
    known.turn()
    known.turn()
    known.value("/users?skip=0", b"[1]", reading("b", calls))
    assert calls == ["a", "b"]


def test_a_reply_that_cannot_be_understood_is_not_kept():
    known, calls = Known(), []
    with pytest.raises(ValueError, match="no JSON"):
        known.value("/users?skip=0", b"{", lambda: (_ for _ in ()).throw(ValueError("no JSON")))
    assert known.value("/users?skip=0", b"{", reading("read", calls)) == "read"
