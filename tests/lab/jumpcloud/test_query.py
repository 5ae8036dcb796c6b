"""Paging, sorting, fields and filters in both dialects."""

from __future__ import annotations

import pytest

from jcad.lab.seed import make_seed


def names(reply):
    body = reply.json()
    rows = body["results"] if isinstance(body, dict) else body
    return [row.get("username", row.get("name")) for row in rows]


def test_ten_rows_come_where_no_limit_is_given(client):
    assert len(client.get("/api/systemusers").json()["results"]) == 10
    assert len(client.get("/api/v2/usergroups").json()) == 10


def test_a_limit_over_a_hundred_gives_a_hundred(client):
    body = client.get("/api/systemusers", params={"limit": 1000}).json()
    assert len(body["results"]) == 100
    assert body["totalCount"] == len(make_seed().tenant.users)


@pytest.mark.parametrize("path", ["/api/systemusers", "/api/v2/usergroups"])
def test_pages_sorted_by_id_add_up_to_the_whole(client, path):
    seen, skip = [], 0
    while rows := client.get(path, params={"limit": 7, "skip": skip, "sort": "_id"}).json():
        rows = rows["results"] if isinstance(rows, dict) else rows
        if not rows:
            break
        seen += [row.get("_id", row.get("id")) for row in rows]
        skip += len(rows)
    assert seen == sorted(set(seen))
    assert len(seen) == len(make_seed().tenant.users if path.endswith("users") else make_seed().tenant.groups)


def test_the_total_is_in_the_body_or_in_the_header(client):
    assert client.get("/api/systemusers", params={"limit": 1}).json()["totalCount"] == len(make_seed().tenant.users)
    assert client.get("/api/v2/usergroups").headers["x-total-count"] == str(len(make_seed().tenant.groups))


def test_the_link_header_leads_through_the_whole_list(client):
    seen, url = [], "/api/v2/usergroups?limit=20&sort=name"
    while url:
        reply = client.get(url)
        seen += names(reply)
        url = reply.links.get("next", {}).get("url")
    assert seen == sorted(group.name for group in make_seed().tenant.groups)


def test_a_minus_sorts_the_other_way(client):
    assert names(client.get("/api/v2/usergroups", params={"sort": "-name", "limit": 100})) == sorted(
        (group.name for group in make_seed().tenant.groups), reverse=True
    )


def test_fields_are_separated_by_spaces_in_one_dialect_and_by_commas_in_the_other(client):
    user = client.get("/api/systemusers", params={"fields": "username email", "limit": 1}).json()["results"][0]
    assert set(user) == {"_id", "id", "username", "email"}
    group = client.get("/api/v2/usergroups", params={"fields": "name,type", "limit": 1}).json()[0]
    assert set(group) == {"id", "name", "type"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("username:$eq:mary.jones", ["mary.jones"]),
        ("email:$eq:watanabe@lab.jcad.test", ["渡辺"]),
        ("username:$lt:007a", ['"quoted"', "007"]),
    ],
)
def test_a_filter_of_v1_chooses_users(client, given, expected):
    assert sorted(names(client.get("/api/systemusers", params={"filter": given}))) == sorted(expected)


def test_several_filters_must_all_hold(client):
    query = {"filter": ["state:$eq:SUSPENDED", "username:$gt:suspended.o"], "sort": "username"}
    assert names(client.get("/api/systemusers", params=query)) == ["suspended.old", "suspended.two"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("name:eq:Marketing", ["Marketing"]),
        ("name:eq:marketing", []),
        ("name:search:engine", ["Engineering"]),
        ("membershipMethod:eq:DYNAMIC_AUTOMATED", ["Dynamic people"]),
        ("name:in:Reception|Finance", ["Reception", "Finance"]),
        ("name:eq:ratio 1:2", ["ratio 1:2"]),
    ],
)
def test_a_filter_of_v2_chooses_groups(client, given, expected):
    assert names(client.get("/api/v2/usergroups", params={"filter": given})) == expected


def test_traversals_are_filtered_by_object_id_and_type(client):
    tenant = make_seed().tenant
    team, user = tenant.group("All staff"), tenant.user("group.only")
    path = f"/api/v2/usergroups/{team.id}/membership"
    found = client.get(path, params={"filter": f"object_id:eq:{user.id}"})
    assert [each["id"] for each in found.json()] == [user.id]
    assert client.get(path, params={"filter": "type:eq:user_group"}).json() == []
    assert found.headers["x-total-count"] == "1"


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/api/systemusers", {"filter": "username:eq:x"}, 400),
        ("/api/v2/usergroups", {"filter": "name:$eq:x"}, 400),
        ("/api/v2/usergroups", {"filter": "name"}, 400),
        ("/api/v2/usergroups", {"skip": "-1"}, 400),
        ("/api/systemusers", {"limit": "many"}, 400),
        ("/api/systemusers", {"filter": "username:$regex:x"}, 501),
        ("/api/systemusers", {"search": "x"}, 501),
        ("/api/v2/usergroups", {"filter": "name:between:a"}, 501),
        ("/api/v2/usergroups", {"filter": "name:eq:a*"}, 501),
    ],
)
def test_what_is_wrong_is_refused_and_what_is_unknown_is_named(client, path, query, status):
    reply = client.get(path, params=query)
    assert reply.status_code == status
    assert reply.json()["message"]
    if status == 501:
        assert "LabUnsupported" in reply.json()["message"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filter": [{"username": "mary.jones"}]}, ["mary.jones"]),
        ({"filter": {"or": [{"username": "mary.jones"}, {"username": "peter.pan"}]}}, ["mary.jones", "peter.pan"]),
        ({"filter": {"and": [{"username": "mary.jones"}, {"state": "STAGED"}]}}, []),
        ({"filter": {"username": {"$eq": "peter.pan"}}}, ["peter.pan"]),
        ({"searchFilter": {"searchTerm": "BRIEN", "fields": ["lastname"]}}, ["o'brien"]),
        ({"searchFilter": {"searchTerm": ["staged", "locked.o"], "fields": ["username"]}},
         ["locked.out", "staged.two", "staged.user"]),
        ({"filter": "username:$eq:x"}, None),
    ],
)  # fmt: skip
def test_a_search_finds_what_its_body_asks_for(client, body, expected):
    reply = client.post("/api/search/systemusers", json=body | {"sort": "username"})
    if expected is None:
        assert reply.status_code == 400
    else:
        assert names(reply) == expected
