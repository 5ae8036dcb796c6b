"""Events of Directory Insights: all pages of them, the server's time, and what a server may send instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import pytest

from jcad.errors import AccessDenied, JumpCloudError
from jcad.jumpcloud import Address, events_since, insights
from jcad.lab.jumpcloud import Refused

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOW = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}


def test_what_happened_is_told_with_the_servers_time(tenant, reader):
    user = tenant.user_id("mary.jones")
    tenant.suspend(user)
    events = events_since(reader, LONG_AGO)
    assert [(event.type, event.object, event.object_type) for event in events.found] == [("user_update", user, "user")]
    assert events.whole
    assert abs(events.now - datetime.now(UTC)) < timedelta(minutes=1)


def test_more_than_a_page_is_read_page_by_page(tenant, reader, monkeypatch):
    monkeypatch.setattr(insights, "PAGE", 2)
    made = [tenant.add_group(f"G{number}") for number in range(5)]
    events = events_since(reader, LONG_AGO)
    assert [event.object for event in events.found] == made
    assert len({event.id for event in events.found}) == 5


def test_too_many_pages_are_not_read_and_that_is_said(tenant, reader, monkeypatch):
    monkeypatch.setattr(insights, "PAGE", 1)
    for number in range(insights._PAGES + 1):
        tenant.add_group(f"G{number}")
    assert not events_since(reader, LONG_AGO).whole


def test_a_key_that_may_not_read_them_is_told_so(reader, monkeypatch):
    def refuse(*_):
        raise Refused(HTTPStatus.FORBIDDEN, "Forbidden")

    monkeypatch.setattr("jcad.lab.jumpcloud.api._route", lambda _: (refuse, ()))
    with pytest.raises(AccessDenied, match="Directory Insights"):
        events_since(reader, LONG_AGO)


@pytest.mark.parametrize(
    ("rows", "headers"),
    [
        ({"results": []}, NOW),
        ([], {}),
        ([], {"Date": "yesterday"}),
        ([{"event_type": "user_update"}], NOW),
        ([{"id": "1"}], {**NOW, "X-Limit": "1", "X-Search_after": "not json"}),
    ],
)
def test_a_reply_that_is_not_as_described_is_an_error(reader, monkeypatch, rows, headers):
    monkeypatch.setattr(reader.wire, "ask", lambda *_, **__: (rows, httpx.Headers(headers)))
    with pytest.raises(JumpCloudError, match="Directory Insights"):
        events_since(reader, LONG_AGO)


def test_they_are_asked_for_where_they_live():
    assert Address().insights_url == "https://api.jumpcloud.com"
    assert Address(region="eu").insights_url == "https://api.eu.jumpcloud.com"
    assert Address(base_url="https://127.0.0.1:8443/").insights_url == "https://127.0.0.1:8443"
