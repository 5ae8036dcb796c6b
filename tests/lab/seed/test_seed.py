from __future__ import annotations

from collections import Counter

import pytest

from jcad.lab.seed import (
    ADMINISTRATOR,
    EVERYONE,
    IMPORT_ACCOUNT,
    ROOT_USER_CONTAINER,
    SYNC_ACCOUNT,
    WRITER,
    Outcome,
    Seed,
    make_seed,
    password_of,
)
from jcad.model import DistinguishedName, fold, group_name_refusal, username_refusal


@pytest.fixture(scope="module")
def seed() -> Seed:
    return make_seed()


def test_the_same_numbers_give_the_same_seed():
    make_seed.cache_clear()
    first = make_seed(people=30, existing=10)
    make_seed.cache_clear()
    assert make_seed(people=30, existing=10) == first


def test_every_outcome_is_present_with_a_reason(seed):
    assert all(seed.expected.user_counts().values())
    assert all(seed.expected.group_counts().values())
    assert all(item.because for item in (*seed.expected.users, *seed.expected.groups))


def test_a_bare_seed_lacks_what_preparing_makes_and_nothing_else(seed):
    bare = make_seed(bare=True)
    lacking = {user.sam_account_name for user in seed.directory.users} - {
        user.sam_account_name for user in bare.directory.users
    }
    lacking |= {group.sam_account_name for group in seed.directory.groups} - {
        group.sam_account_name for group in bare.directory.groups
    }
    assert lacking == {SYNC_ACCOUNT, IMPORT_ACCOUNT, "JumpCloud", "JumpCloud Admins"}
    assert (bare.tenant, bare.expected) == (seed.tenant, seed.expected)


def test_there_are_more_than_a_hundred_people_and_twenty_five_groups(seed):
    assert len(seed.expected.users) > 100
    assert len(seed.expected.groups) > 25


def test_what_windows_refuses_is_skipped_and_nothing_else_is_refused(seed):
    for user in seed.expected.users:
        tenant_user = seed.tenant.user(user.username)
        skipped = (
            username_refusal(user.username) is not None
            or tenant_user.state == "STAGED"
            or not tenant_user.firstname
            or not tenant_user.lastname
        )
        assert skipped == (user.outcome is Outcome.SKIP), user
    for group in seed.expected.groups:
        assert (group_name_refusal(group.name) is not None) == (group.outcome is Outcome.SKIP), group


def test_names_are_unique_in_the_domain_as_windows_compares_them(seed):
    directory = seed.directory
    names = [fold(x.sam_account_name) for x in (*directory.users, *directory.computers, *directory.groups)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_distinguished_names_parse_back_and_are_unique(seed):
    directory = seed.directory
    found = [DistinguishedName.parse(x.dn) for x in (*directory.ous, *directory.users, *directory.groups)]
    assert len(set(found)) == len(found)
    assert [dn.name for dn in found] == [x.name for x in (*directory.ous, *directory.users, *directory.groups)]


def test_every_container_is_made_before_it_is_used(seed):
    made = {str(DistinguishedName.parse("DC=lab,DC=jcad,DC=test"))}
    for unit in seed.directory.ous:
        assert unit.parent in made
        made.add(unit.dn)
    for thing in (*seed.directory.users, *seed.directory.groups):
        assert thing.container in made or thing.container.startswith(("CN=Users,", "CN=Builtin,"))


def test_every_member_exists(seed):
    directory = seed.directory
    known = {x.sam_account_name for x in (*directory.users, *directory.computers, *directory.groups)}
    for group in directory.groups:
        assert set(group.members) <= known, group
    ids = {user.id for user in seed.tenant.users}
    assert all(set(group.members) <= ids for group in seed.tenant.groups)


def test_memberships_are_added_only_for_users_that_are_created_or_taken_over(seed):
    ours = {u.username for u in seed.expected.users if u.outcome in {Outcome.CREATE, Outcome.LINK}}
    adds = [name for group in seed.expected.groups for name in group.adds]
    assert seed.expected.memberships == len(adds) > 100
    assert set(adds) <= ours
    assert all(not g.adds for g in seed.expected.groups if g.outcome not in {Outcome.CREATE, Outcome.LINK})


def test_a_member_by_primary_group_is_not_added_again(seed):
    reception = next(group for group in seed.expected.groups if group.name == "Reception")
    assert "reception.primary" not in reception.adds
    assert "backslash.cn" in reception.adds


def test_the_withheld_attributes_are_not_among_the_changes(seed):
    for user in seed.expected.users:
        assert not {change.attribute for change in user.changes} & set(user.withheld)


def test_numbered_people_come_on_top_and_leave_the_named_ones_alone(seed):
    big = make_seed(people=1700, existing=1600)
    everyone = next(group for group in big.expected.groups if group.name == EVERYONE)
    assert everyone.outcome is Outcome.LINK
    assert len(everyone.adds) == 100
    assert len(next(g for g in big.directory.groups if g.name == EVERYONE).members) == 1600
    assert [user for user in big.expected.users if not user.username.startswith("person.")] == list(seed.expected.users)


def test_more_existing_people_than_people_is_refused():
    with pytest.raises(ValueError, match="existing"):
        make_seed(people=1, existing=2)


def test_passwords_meet_the_rule_against_account_names(seed):
    for user in seed.directory.users:
        if user.password:
            assert user.sam_account_name.lower() not in user.password.lower() or len(user.sam_account_name) < 3
    assert password_of(ADMINISTRATOR) != password_of(WRITER)


def test_a_password_is_not_shown(seed):
    assert password_of(WRITER) not in repr(seed.directory)


def test_the_linked_users_are_inside_the_root_user_container(seed):
    root = DistinguishedName.parse(ROOT_USER_CONTAINER)
    for user in seed.expected.users:
        if user.outcome is Outcome.LINK:
            assert DistinguishedName.parse(seed.directory.user(user.sam_account_name).dn).is_under(root)
