"""A loop's plan, which keeps what was settled, is the plan that would be made from nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from sides import (
    CONTAINER,
    DOMAIN,
    OPTIONS,
    ad_group,
    ad_user,
    cloud_group,
    cloud_side,
    cloud_user,
    directory_side,
    guid_of,
)

from jcad.adsync import OnUnbind, Settled, Sync, plain_rules
from jcad.model import Link, LinkKind, Memory, RestrictedField, UserAccountControl

NAMES = ("ann", "bob", "cid", "dora")
MAPPING = plain_rules({"firstname": "givenName", "lastname": "sn", "email": "mail", "manager": "manager"})

SELDOM = st.sampled_from([False] * 9 + [True])
"""What would keep most users from being synced at all if it came every second time."""

PEOPLE = st.fixed_dictionaries({
    "unbound": SELDOM,
    "username": st.sampled_from(["", "", "", "other", "x" * 25]),
    "lastname": st.sampled_from(["Last", "Last", "Changed", ""]),
    "suspended": st.booleans(),
    "manager": st.sampled_from(["", *NAMES]),
    "restricted": SELDOM,
})  # fmt: skip
ACCOUNTS = st.fixed_dictionaries({
    "gone": SELDOM,
    "surname": st.sampled_from(["Last", "Changed"]),
    "sam": st.sampled_from(["", "", "", "other"]),
    "moved": SELDOM,
    "disabled": st.booleans(),
    "guarded": SELDOM,
})  # fmt: skip
PAIRS = st.fixed_dictionaries({
    "none": SELDOM, "name": st.sampled_from(["", "", "other"]), "unfinished": SELDOM, "disabled_here": st.booleans(),
})  # fmt: skip
CHOICES = st.fixed_dictionaries({
    "rename_users": st.booleans(), "reenable": st.booleans(), "on_unbind": st.sampled_from(OnUnbind),
})  # fmt: skip
KINDS = (PEOPLE, ACCOUNTS, PAIRS)
FIRST = st.tuples(*(st.fixed_dictionaries(dict.fromkeys(NAMES, kind)) for kind in KINDS), CHOICES)
EDITS = st.one_of(
    *(st.tuples(st.just(place), st.sampled_from(NAMES), kind) for place, kind in enumerate(KINDS)),
    st.tuples(st.just(len(KINDS)), st.none(), CHOICES),
)
"""What changes from one plan to the next: one user, account or pair, or the options."""


def edited(world, edit):
    place, name, value = edit
    changed = value if name is None else {**world[place], name: value}
    return (*world[:place], changed, *world[place + 1 :])


def sync_of(world):
    people, accounts, pairs, choices = world
    users = [
        cloud_user(
            name, id=f"id-{name}", username=told["username"] or name, lastname=told["lastname"], suspended=told["suspended"],
            attributes={"manager": f"id-{told['manager']}"} if told["manager"] else {},
            restricted=(RestrictedField("lastname", "active_directory"),) if told["restricted"] else (),
        )
        for name, told in people.items()
    ]  # fmt: skip
    found = [account(name, told, number) for number, (name, told) in enumerate(accounts.items()) if not told["gone"]]
    guarded = [one for one in found if accounts[name_of(one)]["guarded"]]
    admins = ad_group("Domain Admins", *guarded, rid=512, container=DOMAIN)
    team = cloud_group("Team", *users[:2])
    links = {
        f"id-{name}": Link(kind=LinkKind.USER, cloud_id=f"id-{name}", guid=guid_of(f"user {name}"), name=pair["name"] or name,
                           unfinished=pair["unfinished"], disabled_here=pair["disabled_here"])
        for name, pair in pairs.items() if not pair["none"]
    }  # fmt: skip
    bound = [f"id-{name}" for name, told in people.items() if not told["unbound"]] + ["id-always"]
    return Sync(
        cloud=cloud_side([*users, cloud_user("always")], [team], bound=bound, bound_groups=[team.id]),
        directory=directory_side(found, [admins]),
        memory=Memory(links=links, managed_before=bool(links)),
        options=replace(OPTIONS, mapping=MAPPING, **choices),
    )


def account(name, told, number):
    return ad_user(
        told["sam"] or name, guid=guid_of(f"user {name}"), cn=name, rid=5000 + number, surname=told["surname"],
        mail=f"{name}@lab.jcad.test", container=DOMAIN if told["moved"] else CONTAINER,
        control=UserAccountControl(0x202 if told["disabled"] else 0x200),
    )  # fmt: skip


def name_of(account):
    return account.dn.name


@settings(max_examples=300)
@given(FIRST, st.lists(EDITS, min_size=1, max_size=4))
def test_plans_one_after_the_other_are_those_made_from_nothing(world, edits):
    settled = Settled()
    sync_of(world).plan(settled)
    for edit in edits:
        world = edited(world, edit)
        assert sync_of(world).plan(settled) == sync_of(world).plan()


def test_a_pair_of_which_nothing_has_changed_is_not_decided_anew():
    person = {
        "unbound": False,
        "username": "",
        "lastname": "Last",
        "suspended": False,
        "manager": "",
        "restricted": False,
    }
    found = {"gone": False, "surname": "Changed", "sam": "", "moved": False, "disabled": False, "guarded": False}
    pair = {"none": False, "name": "", "unfinished": False, "disabled_here": False}
    world = (*(dict.fromkeys(NAMES, one) for one in (person, found, pair)), {})
    settled, first, second = Settled(), sync_of(world), sync_of(world)
    assert first.plan(settled) == second.plan(settled)
    decided = {one.cloud_id: one for one in first.users}
    again = [one for one in second.users if one is decided.get(one.cloud_id)]
    assert {one.cloud_id for one in again} == {f"id-{name}" for name in NAMES}
    assert all(one.actions for one in again)
