"""A rotation's plan behind the preparation of the account that it goes to."""

from __future__ import annotations

import pytest

from jcad.errors import GuardStopped
from jcad.model import AdUser, DistinguishedName, Sid
from jcad.plan import Action, Finding, FindingKind, Identity, ObjectRef, Plan, Target
from jcad.runs.rotation.compose import ABSENT, compose, require_usable, settings_for
from jcad.settings import SecretReference, checked

MADE_FOR = Identity(organisation="o", instance="i", domain_sid="S-1-5-21-1-2-3", domain="DC=lab", dc="dc1")
BARE = Identity(organisation="", instance="", domain_sid="S-1-5-21-1-2-3", domain="DC=lab", dc="dc1")
THERE = ObjectRef.guid(ABSENT.__class__(int=7))


def action(identity, kind, wave, *needs, target=Target.DIRECTORY, about=THERE):
    return Action(
        id=identity, kind=kind, target=target, object=about, name="jcsync-b", wave=wave, executor=kind.replace(" ", "-"),
        needs=needs,
    )  # fmt: skip


def rotation(about=THERE):
    """As the agents plan it: the password, one logon, two hosts one after the other, the old account disabled."""
    return Plan.make(
        "rotation",
        MADE_FOR,
        [
            action("reset", "reset password", 0, about=about),
            action("enable", "enable user", 1, "reset", about=about),
            action("confirm", "confirm password", 2, "enable", target=Target.STORE, about=about),
            action("one", "reinstall agent", 3, "confirm", target=Target.HOST, about=ObjectRef.host("srv1")),
            action("two", "reinstall agent", 4, "one", target=Target.HOST, about=ObjectRef.host("srv2")),
            action("disable", "disable user", 5, "one", "two", about=ObjectRef.guid(ABSENT.__class__(int=1))),
        ],
        [Finding(kind=FindingKind.REPORTED, noun="agent", name="srv9", rule="other-account", reason="r")],
        {"hosts": 2},
    )


def preparation(*actions, findings=()):
    return Plan.make("prepare", BARE, actions, findings, {})


CREATE = action("create", "create account", 1, about=ObjectRef.created_by("create"))
PERMIT = action("permit", "update permissions", 3, "create", about=ObjectRef.guid(ABSENT.__class__(int=9)))
CONFIRM = action("confirm-password:sync", "confirm password", 4, "create", target=Target.STORE)


def user(guid=THERE):
    given = ABSENT if guid is ABSENT else ABSENT.__class__(int=7)
    return AdUser(
        guid=given,
        dn=DistinguishedName.parse("CN=jcsync-b,DC=lab"),
        sid=Sid.parse("S-1-5-21-1-2-3-1200"),
        sam="jcsync-b",
    )


def order(plan):
    return [[one.id for one in actions] for _, actions in plan.waves()]


def test_an_account_that_is_not_there_gets_its_password_where_it_is_created():
    plan = compose(preparation(CREATE, PERMIT, CONFIRM), rotation(ObjectRef.guid(ABSENT)), user(ABSENT))
    assert order(plan) == [["create"], ["permit"], ["confirm-password:sync"], ["one"], ["two"], ["disable"]]


def test_the_first_host_needs_all_of_the_preparation():
    plan = compose(preparation(CREATE, PERMIT, CONFIRM), rotation(ObjectRef.guid(ABSENT)), user(ABSENT))
    assert plan.by_id["one"].needs == ("confirm-password:sync", "create", "permit")
    assert plan.by_id["two"].needs == ("one",)
    assert plan.by_id["disable"].needs == ("one", "two")


def test_an_account_that_is_there_gets_a_new_password_from_the_rotation_alone():
    """What preparing a domain would do about a password that is pending or asked for is the rotation's business."""
    plan = compose(preparation(PERMIT, CONFIRM), rotation(), user())
    assert order(plan) == [["permit"], ["reset"], ["enable"], ["confirm"], ["one"], ["two"], ["disable"]]
    assert plan.by_id["reset"].needs == ("permit",)


def test_where_nothing_is_to_be_prepared_the_rotation_stays_as_it_is():
    plan = compose(preparation(), rotation(), user())
    assert plan.actions == rotation().actions
    assert (plan.feature, plan.made_for, plan.population) == ("rotation", MADE_FOR, {"hosts": 2})


def test_what_is_said_of_the_new_account_is_kept_but_for_its_being_disabled():
    found = [
        Finding(kind=FindingKind.REPORTED, noun="account", name=name, rule=rule, reason="r")
        for name, rule in (("jcsync-b", "disabled"), ("jcsync-b", "inside-container"), ("OU", "too-much"))
    ]
    plan = compose(preparation(findings=found), rotation(), user())
    assert {one.rule for one in plan.findings} == {"other-account", "inside-container"}


def test_an_account_that_cannot_be_a_service_account_stops_it():
    refused = Finding(
        kind=FindingKind.CONFLICT,
        noun="account",
        name="jcsync-b",
        rule="account-privileged",
        reason="it is in Domain Admins",
    )
    with pytest.raises(GuardStopped, match="it is in Domain Admins"):
        require_usable(preparation(findings=[refused]), "jcsync-b")
    require_usable(preparation(findings=[refused]), "jcimport")


def test_the_second_account_is_prepared_as_if_it_were_the_only_one():
    given = checked(
        {
            "jumpcloud": {"api_key": "env:KEY"},
            "directory": {"domain": "lab.test", "user": "LAB\\reader", "password": "env:P"},
            "remoting": {"user": "LAB\\writer", "password": "env:P"},
            "prepare": {
                "create": True,
                "admins_group": True,
                "sync": {"name": "jcsync", "password": "vault:a", "options": ["delete"]},
                "import": {"name": "jcimport", "password": "vault:i"},
            },
        }
    )
    told = settings_for(given, "sync", "jcsync-b", SecretReference.parse("vault:b")).prepare
    assert told.sync is not None
    assert (told.sync.name, str(told.sync.password), told.sync.options) == ("jcsync-b", "vault:b", ["delete"])
    assert told.import_ is None
    assert (told.create, told.adi_group, told.admins_group) == (False, False, False)
