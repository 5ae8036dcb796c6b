"""Directory Insights of the lab: what was changed can be read as events, page by page, from a time on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

EVENTS = "/insights/directory/v1/events"
LONG_AGO = "2000-01-01T00:00:00Z"


@pytest.fixture
def ask(client):
    def ask(**more):
        reply = client.post(EVENTS, json={"service": ["directory"], "start_time": LONG_AGO, **more})
        assert reply.status_code == 200, reply.text
        return reply

    return ask


def kinds(reply):
    return [(event["event_type"], event["resource"]["id"]) for event in reply.json()]


def test_what_an_administrator_changes_is_told_in_order(tenant, ask):
    instance, user, group = next(iter(tenant.state.instances)), tenant.user_id("mary.jones"), tenant.add_group("New")
    tenant.update_user(user, lastname="Later")
    tenant.add_member(group, user)
    tenant.bind_group(instance, group)
    tenant.delete_user(user)
    assert kinds(ask()) == [
        ("group_create", group),
        ("user_update", user),
        ("association_change", group),
        ("association_change", instance),
        ("user_delete", user),
    ]


def test_events_are_read_page_by_page(tenant, ask):
    made = [tenant.add_group(f"G{number}") for number in range(5)]
    found, after = [], []
    while True:
        reply = ask(limit=2, **({"search_after": after} if after else {}))
        found += [event["resource"]["id"] for event in reply.json()]
        if int(reply.headers["X-Result-Count"]) < int(reply.headers["X-Limit"]):
            break
        after = json.loads(reply.headers["X-Search_after"])
    assert sorted(found) == sorted(made)


def test_events_before_the_time_that_is_asked_for_are_not_told(tenant, ask):
    tenant.add_group("Before")
    assert kinds(ask(start_time=(datetime.now(UTC) + timedelta(seconds=1)).isoformat())) == []


def test_an_event_can_be_read_late(tenant, ask):
    tenant.events_after = 3600.0
    tenant.add_group("Late")
    assert kinds(ask()) == []
    tenant.events_after = 0.0
    assert len(kinds(ask())) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"service": ["directory"]}, {"service": ["directory"], "start_time": "yesterday"},
     {"service": ["directory"], "start_time": LONG_AGO, "limit": 0}],
)  # fmt: skip
def test_a_query_without_what_it_needs_is_refused(client, body):
    assert client.post(EVENTS, json=body).status_code == 400


def test_what_the_lab_does_not_know_of_it_is_refused_by_name(client):
    reply = client.post(EVENTS, json={"service": ["mdm"], "start_time": LONG_AGO})
    assert reply.status_code == 501
    assert "mdm" in reply.text
