"""The seed in a real domain and behind a real API: a first plan says of every object what was said beforehand.

Then it is carried out, and OpenLDAP's client, which shares nothing with jcad, reads what has become of the domain.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jcad.lab.domain.database import Entry
from jcad.lab.lab import Lab
from jcad.lab.seed import ROOT_USER_CONTAINER, Outcome, make_seed
from jcad.lab.settings import write_settings
from jcad.model import Status
from jcad.plan import FindingKind, Plan, Result
from jcad.runs.secrets import SecretSource
from jcad.runs.sync import SyncRun
from jcad.runs.workplace import Workplace
from jcad.settings import load

SEED = make_seed()
ATTRIBUTES = ("sAMAccountName", "userPrincipalName", "userAccountControl", "givenName", "sn", "mail", "objectGUID")
KINDS = {
    FindingKind.SKIPPED: Outcome.SKIP,
    FindingKind.CONFLICT: Outcome.CONFLICT,
    FindingKind.NOT_MANAGEABLE: Outcome.NOT_MANAGEABLE,
}


@dataclass
class Played:
    """A first sync: its plan, what became of it, the plan after it, and the domain as OpenLDAP's client reads it."""

    plan: Plan
    results: tuple[Result, ...]
    second: Plan
    users: dict[str, Entry]
    groups: dict[str, Entry]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("seed") / "lab") as lab:
        settings = load(write_settings(lab)).settings
        workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))
        with SyncRun.begin(workplace) as run:
            plan = run.plan()
            report = run.apply(plan)
        with SyncRun.begin(workplace) as again:
            second = again.plan()
        users = lab.ldapsearch("(&(objectClass=user)(!(objectClass=computer)))", *ATTRIBUTES)
        groups = lab.ldapsearch("(objectClass=group)", "sAMAccountName", "member", "groupType")
        return Played(
            plan, report.results, second, {each.text("sAMAccountName"): each for each in users},
            {each.text("sAMAccountName"): each for each in groups},
        )  # fmt: skip


@pytest.fixture
def plan(played):
    return played.plan


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


def users_that_were(outcome):
    return [each for each in SEED.expected.users if each.outcome is outcome]


def test_every_action_was_carried_out(played):
    failed = [(each.action.id, each.outcome.error, each.outcome.reason) for each in played.results
              if each.outcome.status is not Status.CHANGED]  # fmt: skip
    assert failed == []
    assert len(played.results) == len(played.plan.actions)


def test_a_second_plan_has_nothing_to_do_and_the_same_to_report(played):
    assert played.second.actions == ()
    reported = {(each.kind, each.noun, each.name, each.rule) for each in played.plan.findings}
    again = {(each.kind, each.noun, each.name, each.rule) for each in played.second.findings}
    assert {each for each in again if each[0] in KINDS} == {each for each in reported if each[0] in KINDS}


def test_the_created_accounts_are_as_jumpcloud_has_them(played):
    for told in users_that_were(Outcome.CREATE):
        person, found = SEED.tenant.user(told.username), played.users[told.sam_account_name]
        assert found.dn.endswith(f",{ROOT_USER_CONTAINER}")
        assert (found.text("givenName"), found.text("sn"), found.text("mail")) == (
            person.firstname, person.lastname, person.email,
        )  # fmt: skip
        assert found.text("userPrincipalName") == f"{told.username}@lab.jcad.test"
        assert found.text("userAccountControl") == ("512" if told.enabled else "514")


def test_the_accounts_taken_over_have_what_was_aligned_and_keep_the_rest(played):
    for told in users_that_were(Outcome.LINK):
        before, found = SEED.directory.user(told.sam_account_name), played.users[told.sam_account_name]
        wanted = {name: before.value(name) for name in ("givenName", "sn", "mail")}
        wanted |= {change.attribute: change.new for change in told.changes}
        assert {name: found.text(name) for name in wanted} == wanted
        assert bool(int(found.text("userAccountControl")) & 2) is not told.enabled


def test_what_was_skipped_in_conflict_or_not_manageable_is_as_it_was(played):
    """Every account that the seed has and no sync may touch, by all that was read of it; and none was made beside them."""
    linked = {told.sam_account_name for told in users_that_were(Outcome.LINK)}
    for before in SEED.directory.users:
        if before.sam_account_name not in linked:
            found = played.users[before.sam_account_name]
            assert {name: found.text(name) for name in ("givenName", "sn", "mail")} == {
                name: before.value(name) for name in ("givenName", "sn", "mail")
            }
    made = {told.sam_account_name for told in users_that_were(Outcome.CREATE)}
    there = {each.sam_account_name for each in SEED.directory.users} | {"Guest", "krbtgt", "dns-dc1"}
    assert set(played.users) == made | there


def test_the_groups_have_the_members_that_were_said_and_no_others(played):
    named = {each.dn: sam for sam, each in (*played.users.items(), *played.groups.items())}
    sams = {told.username: told.sam_account_name for told in SEED.expected.users}
    before = {each.sam_account_name: set(each.members) for each in SEED.directory.groups}
    for told in SEED.expected.groups:
        if told.outcome in {Outcome.CREATE, Outcome.LINK}:
            found = {named[dn.decode()] for dn in played.groups[told.name].attributes.get("member", ())}
            assert found == before.get(told.name, set()) | {sams[name] for name in told.adds}, told.name
    touched = {told.name for told in SEED.expected.groups if told.outcome in {Outcome.CREATE, Outcome.LINK}}
    for each in SEED.directory.groups:
        if each.sam_account_name not in touched and not each.existing:
            found = {named[dn.decode()] for dn in played.groups[each.sam_account_name].attributes.get("member", ())}
            assert found == set(each.members)
