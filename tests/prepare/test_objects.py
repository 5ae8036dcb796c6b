"""Container, groups, accounts: what is created, what is in the way, what is shown and left."""

from __future__ import annotations

import pytest
from preparing import (
    DAY,
    DOMAIN,
    DOMAIN_SID,
    ROOT,
    USERS,
    account,
    actual,
    adi,
    builtin,
    desired,
    group,
    holder,
    secured,
    state,
    there,
    user,
)

from jcad.model import DistinguishedName, GroupType, UserAccountControl
from jcad.plan import FindingKind
from jcad.prepare.desired import WantedGroup
from jcad.prepare.plan import PrepareOptions, plan_preparation
from jcad.prepare.state import Kept


def planned(wanted, found, **options):
    return plan_preparation(wanted, found, PrepareOptions(**options))


def kinds(plan):
    return [(action.kind, action.name) for action in plan.actions]


def rules(plan):
    return {(finding.kind, finding.rule) for finding in plan.findings}


def test_a_bare_domain_gets_container_group_and_account_in_that_order():
    plan = planned(desired(account(), groups=[adi()], create_container=True), actual(objects=there(DOMAIN, USERS)))
    assert kinds(plan) == [
        ("create container", str(ROOT)),
        ("create account", "jcsync"),
        ("create group", "JumpCloud"),
        ("confirm password", "jcsync"),
    ]
    create = plan.by_id["create-account:sync"]
    assert create.secret == "vault:jcsync"
    assert create.item["neverExpires"] is True
    assert plan.by_id["create-group:adi"].needs == ("create-container:1",)
    assert plan.by_id["confirm-password:sync"].needs == ("create-account:sync",)


def test_each_missing_unit_on_the_way_down_is_created_before_the_next():
    deep = ROOT.child("OU", "a, b").child("OU", "c")
    plan = planned(desired(container=deep, create_container=True), actual())
    assert [action.name for action in plan.actions] == [str(deep.parent), str(deep)]
    assert plan.actions[1].needs == (plan.actions[0].id,)
    assert plan.actions[1].item == {"name": "c", "path": str(deep.parent)}


@pytest.mark.parametrize(
    ("container", "create"), [(ROOT.child("OU", "x"), False), (DOMAIN.child("CN", "Nowhere"), True)]
)
def test_a_container_that_is_missing_and_cannot_be_created_is_a_conflict(container, create):
    plan = planned(desired(groups=[adi(container)], container=container, create_container=create), actual())
    assert rules(plan) == {(FindingKind.CONFLICT, "container-missing")}
    assert not plan.actions


def test_an_object_that_is_no_container_is_a_conflict():
    plan = planned(desired(), actual(objects={**there(DOMAIN), ROOT: secured(ROOT, "user")}))
    assert rules(plan) == {(FindingKind.CONFLICT, "not-a-container")}


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (group("JumpCloud", type=GroupType.GLOBAL), "distribution-group"),
        (group("JumpCloud", dn=USERS.child("CN", "JumpCloud")), "lives-elsewhere"),
        (group("JumpCloud", dn=ROOT.child("OU", "x").child("CN", "JumpCloud")), "lives-elsewhere"),
        (group("JumpCloud", type=GroupType.UNIVERSAL | GroupType.SECURITY), "group-scope"),
        (group("JumpCloud", admin_count=1), "group-protected"),
    ],
)
def test_a_group_of_that_name_that_will_not_do_is_a_conflict_and_is_not_changed(found, rule):
    plan = planned(desired(groups=[adi()]), actual(groups=[found]))
    assert rules(plan) == {(FindingKind.CONFLICT, rule)}
    assert not plan.actions


def test_an_ordinary_group_of_that_name_is_taken_as_it_is():
    plan = planned(desired(groups=[adi()]), actual(groups=[group("jumpcloud")]))
    assert not plan.actions
    assert not plan.findings


def test_a_name_that_something_else_holds_is_a_conflict():
    other = holder(user("JumpCloud"), "computer")
    plan = planned(desired(account(sam="JumpCloud"), groups=[adi()]), actual(holders=(other,)))
    assert rules(plan) == {(FindingKind.CONFLICT, "name-taken")}
    assert not plan.actions


def test_nested_admins_are_reported():
    admins = WantedGroup(sam="JumpCloud Admins", container=USERS, description="d")
    found = group("JumpCloud Admins", dn=USERS.child("CN", "JumpCloud Admins"))
    plan = planned(desired(groups=[admins]), actual(groups=[found], nested_admins=("Helpdesk",)))
    assert rules(plan) == {(FindingKind.REPORTED, "nested-admins")}


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (state(groups=(group("Domain Admins", 512),)), "account-privileged"),
        (state(groups=(group("Domain Users", 513), builtin("Account Operators", 548))), "account-privileged"),
        (state(groups=(group("DnsAdmins", 1101),)), "account-privileged"),
        (state(user(admin_count=1)), "account-privileged"),
        (state(groups=(group("jumpcloud"),)), "account-in-adi-group"),
    ],
)
def test_an_account_that_must_not_be_used_is_refused_with_the_reason(found, rule):
    """Membership is of the token: direct, nested and primary groups alike."""
    plan = planned(desired(account(), groups=[adi()]), actual(found, groups=[group("JumpCloud")]))
    assert (FindingKind.CONFLICT, rule) in rules(plan)
    assert not plan.actions


def test_an_ordinary_account_is_used_as_it_is():
    ordinary = (group("Domain Users", 513), builtin("Users", 545), builtin("Remote Management Users", 580))
    plan = planned(desired(account()), actual(state(groups=ordinary)))
    assert not plan.actions
    assert not plan.findings


def test_other_settings_are_shown_and_only_the_expiry_is_changed():
    odd = user(
        dn=ROOT.child("CN", "jcsync"), upn="other@x", pwd_last_set=0, account_expires=130000 * DAY,
        control=UserAccountControl.NORMAL_ACCOUNT | UserAccountControl.ACCOUNTDISABLE
        | UserAccountControl.TRUSTED_FOR_DELEGATION,
    )  # fmt: skip
    plan = planned(desired(account()), actual(state(odd)))
    assert kinds(plan) == [("update account", "jcsync")]
    (change,) = plan.actions[0].changes
    assert (change.old, change.new) == ("false", "true")
    assert plan.actions[0].expected == {"userAccountControl": 0x80202}
    assert {rule for _, rule in rules(plan)} == {
        "disabled", "must-change-password", "account-expires", "lives-elsewhere", "other-upn", "trusted-for-delegation",
        "inside-container",
    }  # fmt: skip


def test_the_day_a_password_expires_is_told_where_it_may_expire():
    """130,000 days after 1601 and 42 more."""
    expiring = user(pwd_last_set=130000 * DAY, control=UserAccountControl.NORMAL_ACCOUNT)
    plan = planned(desired(account(password_never_expires=False)), actual(state(expiring, max_age=42 * 86400)))
    (finding,) = plan.findings
    assert finding.rule == "rotation-due"
    assert "1957-01-17" in finding.reason


def test_an_account_without_a_place_for_its_password_is_not_created():
    plan = planned(desired(account(secret="")), actual())
    assert rules(plan) == {(FindingKind.CONFLICT, "no-place-for-password")}
    assert not plan.actions


def test_a_password_that_nobody_knows_is_said_so():
    plan = planned(desired(account()), actual(state(), kept={"jcsync": Kept.ABSENT}))
    assert rules(plan) == {(FindingKind.MISSING, "password-unknown")}
    assert "--new-password jcsync" in plan.findings[0].reason


def test_a_password_that_a_killed_run_left_pending_is_confirmed():
    plan = planned(desired(account()), actual(state(), kept={"jcsync": Kept.PENDING}))
    assert kinds(plan) == [("confirm password", "jcsync")]


def test_a_new_password_is_made_only_when_it_is_asked_for():
    plan = planned(desired(account()), actual(state()), new_passwords=frozenset({"JCSYNC"}))
    assert kinds(plan) == [("reset password", "jcsync"), ("confirm password", "jcsync")]
    assert plan.actions[1].needs == ("reset-password:sync",)


@pytest.mark.parametrize("logon", ["member-server", "jea"])
def test_a_logon_that_jcad_does_not_write_is_said_with_its_command(logon):
    plan = planned(desired(account(), logon=logon, logon_server="srv1"), actual(state()))
    assert rules(plan) == {(FindingKind.REPORTED, "logon-by-hand")}
    assert not plan.actions


def test_a_logon_on_domain_controllers_carries_its_warning():
    plan = planned(desired(account(), logon="domain-controllers"), actual(state()))
    assert kinds(plan) == [("allow logon", "jcsync")]
    assert "every domain controller" in plan.actions[0].reason


def test_a_logon_that_is_there_and_not_wanted_is_shown_and_left():
    plan = planned(desired(account()), actual(state(may_log_on=True)))
    assert rules(plan) == {(FindingKind.REPORTED, "logon-not-wanted")}
    assert not plan.actions


def test_the_same_input_gives_the_same_plan():
    wanted = desired(account(), account("import", "jcimport"), groups=[adi()])
    assert planned(wanted, actual()) == planned(wanted, actual())
    assert planned(wanted, actual()).made_for.domain_sid == str(DOMAIN_SID)


def test_jumpclouds_spelling_of_a_container_is_understood():
    assert DistinguishedName.parse("OU=People;DC=lab;DC=jcad;DC=test") == ROOT
