"""The plan of the lab's seed is, object by object, what was written down by hand beside each case."""

from __future__ import annotations

import pytest
from sides import a_sync, seeded_cloud, seeded_directory

from jcad.adsync import explain
from jcad.lab.seed import Outcome, make_seed
from jcad.model import fold
from jcad.plan import FindingKind, canonical_json, digest, read_plan, write_plan

SEED = make_seed()
NEVER = {
    fold(name): f"{name} is a service account or a group of JumpCloud's own"
    for name in ("jcsync", "jcimport", "JumpCloud", "JumpCloud Admins")
}
KINDS = {
    FindingKind.SKIPPED: Outcome.SKIP,
    FindingKind.CONFLICT: Outcome.CONFLICT,
    FindingKind.NOT_MANAGEABLE: Outcome.NOT_MANAGEABLE,
}


@pytest.fixture(scope="module")
def sync():
    return a_sync(seeded_cloud(SEED), seeded_directory(SEED, NEVER))


@pytest.fixture(scope="module")
def plan(sync):
    return sync.plan()


def outcome_of(plan, noun, identity):
    verbs = {action.verb for action in plan.actions if action.link == identity and action.noun == noun}
    if "create" in verbs:
        return Outcome.CREATE
    if "link" in verbs:
        return Outcome.LINK
    kinds = {KINDS.get(finding.kind) for finding in plan.findings if finding.cloud == identity and finding.noun == noun}
    return next(iter(kinds - {None}), None)


@pytest.mark.parametrize("expected", SEED.expected.users, ids=lambda one: one.username)
def test_each_user_becomes_what_was_expected(plan, expected):
    assert outcome_of(plan, "user", expected.id) is expected.outcome, expected.because
    aligned = {
        (change.attribute, change.old or "", change.new or "")
        for action in plan.actions
        if action.id == f"set-attributes:{expected.id}"
        for change in action.changes
    }
    assert aligned == {(change.attribute, change.old, change.new) for change in expected.changes}
    assert (f"disable-user:{expected.id}" in plan.by_id) == expected.disable
    withheld = {
        one.reason.split()[0] for one in plan.findings if one.cloud == expected.id and "not written" in one.reason
    }
    assert withheld == set(expected.withheld)
    if expected.outcome is Outcome.CREATE:
        assert plan.by_id[f"create-user:{expected.id}"].item["enabled"] is expected.enabled


@pytest.mark.parametrize("expected", SEED.expected.groups, ids=lambda one: one.name)
def test_each_group_becomes_what_was_expected(plan, expected):
    assert outcome_of(plan, "group", expected.id) is expected.outcome, expected.because
    added = {one.name for one in plan.actions if one.kind == "add member" and one.link == expected.id}
    assert added == set(expected.adds)
    kept = [one for one in plan.findings if one.noun == "membership" and one.cloud == expected.id]
    assert bool(kept) == bool(expected.kept)


def test_nothing_else_is_planned(plan):
    counts = plan.counts()
    assert counts["create user"] == SEED.expected.user_counts()[Outcome.CREATE]
    assert counts["create group"] == SEED.expected.group_counts()[Outcome.CREATE]
    assert counts["add member"] == SEED.expected.memberships
    assert counts["remove member"] == 0
    assert set(counts) <= {
        "create user",
        "create group",
        "link user",
        "link group",
        "update user",
        "disable user",
        "add member",
    }


def test_the_same_input_gives_the_same_plan_byte_for_byte(plan):
    again = a_sync(seeded_cloud(SEED), seeded_directory(SEED, NEVER)).plan()
    assert canonical_json(again) == canonical_json(plan)
    assert digest(again) == digest(plan)


def test_a_plan_survives_its_file(plan):
    assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize("expected", SEED.expected.users, ids=lambda one: one.username)
def test_explain_agrees_with_the_plan(sync, plan, expected):
    (found,) = [one for one in explain(sync, expected.id) if one.noun == "user"]
    assert found.cloud["id"] == expected.id
    own = {action.id for action in found.actions}
    assert own >= {action.id for action in plan.actions if action.link == expected.id}
    assert found.reason
