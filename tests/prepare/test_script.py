"""The plan of a prepared domain as one .ps1: what earlier steps create is found when it runs, and passwords are asked for."""

from __future__ import annotations

from preparing import DOMAIN, USERS, account, actual, adi, desired, there

from jcad.lab.powershell.syntax import parse_script
from jcad.prepare.desired import Delegation, Grant, Inheritance
from jcad.prepare.plan import PrepareOptions, plan_preparation
from jcad.runs import export_plan


def exported():
    grant = Grant(mask=0x10, inheritance=Inheritance.DESCENDENTS, reason="it's read")
    root = desired().container
    delegation = Delegation(account="jcsync", container=root, grants=(grant,))
    whole = desired(account(), groups=[adi()], create_container=True, delegations=(delegation,))
    plan = plan_preparation(whole, actual(objects=there(DOMAIN, USERS)), PrepareOptions())
    return export_plan(plan, maker="jcad test")


def test_it_is_a_script_with_every_step_in_the_order_of_the_plan():
    text = exported()
    parse_script(text)
    steps = [text.index(f"Invoke-Step -Name '{name}'") for name in (
        "create-ou", "create-group", "create-service-account", "set-permissions",
    )]  # fmt: skip
    assert steps[0] < min(steps[1:3])
    assert max(steps[1:3]) < steps[3]


def test_what_an_earlier_step_creates_is_named_by_that_step():
    text = exported()
    assert "'madeBy' = 'create-container:1'" in text
    assert "'created-by:create-account:sync'" in text
    assert "function Resolve-Created" in text


def test_the_password_of_a_new_account_is_asked_for_and_is_nowhere():
    text = exported()
    assert "'password' = 'ask'" in text
    assert "vault:jcsync" not in text
    assert "#   'confirm password'  1" in text


def test_a_reason_is_a_literal_like_everything_else():
    assert "'reason' = 'it''s read'" in exported()
