"""Keys, organisations, refusals, faults, and loopback only."""

from __future__ import annotations

import httpx
import pytest

from jcad.errors import LabError
from jcad.lab.jumpcloud import READ_ONLY_API_KEY, JumpCloudServer, Tenant
from jcad.lab.seed import API_KEY, EXPIRED_API_KEY, MULTI_TENANT_API_KEY

NOWHERE = "0" * 24


def test_only_loopback_is_listened_on(tenant):
    with pytest.raises(LabError, match="loopback"):
        JumpCloudServer("0.0.0.0", tenant=tenant)


@pytest.mark.parametrize("key", ["", "nonsense", EXPIRED_API_KEY])
def test_a_key_that_opens_nothing_is_refused(client, key):
    assert client.get("/api/organizations", headers={"x-api-key": key}).status_code == 401


@pytest.mark.parametrize(
    ("key", "organisation", "status"),
    [
        (MULTI_TENANT_API_KEY, None, 401),
        (MULTI_TENANT_API_KEY, "short", 400),
        (MULTI_TENANT_API_KEY, NOWHERE, 404),
        (MULTI_TENANT_API_KEY, "own", 200),
        (API_KEY, "own", 200),
        (API_KEY, NOWHERE, 404),
    ],
)
def test_the_organisation_is_named_as_the_key_needs_it(client, tenant, key, organisation, status):
    headers = {"x-api-key": key}
    if organisation:
        headers["x-org-id"] = tenant.organization_id if organisation == "own" else organisation
    assert client.get("/api/systemusers", headers=headers).status_code == status


def test_a_multi_tenant_key_reaches_the_organisation_that_it_names(tenant):
    other = Tenant("another")
    with (
        JumpCloudServer(tenant=tenant, others=[other]) as server,
        httpx.Client(base_url=server.url, headers={"x-api-key": MULTI_TENANT_API_KEY}, trust_env=False) as client,
    ):
        found = client.get("/api/systemusers", headers={"x-org-id": other.organization_id})
        assert found.json() == {"results": [], "totalCount": 0}


def test_a_read_only_key_may_read_and_search_but_not_write(client, tenant):
    headers = {"x-api-key": READ_ONLY_API_KEY}
    assert client.get("/api/systemusers", headers=headers).status_code == 200
    assert client.post("/api/search/systemusers", headers=headers, json={}).status_code == 200
    path = f"/api/systemusers/{tenant.user_id('mary.jones')}"
    assert client.put(path, headers=headers, json={"lastname": "X"}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/api/systemusers/{NOWHERE}", 404),
        ("GET", "/api/systemusers/not-an-id", 400),
        ("GET", f"/api/v2/usergroups/{NOWHERE}/members", 404),
        ("GET", f"/api/v2/activedirectories/{NOWHERE}/users", 404),
        ("PATCH", "/api/systemusers", 405),
        ("GET", "/api/v2/policies", 501),
    ],
)
def test_what_is_not_there_is_refused(client, method, path, status):
    assert client.request(method, path).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/systemusers", {"username": "x"}, 400),
        ("POST", "/api/systemusers", {"username": "x", "email": "x@x", "state": "ASLEEP"}, 400),
        ("POST", "/api/systemusers", {"username": "x" * 1025, "email": "x@x"}, 400),
        ("POST", "/api/systemusers", {"username": "x", "email": "x@x", "shoe": 44}, 501),
        ("POST", "/api/systemusers", {"username": "mary.jones", "email": "x@x"}, 409),
        ("POST", "/api/v2/usergroups", {}, 400),
        ("POST", "/api/v2/activedirectories", {"domain": "DC=x", "useCase": "ANYTHING"}, 400),
    ],
)
def test_a_body_that_is_not_right_is_refused(client, method, path, body, status):
    assert client.request(method, path, json=body).status_code == status


def test_a_staged_state_cannot_be_put(client, tenant):
    path = f"/api/systemusers/{tenant.user_id('mary.jones')}"
    assert client.put(path, json={"state": "STAGED"}).status_code == 400


def test_a_body_that_is_no_json_is_refused(client):
    assert client.post("/api/systemusers", content=b"{").status_code == 400


def test_associations_need_targets(client, tenant):
    instance = next(iter(tenant.state.instances))
    assert client.get(f"/api/v2/activedirectories/{instance}/associations").status_code == 400


def test_faults_happen_when_they_are_set_and_then_no_more(client, faults):
    faults.set("jumpcloud.status", 429)
    faults.set("jumpcloud.retry_after", 7)
    refused = client.get("/api/organizations")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    faults.set("jumpcloud.not_json")
    assert "html" in client.get("/api/organizations").headers["Content-Type"]
    faults.set("jumpcloud.truncate", 5)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/organizations")
    faults.set("jumpcloud.drop")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/organizations")
    assert client.get("/api/organizations").status_code == 200


def test_the_requests_are_remembered_and_can_be_watched(tenant):
    watched = []
    with (
        JumpCloudServer(tenant=tenant, on_request=lambda request: watched.append(request.path)) as server,
        httpx.Client(base_url=server.url, headers={"x-api-key": API_KEY}, trust_env=False) as client,
    ):
        client.get("/api/v2/usergroups", params={"limit": 1})
        assert list(server.seen) == ["GET /api/v2/usergroups?limit=1"]
        assert watched == ["/api/v2/usergroups"]


def test_a_closed_server_does_not_answer(tenant):
    server = JumpCloudServer(tenant=tenant).start()
    with httpx.Client(base_url=server.url, headers={"x-api-key": API_KEY}, trust_env=False) as client:
        assert client.get("/api/organizations").status_code == 200
        server.close()
        with pytest.raises(httpx.TransportError):
            client.get("/api/organizations")
