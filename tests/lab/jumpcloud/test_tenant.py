"""What an administrator does in JumpCloud, what follows from it, and that it is kept."""

from __future__ import annotations

import json
import stat

import pytest

from jcad.errors import LabError
from jcad.lab.jumpcloud import Refused, Tenant, graph
from jcad.lab.seed import make_seed


@pytest.fixture
def instance(tenant):
    return next(iter(tenant.state.instances))


def bound(tenant, instance):
    return {each["id"]: each["paths"] for each in graph.users_of_instance(tenant.state, instance)}


def test_the_bound_users_are_those_that_the_seed_expects(tenant, instance):
    assert set(bound(tenant, instance)) == {user.id for user in make_seed().expected.users}


def test_a_user_bound_directly_and_through_groups_has_every_path(tenant, instance):
    paths = bound(tenant, instance)[tenant.user_id("o'brien")]
    assert sorted(len(path) for path in paths) == [1, 2, 2]
    assert all(path[-1]["to"]["id"] == tenant.user_id("o'brien") for path in paths)


def test_a_user_bound_through_a_group_is_unbound_when_it_leaves_the_group(tenant, instance):
    user = tenant.user_id("group.only")
    assert user in bound(tenant, instance)
    tenant.remove_member(tenant.group_id("All staff"), user)
    assert user not in bound(tenant, instance)


def test_deleting_a_user_takes_its_memberships_and_bindings_along(tenant, instance):
    user = tenant.user_id("mary.jones")
    tenant.delete_user(user)
    assert user not in bound(tenant, instance)
    assert all(user not in members for members in tenant.state.members.values())


def test_deleting_a_group_unbinds_who_was_bound_by_it_alone(tenant, instance):
    user = tenant.user_id("group.taken.over")
    tenant.delete_group(tenant.group_id("Accounting"))
    assert user not in bound(tenant, instance)


def test_what_is_unbound_is_bound_no_more(tenant, instance, client):
    user, group = tenant.user_id("mary.jones"), tenant.group_id("Accounting")
    path = f"/api/v2/activedirectories/{instance}/associations"
    for kind, identity in (("user", user), ("user_group", group)):
        body = {"op": "remove", "type": kind, "id": identity}
        assert client.post(path, json=body).status_code == 204
        assert client.post(path, json=body).status_code == 404
        assert identity not in {each["to"]["id"] for each in client.get(path, params={"targets": kind}).json()}
    assert tenant.user_id("group.taken.over") not in bound(tenant, instance)


def test_a_user_and_a_group_can_be_unbound_from_their_own_side(tenant, instance, client):
    for kind, identity in (("users", tenant.user_id("mary.jones")), ("usergroups", tenant.group_id("Marketing"))):
        path = f"/api/v2/{kind}/{identity}/associations"
        assert client.post(path, json={"op": "remove", "type": "active_directory", "id": instance}).status_code == 204
        assert client.get(path, params={"targets": "active_directory"}).json() == []


def test_a_group_is_renamed_and_keeps_its_id_and_members(tenant, client):
    group = tenant.group_id("Marketing")
    members = tenant.state.members[group]
    assert client.put(f"/api/v2/usergroups/{group}", json={"name": "Märkte"}).json()["name"] == "Märkte"
    assert tenant.group_id("Märkte") == group
    assert tenant.state.members[group] == members
    assert client.put(f"/api/v2/usergroups/{group}", json={"name": "Engineering"}).status_code == 409
    assert client.put(f"/api/v2/usergroups/{group}", json={"description": "no name"}).status_code == 400


def test_an_instance_is_changed_and_gone_with_all_that_hangs_on_it(tenant, instance, client):
    path = f"/api/v2/activedirectories/{instance}"
    assert client.put(path, json={"useCase": "ADASAUTHORITY"}).json()["useCase"] == "ADASAUTHORITY"
    assert client.put(path, json={"domain": "DC=other"}).status_code == 501
    assert client.delete(path).status_code == 200
    assert client.get(path).status_code == 404
    assert client.get(f"/api/v2/users/{tenant.user_id('mary.jones')}/activedirectories").json() == []


def test_directories_show_the_instances_and_what_was_added(tenant, client):
    tenant.add_directory("Contoso", "office_365")
    assert {each["type"] for each in client.get("/api/v2/directories").json()} == {"active_directory", "office_365"}


def test_state_and_the_suspended_flag_are_kept_in_step(tenant):
    user = tenant.user_id("mary.jones")
    tenant.update_user(user, suspended=True)
    assert tenant.state.users[user]["state"] == "SUSPENDED"
    tenant.unsuspend(user)
    assert tenant.state.users[user]["suspended"] is False


def test_an_active_user_is_told_of_the_directory_it_is_bound_to(tenant, instance):
    tenant.bind_user(instance, tenant.user_id("not.bound"))
    assert [(mail.to, mail.kind) for mail in tenant.mails] == [("not.bound@lab.jcad.test", "directory-added")]


def test_a_user_without_a_password_is_sent_the_activation_mail(tenant, instance):
    tenant.bind_user(instance, tenant.add_user("fresh", "fresh@lab.jcad.test"))
    assert [mail.kind for mail in tenant.mails] == ["activation"]


def test_binding_a_group_tells_every_member_that_was_not_bound_before(tenant, instance):
    tenant.bind_user(instance, tenant.user_id("contractor"))
    tenant.bind_group(instance, tenant.group_id("Not bound"))
    assert [mail.to for mail in tenant.mails] == ["contractor@lab.jcad.test", "not.bound.group@lab.jcad.test"]


def test_a_suspended_user_is_told_nothing(tenant, instance):
    user = tenant.user_id("not.bound")
    tenant.suspend(user)
    tenant.bind_user(instance, user)
    assert tenant.mails == ()


@pytest.mark.parametrize(("email", "to"), [(True, ["s@x.test"]), (False, []), ("o@x.test", ["o@x.test"])])
def test_activating_a_staged_user_sends_the_mail_that_was_asked_for(tenant, email, to):
    user = tenant.add_user("s", "s@x.test", state="STAGED", password="x")
    tenant.activate(user, email)
    assert [mail.to for mail in tenant.mails] == to
    assert tenant.state.users[user]["state"] == "ACTIVATED"


def test_a_new_user_has_the_state_that_the_settings_say(tenant, client):
    made = client.post("/api/systemusers", json={"username": "one", "email": "one@x.test"}).json()
    assert made["state"] == "ACTIVATED"
    tenant.update_settings(newSystemUserStateDefaults={"manualEntry": "STAGED"})
    made = client.post("/api/systemusers", json={"username": "two", "email": "two@x.test"}).json()
    assert made["state"] == "STAGED"


def test_what_would_be_ambiguous_is_refused(tenant, instance):
    with pytest.raises(Refused, match="username"):
        tenant.add_user("MARY.jones", "other@x.test")
    with pytest.raises(Refused, match="email"):
        tenant.add_user("other", "mary.jones@lab.jcad.test")
    with pytest.raises(Refused, match="Already"):
        tenant.add_group("Marketing")
    with pytest.raises(Refused, match="Already"):
        tenant.bind_user(instance, tenant.user_id("mary.jones"))
    with pytest.raises(Refused, match="dynamic"):
        tenant.add_member(tenant.group_id("Dynamic people"), tenant.user_id("mary.jones"))


def test_the_primary_agent_is_the_first_active_one(tenant, instance, client):
    assert client.get(f"/api/v2/activedirectories/{instance}").json()["primaryAgent"] == ""
    agent = tenant.add_agent(instance, "SYNC", hostname="DC2", agent_state="active")
    assert client.get(f"/api/v2/activedirectories/{instance}").json()["primaryAgent"] == agent["id"]


def test_a_connect_key_is_told_once(tenant, instance, client):
    made = client.post(f"/api/v2/activedirectories/{instance}/agents", json={"agentType": "IMPORT"}).json()
    assert made["connectKey"]
    assert "connectKey" not in client.get(f"/api/v2/activedirectories/{instance}/agents/{made['id']}").json()


def test_a_tenant_in_a_file_is_there_again_after_a_restart(tmp_path):
    path = tmp_path / "tenant.json"
    first = Tenant.from_seed(make_seed().tenant, path=path)
    first.update_group(first.group_id("Marketing"), name="Märkte")
    instance = next(iter(first.state.instances))
    first.bind_user(instance, first.user_id("not.bound"))
    second = Tenant(path=path)
    assert second.state == first.state
    assert second.mails == first.mails
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["tenant.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', json.dumps({"format": 2})])
def test_a_file_that_is_no_tenant_is_refused_with_its_name(tmp_path, text):
    path = tmp_path / "tenant.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=r"tenant\.json"):
        Tenant(path=path)
