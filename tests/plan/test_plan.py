"""Plans: their order, their file, their selection, their guard."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import GuardStopped, PlanError
from jcad.plan import (
    Action,
    Change,
    Finding,
    FindingKind,
    Identity,
    Limit,
    ObjectRef,
    Plan,
    Target,
    canonical_json,
    digest,
    excesses,
    leave_out,
    raise_if_over,
    read_plan,
    select,
    with_allowances,
    write_plan,
)

MADE_FOR = Identity(organisation="org", instance="inst", domain_sid="S-1-5-21-1", domain="DC=lab", dc="dc1")


def an_action(identity, kind="disable user", **values):
    given = {
        "id": identity,
        "kind": kind,
        "target": Target.DIRECTORY,
        "object": ObjectRef("guid", "11111111-1111-1111-1111-111111111111"),
        "name": identity,
        "wave": 1,
        "executor": "disable-user",
    }
    return Action(**{**given, **values})


def a_plan(*actions, findings=(), population=None):
    return Plan.make("sync", MADE_FOR, actions, findings, population or {})


def test_actions_are_ordered_by_wave_then_kind_then_name():
    plan = a_plan(an_action("b", wave=2), an_action("a", wave=2), an_action("z", wave=1))
    assert [action.id for action in plan.actions] == ["z", "a", "b"]
    assert [wave for wave, _ in plan.waves()] == [1, 2]


def test_two_actions_of_one_id_are_refused():
    with pytest.raises(ValueError, match="two actions of the id a"):
        a_plan(an_action("a"), an_action("a"))


def test_findings_alone_are_not_pending():
    finding = Finding(kind=FindingKind.CONFLICT, noun="user", name="x", rule="two-match", reason="two")
    plan = a_plan(findings=[finding])
    assert not plan.is_pending
    assert plan.finding_counts()[FindingKind.CONFLICT] == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(item=st.dictionaries(st.text(), VALUES, max_size=3), old=st.none() | st.text(), new=st.none() | st.text())
def test_any_plan_survives_its_file_and_keeps_its_digest(item, old, new):
    plan = a_plan(an_action("a", item=item, changes=(Change("sn", old, new),), member=ObjectRef.cloud("u")))
    again = read_plan(write_plan(plan))
    assert again == plan
    assert digest(again) == digest(plan)


def test_the_digest_is_over_everything_but_times():
    plan = a_plan(an_action("a"))
    assert digest(plan) != digest(a_plan(an_action("a", reason="another")))
    assert "digest" not in json.loads(canonical_json(plan))


def test_a_plan_that_was_changed_after_it_was_written_is_refused():
    text = write_plan(a_plan(an_action("a", name="mallory")))
    with pytest.raises(PlanError, match="was changed after it was written"):
        read_plan(text.replace("mallory", "alice"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[]", "not a jcad plan"),
        ('{"schema": "jcad.plan/2"}', "not a jcad plan"),
        ('{"schema": "jcad.plan/1", "format": 7}', "plan format 7"),
        ('{"schema": "jcad.plan/1", "format": 1}', "not a jcad plan"),
        ('{"schema": "jcad.plan/1", "format": 1, "feature": "sync", "made_for": {}, "actions": 3}', "not a jcad plan"),
    ],
)
def test_what_is_no_plan_is_refused(text, says):
    with pytest.raises(PlanError, match=says):
        read_plan(text)


@given(st.text())
def test_any_text_is_a_plan_or_a_plan_error(text):
    with pytest.raises(PlanError):
        read_plan(text)


# ---- selection -------------------------------------------------------------------------------------------------------


GROUP = an_action("create-group:g", "create group", name="Sales EMEA")
MEMBER = an_action("add:1", "add member", name="o'brien", scope="Sales EMEA", wave=4, needs=("create-group:g",))
USER = an_action("disable:2", name="mary")


def ids(plan):
    return {action.id for action in plan.actions}


@pytest.mark.parametrize(
    ("only", "without", "kept"),
    [
        (["disable user"], [], {"disable:2"}),
        (["DISABLE"], [], {"disable:2"}),
        (["o'brien"], [], {"create-group:g", "add:1"}),
        (["sales*"], [], {"create-group:g", "add:1"}),
        ([], ["create group"], {"disable:2"}),
        ([], ["member"], {"create-group:g", "disable:2"}),
        (["user", "group"], ["mary"], {"create-group:g"}),
    ],
)
def test_a_selection_keeps_what_is_named_with_all_that_it_needs(only, without, kept):
    assert ids(select(a_plan(GROUP, MEMBER, USER), only=only, without=without)) == kept


def test_a_limit_takes_the_first_in_order():
    assert ids(select(a_plan(GROUP, MEMBER, USER), limit=1)) == {"create-group:g"}
    assert not select(a_plan(GROUP), limit=0).is_pending


def test_a_word_that_matches_nothing_is_a_mistake_and_not_nothing_to_do():
    with pytest.raises(PlanError, match="nothing in the plan matches 'crate user'"):
        select(a_plan(GROUP), only=["crate user"])


# ---- guard -----------------------------------------------------------------------------------------------------------

DISABLES = Limit(guard="disables", count=50, share=0.1, floor=5, population="users", what="disables")


def disables(count, **values):
    return [an_action(f"d{number}", guards=("disables",), **values) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "users", "passes"),
    [(5, 10, True), (6, 10, False), (10, 100, True), (11, 100, False), (50, 1000, True), (51, 1000, False)],
)
def test_a_share_counts_above_its_floor(count, users, passes):
    plan = a_plan(*disables(count), population={"users": users})
    if passes:
        raise_if_over(plan, [DISABLES])
        return
    with pytest.raises(GuardStopped) as caught:
        raise_if_over(plan, [DISABLES])
    assert f"{count} of {users} disables" in caught.value.message
    assert "Nothing was written" in caught.value.message
    assert f"--allow disables={count}" in caught.value.hint
    assert caught.value.exit_code == 3


def test_a_limit_per_scope_counts_each_group_for_itself():
    limit = Limit(guard="disables", count=2, per_scope=True, population="members")
    plan = a_plan(*disables(2, scope="A"), an_action("x", guards=("disables",), scope="B"))
    raise_if_over(plan, [limit])
    with pytest.raises(GuardStopped, match="3 disables in A"):
        raise_if_over(a_plan(*disables(3, scope="A")), [limit])


def test_the_total_counts_every_action():
    with pytest.raises(GuardStopped, match="2 total, the limit is 1"):
        raise_if_over(a_plan(GROUP, USER), [Limit(guard="total", count=1)])


def test_all_excesses_are_told_at_once_with_every_flag():
    plan = a_plan(*disables(6), population={"users": 10})
    with pytest.raises(GuardStopped) as caught:
        raise_if_over(plan, [DISABLES, Limit(guard="total", count=1)])
    assert "2 limits" in caught.value.message
    assert "--allow disables=6 --allow total=6" in caught.value.hint


def test_an_allowance_lets_exactly_so_many_pass():
    plan = a_plan(*disables(6), population={"users": 10})
    raise_if_over(plan, with_allowances([DISABLES], {"disables": 6}))
    with pytest.raises(GuardStopped):
        raise_if_over(plan, with_allowances([DISABLES], {"disables": 5}))


def test_what_was_done_before_counts_as_well():
    with pytest.raises(GuardStopped):
        raise_if_over(a_plan(*disables(3), population={"users": 10}), [DISABLES], {"disables": 3})


def test_what_was_done_before_counts_towards_a_limit_within_its_own_scope():
    limits = [Limit(guard="removals", count=2, per_scope=True, population="members", what="removals of members")]
    plan = a_plan(
        an_action("a", guards=("removals",), scope="Sales"), an_action("b", guards=("removals",), scope="Ops")
    )
    already = {"removals": 3, "removals:Sales": 2, "removals:Ops": 1}
    (excess,) = excesses(plan, limits, already)
    assert (excess.scope, excess.count, excess.before) == ("Sales", 3, 2)
    assert "2 of them done in the last 24 hours" in str(excess)
    assert excesses(plan, limits) == []


def test_what_needs_an_action_that_is_left_out_is_left_out_with_it():
    assert ids(leave_out(a_plan(GROUP, MEMBER, USER), {"create-group:g"})) == {USER.id}
    assert ids(leave_out(a_plan(GROUP, MEMBER, USER), set())) == {GROUP.id, MEMBER.id, USER.id}
    assert ids(leave_out(a_plan(GROUP, MEMBER, USER), {MEMBER.id})) == {GROUP.id, USER.id}
