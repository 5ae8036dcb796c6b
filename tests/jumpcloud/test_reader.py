"""What is read from the lab over real HTTP is what the lab holds."""

from __future__ import annotations

import pytest

from jcad.errors import JumpCloudError
from jcad.jumpcloud import Address, JumpCloudReader
from jcad.lab.jumpcloud import JumpCloudServer, Tenant
from jcad.lab.seed import API_KEY, EVERYONE, Outcome, make_seed
from jcad.model import AgentType, RestrictedField, Secret, UseCase, UserState


@pytest.fixture
def instance(seed):
    return seed.tenant.instance_id


def test_the_organisation_is_read(reader, seed):
    found = reader.organisation()
    assert (found.id, found.name) == (seed.tenant.organization_id, "jcad lab")


def test_the_instances_and_agents_are_read(reader, seed, instance):
    (found,) = reader.instances()
    assert (found.id, found.domain, found.use_case) == (instance, "DC=lab;DC=jcad;DC=test", UseCase.JCASAUTHORITY)
    assert reader.instance(instance) == found
    (agent,) = reader.agents(instance)
    assert (agent.type, agent.hostname, agent.is_active) == (AgentType.SYNC, "DC1", False)


def test_an_m365_directory_is_told_from_every_other(reader, tenant):
    assert not reader.bound_to_m365()
    for kind in ("g_suite", "ldap_server", "workday"):
        tenant.add_directory(kind, kind)
    assert not reader.bound_to_m365()
    tenant.add_directory("M365", "office_365")
    assert reader.bound_to_m365()


def test_every_user_is_read_as_it_is(reader, seed):
    users = reader.users()
    assert len(users) == len(seed.tenant.users)
    for told in seed.tenant.users:
        found = users[told.id]
        assert (found.username, found.email, found.firstname, found.lastname) == (
            told.username, told.email, told.firstname, told.lastname,
        )  # fmt: skip
        assert found.state is UserState(told.state)
        assert found.is_suspended == (told.state == "SUSPENDED")


def test_fields_that_ad_owns_are_read(reader, seed, instance):
    user = reader.users()[seed.tenant.user("restricted.name").id]
    assert user.restricted == (RestrictedField("lastname", "active_directory", instance),)


def test_further_fields_are_read_flat_where_they_are_asked_for(reader, tenant, seed):
    user = tenant.user_id("mary.jones")
    tenant.update_user(
        user,
        jobTitle="Chief",
        phoneNumbers=[{"type": "work", "number": "+49 1"}, {"type": "work", "number": "+49 2"}],
        addresses=[{"type": "home", "locality": "Köln", "country": "DE"}],
        attributes=[{"name": "shoe", "value": "44"}],
    )
    further = ("jobTitle", "phoneNumbers.work", "addresses.home.locality", "customAttributes.shoe")
    found = reader.users(further)[user].attributes
    assert {name: found[name] for name in further} == {
        "jobTitle": "Chief",
        "phoneNumbers.work": "+49 1",
        "addresses.home.locality": "Köln",
        "customAttributes.shoe": "44",
    }
    assert "jobTitle" not in reader.users()[user].attributes


def test_only_the_fields_that_are_needed_are_asked_for(reader, server):
    reader.users(["jobTitle"])
    asked = next(each for each in server.seen if "/api/systemusers" in each)
    assert "jobTitle" in asked
    assert "ssh_keys" not in asked


def test_every_group_is_read(reader, seed):
    assert {group.name for group in reader.groups().values()} == {group.name for group in seed.tenant.groups}


def test_members_are_read_directly_and_by_traversal(reader, seed):
    team = seed.tenant.group("All staff")
    assert reader.members(team.id) == frozenset(team.members)
    assert reader.membership(team.id) == frozenset(team.members)
    assert reader.members_of([team.id, seed.tenant.group("Nobody yet").id]) == {
        team.id: frozenset(team.members),
        seed.tenant.group("Nobody yet").id: frozenset(),
    }


def test_bindings_tell_direct_users_from_those_through_a_group(reader, seed, instance):
    found = reader.bindings(instance)
    assert found.users == frozenset(user.id for user in seed.expected.users)
    assert found.direct_users == frozenset(seed.tenant.bound_users)
    assert found.groups == frozenset(seed.tenant.bound_groups)
    assert seed.tenant.user("group.only").id in found.users - found.direct_users


def test_observe_gives_everybody_and_says_who_is_bound(reader, seed, instance):
    found = reader.observe(instance, ["department"])
    assert set(found.users) == {user.id for user in seed.tenant.users}
    assert set(found.groups) == {group.id for group in seed.tenant.groups}
    assert found.bindings.users == {user.id for user in seed.expected.users}
    assert found.bindings.groups == {group.id for group in seed.expected.groups}
    assert found.organisation.id == seed.tenant.organization_id
    assert len(found.agents) == 1
    for group in seed.tenant.groups:
        bound = group.id in found.bindings.groups
        assert found.groups[group.id].members == (frozenset(group.members) if bound else frozenset())


def test_an_unknown_instance_is_an_error_that_says_so(reader):
    with pytest.raises(JumpCloudError, match="no such object") as caught:
        reader.observe("0" * 24)
    assert caught.value.status == 404


def test_thousands_of_users_and_members_are_read_whole():
    """Many pages at once, with the server cutting pages to its own size."""
    seed = make_seed(people=1700, existing=1600)
    with (
        JumpCloudServer(tenant=Tenant.from_seed(seed.tenant)) as server,
        JumpCloudReader(Address(base_url=server.url), Secret(API_KEY)) as reader,
    ):
        found = reader.observe(seed.tenant.instance_id)
        assert found.bindings.users == {user.id for user in seed.expected.users}
        assert found.bindings.users <= found.users.keys()
        assert len(found.groups[seed.tenant.group(EVERYONE).id].members) == 1700
        assert seed.expected.user_counts()[Outcome.LINK] > 1600
        pages = [each for each in server.seen if each.startswith("GET /api/systemusers")]
        assert len(pages) >= 1700 / 100
        assert all("sort=_id" in page for page in pages)


def test_the_only_organisation_of_a_key_needs_no_id_but_one_that_is_named_is_read(open_reader, seed):
    assert open_reader(organisation=seed.tenant.organization_id).organisation().name == "jcad lab"


def test_a_second_look_gives_the_same_values_but_for_what_has_changed(reader, tenant, instance):
    first = reader.observe(instance)
    changed = tenant.user_id("mary.jones")
    tenant.update_user(changed, jobTitle="Chief", lastname="Changed")
    second = reader.observe(instance)
    assert second.users[changed].lastname == "Changed"
    tenant.update_user(changed, lastname=first.users[changed].lastname)
    third = reader.observe(instance)
    assert third == first
    fourth = reader.observe(instance)
    assert all(fourth.users[each] is third.users[each] for each in third.users)
