"""A side that is brought up to date is the side that would be read now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sides import DOMAIN, DOMAIN_SID, guid_of

from jcad.adsync import DirectorySide
from jcad.adsync.changes import updated
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, Protection, Sid, protected_through_membership
from jcad.model.changes import DirectoryChanges


def user(name, cn=None, **values):
    dn = DistinguishedName.parse(f"CN={cn or name},OU=JumpCloud,{DOMAIN}")
    number = 2000 + sum(map(ord, name))
    return AdUser(guid=guid_of(name), dn=dn, sid=Sid.parse(f"{DOMAIN_SID}-{number}"), sam=name, **values)


def group(name, members=(), rid=5000, **values):
    dn = DistinguishedName.parse(f"CN={name},OU=JumpCloud,{DOMAIN}")
    names = tuple(one.dn for one in members)
    return AdGroup(guid=guid_of(name), dn=dn, sid=Sid.parse(f"{DOMAIN_SID}-{rid}"), sam=name, members=names, **values)


def side(users=(), groups=(), others=()):
    guids = {one.dn: one.guid for one in (*users, *groups)}
    return DirectorySide(
        dc="dc1",
        domain=DOMAIN,
        domain_sid=DOMAIN_SID,
        users=tuple(users),
        groups=tuple(groups),
        others=tuple(others),
        protection=Protection(reasons=protected_through_membership(groups, users, guids.get)),
    )


def same(one, other):
    """Whether two sides say the same; the order of objects says nothing."""
    return (
        one.users_by_guid == other.users_by_guid
        and {g.guid: (g.dn, frozenset(g.members)) for g in one.groups}
        == {g.guid: (g.dn, frozenset(g.members)) for g in other.groups}
        and one.guids_by_dn == other.guids_by_dn
        and set(one.others) == set(other.others)
        and one.protection.reasons == other.protection.reasons
        and all(one.members_of(g) == other.members_of(other.groups_by_guid[g.guid]) for g in one.groups)
    )


ANNA, BELA = user("anna"), user("bela")


def test_a_side_without_changes_is_the_same_object():
    before = side([ANNA, BELA], [group("Sales", [ANNA])])
    assert updated(before, DirectoryChanges(usn=9)) is before
    assert updated(before, DirectoryChanges(usn=9, users=(ANNA,))) is before
    assert updated(before, DirectoryChanges(usn=9, deleted=frozenset({guid_of("stranger")}))) is before


def test_a_member_that_was_renamed_or_moved_is_still_a_member():
    """Nothing is written to the group: its USN stays, and its `member` has another name all the same."""
    before = side([ANNA, BELA], [group("Sales", [ANNA, BELA])])
    moved = replace(ANNA, dn=DistinguishedName.parse(f"CN=anna,OU=Elsewhere,{DOMAIN}"))
    now = updated(before, DirectoryChanges(usn=9, users=(moved,)))
    assert same(now, side([moved, BELA], [group("Sales", [moved, BELA])]))


@pytest.mark.parametrize(
    "told", [{"deleted": frozenset({ANNA.guid})}, {"present": frozenset({BELA.guid, guid_of("Sales")})}]
)
def test_a_deleted_object_is_gone_from_everywhere(told):
    before = side([ANNA, BELA], [group("Sales", [ANNA, BELA])])
    now = updated(before, DirectoryChanges(usn=9, **told))
    assert same(now, side([BELA], [group("Sales", [BELA])]))


def test_two_that_change_names_with_one_another_are_not_confused():
    before = side([ANNA, BELA], [group("Sales", [ANNA])])
    anna, bela = user("anna", cn="bela"), user("bela", cn="anna")
    now = updated(before, DirectoryChanges(usn=9, users=(anna, bela)))
    assert same(now, side([anna, bela], [group("Sales", [anna])]))
    read_too = updated(before, DirectoryChanges(usn=9, users=(anna, bela), groups=(group("Sales", [anna]),)))
    assert same(read_too, now)


def test_whoever_joins_a_protected_group_is_protected_from_then_on():
    before = side([ANNA], [group("Domain Admins", rid=512), group("Ops")])
    assert not before.protection.of_user(ANNA)
    nested = group("Ops", [ANNA])
    now = updated(before, DirectoryChanges(usn=9, groups=(group("Domain Admins", [nested], rid=512), nested)))
    assert "through Ops" in (now.protection.of_user(ANNA) or "")


def test_an_object_that_becomes_another_kind_is_not_kept_as_both():
    holder = AdNameHolder(guid=ANNA.guid, dn=ANNA.dn, object_class="computer", sam="anna$")
    now = updated(side([ANNA]), DirectoryChanges(usn=9, others=(holder,)))
    assert now.users == ()
    assert now.others == (holder,)


NAMES = ("a", "b", "c", "d", "e")
STATES = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(st.sampled_from(("x", "y", "z", "w", "v")), st.sampled_from(("One", "Two"))),
    max_size=5,
)


def domain(state, members):
    """A domain in which no two have the same name: where the CN is taken, the account keeps its own."""
    users, taken = [], set()
    for name, (cn, surname) in sorted(state.items()):
        users.append(user(name, cn=name if cn in taken else cn, surname=surname))
        taken.add(cn)
    return users, [
        group(f"G{index}", [one for one in users if one.sam in listed], 6000 + index)
        for index, listed in enumerate(members)
    ]


MEMBERS = st.tuples(*[st.frozensets(st.sampled_from(NAMES))] * 2)


@settings(max_examples=150)
@given(STATES, STATES, MEMBERS, MEMBERS, st.booleans())
def test_a_side_brought_up_to_date_is_what_would_be_read(before, after, members, members_after, sweeps):
    """Only what the directory itself marks as changed is told: groups whose own list of members was written."""
    old_users, old_groups = domain(before, members)
    new_users, new_groups = domain(after, members_after)
    old, new = side(old_users, old_groups), side(new_users, new_groups)
    written = tuple(
        now
        for was, now, one, other in zip(old_groups, new_groups, members, members_after, strict=True)
        if (one & before.keys()) & after.keys() != other & after.keys()
    )
    changes = DirectoryChanges(
        usn=9,
        users=tuple(one for one in new_users if old.users_by_guid.get(one.guid) != one),
        groups=written,
        deleted=frozenset() if sweeps else frozenset(guid_of(name) for name in before.keys() - after.keys()),
        present=frozenset(one.guid for one in (*new_users, *new_groups)) if sweeps else None,
    )
    assert same(updated(old, changes), new)
