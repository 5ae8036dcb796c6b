"""Every operation of the lab's API answers as JumpCloud's published description says."""

from __future__ import annotations

import pytest


@pytest.fixture
def instance(tenant):
    return next(iter(tenant.state.instances))


def test_every_described_operation_answers_as_described(call, tenant, instance):
    user, group = tenant.user_id("mary.jones"), tenant.group_id("Marketing")
    domain = f"/api/v2/activedirectories/{instance}"
    call("GET", "/api/organizations")
    call("GET", f"/api/organizations/{tenant.organization_id}")
    call("GET", "/api/systemusers", params={"limit": 100})
    call("GET", f"/api/systemusers/{user}")
    call("POST", "/api/search/systemusers", json={"filter": {"and": [{"username": "mary.jones"}]}, "fields": "email"})
    new = call("POST", "/api/systemusers", json={"username": "new", "email": "new@x.test", "state": "STAGED"}).json()[
        "_id"
    ]
    call("POST", f"/api/systemusers/{new}/state/activate", json={"email": "elsewhere@x.test"})
    call("PUT", f"/api/systemusers/{new}", json={"lastname": "Later", "password": "x"})
    call("POST", f"/api/systemusers/{new}/unlock")
    call("POST", f"/api/systemusers/{new}/expire")
    call("GET", "/api/v2/usergroups", params={"limit": 100})
    call("GET", f"/api/v2/usergroups/{group}")
    team = call("POST", "/api/v2/usergroups", json={"name": "Team"}).json()["id"]
    call("PUT", f"/api/v2/usergroups/{team}", json={"name": "Team 2"})
    call("GET", f"/api/v2/usergroups/{group}/members")
    call("GET", f"/api/v2/usergroups/{group}/membership")
    call("POST", f"/api/v2/usergroups/{team}/members", json={"op": "add", "type": "user", "id": new})
    call("GET", f"/api/v2/users/{new}/memberof")
    call("GET", "/api/v2/directories")
    call("GET", "/api/v2/activedirectories")
    call("GET", domain)
    other = call("POST", "/api/v2/activedirectories", json={"domain": "DC=other;DC=test"}).json()["id"]
    call("GET", f"{domain}/agents")
    agent = call("POST", f"{domain}/agents", json={"agentType": "SYNC"}).json()["id"]
    call("GET", f"{domain}/agents/{agent}")
    call("DELETE", f"{domain}/agents/{agent}")
    call("POST", f"{domain}/associations", json={"op": "add", "type": "user", "id": new})
    call("GET", f"{domain}/associations", params={"targets": "user"})
    call("GET", f"{domain}/users")
    call("GET", f"{domain}/usergroups")
    for kind, thing in (("users", new), ("usergroups", team)):
        call(
            "POST", f"/api/v2/{kind}/{thing}/associations", json={"op": "add", "type": "active_directory", "id": other}
        )
        found = call("GET", f"/api/v2/{kind}/{thing}/associations", params={"targets": "active_directory"}).json()
        assert other in {each["to"]["id"] for each in found}
        call("GET", f"/api/v2/{kind}/{thing}/activedirectories")
    call("GET", f"/api/v2/users/{new}/directories")
    call("DELETE", f"/api/v2/activedirectories/{other}")
    call("DELETE", f"/api/v2/usergroups/{team}")
    call("DELETE", f"/api/systemusers/{new}")
    assert call.operations() - call.checked == set()


def test_every_seeded_object_is_as_described(call, tenant, instance):
    for skip in range(0, len(tenant.state.users), 100):
        call("GET", "/api/systemusers", params={"limit": 100, "skip": skip, "sort": "_id"})
        call("GET", f"/api/v2/activedirectories/{instance}/users", params={"limit": 100, "skip": skip})
    call("GET", "/api/v2/usergroups", params={"limit": 100})


def test_an_answer_that_is_not_as_described_would_be_noticed(call, tenant):
    tenant.update_user(tenant.user_id("mary.jones"), state="SLEEPING")
    with pytest.raises(Exception, match="SLEEPING"):
        call("GET", "/api/systemusers", params={"filter": "username:$eq:mary.jones"})
