"""The seed in a real domain and behind a real API: a first plan says of every object what was said beforehand."""

from __future__ import annotations

import pytest

from jcad.lab.lab import Lab
from jcad.lab.seed import Outcome, make_seed
from jcad.lab.settings import write_settings
from jcad.plan import FindingKind
from jcad.runs.secrets import SecretSource
from jcad.runs.sync import SyncRun
from jcad.runs.workplace import Workplace
from jcad.settings import load

SEED = make_seed()
KINDS = {
    FindingKind.SKIPPED: Outcome.SKIP,
    FindingKind.CONFLICT: Outcome.CONFLICT,
    FindingKind.NOT_MANAGEABLE: Outcome.NOT_MANAGEABLE,
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("seed") / "lab") as lab:
        settings = load(write_settings(lab)).settings
        workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))
        with SyncRun.begin(workplace) as run:
            return run.plan()


def outcome_of(plan, noun, identity):
    verbs = {action.verb for action in plan.actions if action.link == identity and action.noun == noun}
    if "create" in verbs:
        return Outcome.CREATE
    if "link" in verbs:
        return Outcome.LINK
    found = {KINDS.get(each.kind) for each in plan.findings if each.cloud == identity and each.noun == noun}
    return next(iter(found - {None}), None)


def cloud_id(action):
    """The JumpCloud object that an action is about: its id ends in it."""
    return action.id.partition(":")[2]


def test_every_user_becomes_what_was_said(plan):
    told = {user.username: (user.outcome, user.because) for user in SEED.expected.users}
    seen = {user.username: (outcome_of(plan, "user", user.id), user.because) for user in SEED.expected.users}
    assert seen == told


def test_every_group_becomes_what_was_said(plan):
    told = {group.name: (group.outcome, group.because) for group in SEED.expected.groups}
    seen = {group.name: (outcome_of(plan, "group", group.id), group.because) for group in SEED.expected.groups}
    assert seen == told


def test_the_attributes_that_are_aligned_and_the_accounts_that_are_disabled_are_those_that_were_said(plan):
    changes = {
        (cloud_id(action), change.attribute, change.old or "", change.new or "")
        for action in plan.actions
        if action.kind == "update user"
        for change in action.changes
    }
    assert changes == {
        (user.id, change.attribute, change.old, change.new) for user in SEED.expected.users for change in user.changes
    }
    assert {cloud_id(action) for action in plan.actions if action.kind == "disable user"} == {
        user.id for user in SEED.expected.disabled
    }


def test_the_members_that_are_added_are_those_that_were_said(plan):
    added = {(action.link, action.name) for action in plan.actions if action.kind == "add member"}
    assert added == {(group.id, name) for group in SEED.expected.groups for name in group.adds}
    assert len(added) == SEED.expected.memberships
    assert plan.counts()["remove member"] == 0
