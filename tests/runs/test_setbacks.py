"""What failed in a loop waits, twice as long each time, unless it has become another change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import MADE_FOR

from jcad.model import ItemOutcome, Status
from jcad.plan import Action, Change, ObjectRef, Plan, Result, Target, Verdict
from jcad.runs.setbacks import FIRST_WAIT, LONGEST_WAIT, Setbacks

ACTION = Action(
    id="set:1", kind="update user", target=Target.DIRECTORY, object=ObjectRef.created_by("x"), name="ann", wave=1,
    executor="set-attributes", changes=(Change("sn", "Old", "New"),), expected={"sn": "Old"},
)  # fmt: skip


def a_plan(*actions):
    return Plan.make("sync", MADE_FOR, actions, (), {})


def result(action, status):
    return Result(
        action=action, outcome=ItemOutcome(id=action.id, status=status, reason="no"), verdict=Verdict.NOT_READ
    )


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def setbacks(now):
    return Setbacks(lambda: now[0])


def held(setbacks, *actions):
    return [one.action.id for one in setbacks.waiting(a_plan(*actions))]


def test_what_failed_waits_twice_as_long_each_time_up_to_a_limit(setbacks, now):
    wait = FIRST_WAIT
    for _ in range(10):
        setbacks.note([result(ACTION, Status.FAILED)])
        now[0] += wait - 1
        assert held(setbacks, ACTION) == ["set:1"]
        now[0] += 1
        assert held(setbacks, ACTION) == []
        wait = min(LONGEST_WAIT, 2 * wait)
    assert wait == LONGEST_WAIT


def test_a_change_that_has_become_another_one_is_tried_at_once_and_begins_anew(setbacks, now):
    setbacks.note([result(ACTION, Status.FAILED)])
    other = replace(ACTION, changes=(Change("sn", "Old", "Newer"),))
    assert held(setbacks, other) == []
    setbacks.note([result(other, Status.CONFLICT)])
    now[0] += FIRST_WAIT
    assert held(setbacks, other) == []


def test_what_came_right_or_is_not_planned_any_more_is_forgotten(setbacks):
    setbacks.note([result(ACTION, Status.FAILED)])
    setbacks.note([result(ACTION, Status.CHANGED)])
    assert held(setbacks, ACTION) == []
    setbacks.note([result(ACTION, Status.FAILED)])
    assert held(setbacks) == []
    assert held(setbacks, ACTION) == []


def test_what_was_skipped_or_is_unknown_is_no_setback(setbacks):
    setbacks.note([result(ACTION, Status.SKIPPED), result(replace(ACTION, id="set:2"), Status.UNKNOWN)])
    assert held(setbacks, ACTION) == []
