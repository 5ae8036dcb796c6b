"""A loop's look at JumpCloud: what Directory Insights tells brings the side to where a whole reading would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jcad.errors import AuthenticationFailed
from jcad.jumpcloud import Address, JumpCloudReader, Patience
from jcad.lab.faults import Faults
from jcad.lab.jumpcloud import JumpCloudServer, Refused, Tenant
from jcad.lab.seed import API_KEY, make_seed
from jcad.model import Secret
from jcad.runs.cloud_watch import CloudWatch
from jcad.runs.observe import read_cloud
from jcad.settings import parse

HASTE = Patience(attempts=2, first=0.01, longest=0.05, limit=5.0, timeout=5.0)


class Site:
    """A lab's JumpCloud, a reader of it, and a watch whose clock is the test's own."""

    def __init__(self, insights="true", mapping=""):
        self.tenant = Tenant.from_seed(make_seed().tenant)
        self.server = JumpCloudServer(tenant=self.tenant, faults=Faults()).start()
        self.reader = JumpCloudReader(Address(base_url=self.server.url), Secret(API_KEY), patience=HASTE)
        self.instance = next(one for one in self.reader.instances())
        self.seconds = 0.0
        self.watch = CloudWatch(full_every=3600.0, clock=lambda: self.seconds)
        self.settings = self.told(insights, mapping)

    def told(self, insights="true", mapping=""):
        return parse(
            f"""
            [jumpcloud]
            api_key = "env:KEY"
            url = "{self.server.url}"
            [directory]
            domain = "lab.jcad.test"
            user = "LAB\\\\r"
            password = "env:P"
            [remoting]
            user = "LAB\\\\w"
            password = "env:P"
            [sync.run]
            insights = {insights}
            [sync.mapping]
            {mapping}
            """,
            "jcad.toml",
        )

    def look(self):
        self.server.seen.clear()
        return self.watch.read(self.reader, self.instance, self.settings)

    def whole(self):
        return read_cloud(self.reader, self.instance, self.settings)

    def lists(self):
        """How many requests of the last look were for lists of users or of who is bound."""
        return sum("/systemusers?" in each or "/users?" in each for each in self.server.seen)

    def close(self):
        self.reader.close()
        self.server.close()


@pytest.fixture
def site():
    made = Site()
    yield made
    made.close()


def test_a_changed_user_is_read_alone(site):
    before = site.look()
    user = site.tenant.user_id("mary.jones")
    site.tenant.update_user(user, lastname="Later")
    now = site.look()
    assert site.lists() == 0
    assert site.watch.look.users == 1
    assert now.users[user].lastname == "Later"
    assert now == site.whole()
    assert all(now.users[one] is before.users[one] for one in before.users if one != user)


def test_where_nothing_happened_the_side_is_the_same(site):
    before = site.look()
    assert site.look() == before
    assert site.lists() == 0
    assert site.watch.look.users == 0


def test_an_event_that_was_seen_is_not_followed_again(site):
    site.look()
    site.tenant.suspend(site.tenant.user_id("mary.jones"))
    site.look()
    site.look()
    assert site.watch.look.users == 0


def test_an_event_that_is_told_late_is_followed(site):
    site.look()
    site.tenant.events_after = 300.0
    user = site.tenant.user_id("mary.jones")
    site.tenant.suspend(user)
    assert not site.look().users[user].suspended
    site.tenant.events_after = 0.0
    assert site.look().users[user].suspended
    assert site.lists() == 0


@pytest.mark.parametrize("change", ["bind", "member", "group", "delete"])
def test_what_changes_who_is_bound_has_everything_read(site, change):
    site.look()
    instance, user = site.instance.id, site.tenant.add_user("new", "new@x.test")
    if change == "bind":
        site.tenant.bind_user(instance, user)
    elif change == "member":
        site.tenant.add_member(site.tenant.group_id("All staff"), user)
    elif change == "group":
        site.tenant.bind_group(instance, site.tenant.add_group("New group"))
    else:
        site.tenant.delete_user(site.tenant.user_id("mary.jones"))
    assert site.look() == site.whole()
    assert site.watch.look.why


def test_a_second_writer_is_seen_though_no_event_tells_of_it(site):
    site.look()
    site.tenant.add_agent(site.instance.id, "SYNC", hostname="srv", agent_state="active")
    assert site.look().syncs_actively
    assert site.lists() == 0


def test_everything_is_read_when_its_time_has_come(site):
    site.look()
    site.seconds = 3601.0
    site.look()
    assert site.watch.look.why == "its time had come"


def test_everything_is_read_when_the_mapping_is_another(site):
    site.look()
    site.settings = site.told(mapping='department = "department"')
    assert site.look() == site.whole()
    assert site.watch.look.why == "the settings ask for something else"


def test_without_directory_insights_everything_is_read_each_time(site, monkeypatch):
    site.look()
    refuse = lambda *_: (_ for _ in ()).throw(Refused(HTTPStatus.FORBIDDEN, "Forbidden"))  # noqa: E731  - a handler in one line
    monkeypatch.setattr("jcad.lab.jumpcloud.api._ROUTES", tuple(
        (method, pattern, refuse if "insights" in pattern.pattern else handler)
        for method, pattern, handler in __import__("jcad.lab.jumpcloud.api", fromlist=["_ROUTES"])._ROUTES
    ))  # fmt: skip
    site.tenant.update_user(site.tenant.user_id("mary.jones"), lastname="Later")
    assert site.look() == site.whole()
    assert site.watch.look.why == "it is read whole in each cycle"
    assert site.look() == site.whole()


def test_it_is_off_unless_the_settings_ask_for_it():
    site = Site(insights="false")
    try:
        site.look()
        site.look()
        assert site.lists()
        assert not any("insights" in each for each in site.server.seen)
    finally:
        site.close()


def test_a_look_that_failed_has_everything_read_the_next_time(site):
    site.look()
    site.tenant.update_user(site.tenant.user_id("mary.jones"), lastname="Later")
    site.server.faults.set("jumpcloud.status", 401)
    with pytest.raises(AuthenticationFailed):
        site.look()
    site.server.faults.clear("jumpcloud.status")
    assert site.look() == site.whole()
    assert "not finished" in site.watch.look.why


def test_a_clock_that_is_wrong_here_loses_no_change(site):
    """The first look may ask from a wrong time; from then on JumpCloud's own time counts."""
    site.watch.now = lambda: datetime.now(UTC) + timedelta(hours=5)
    site.look()
    user = site.tenant.user_id("mary.jones")
    site.tenant.suspend(user)
    assert site.look().users[user].suspended


STEPS = st.lists(st.tuples(st.sampled_from(["rename", "suspend", "activate", "add", "bind", "join", "delete", "look"]),
                           st.integers(0, 30)), max_size=12)  # fmt: skip


def carry_out(tenant, instance, step, number):
    users, groups = sorted(tenant.state.users), sorted(tenant.state.groups)
    user = users[number % len(users)]
    {
        "rename": lambda: tenant.update_user(user, lastname=f"L{number}"),
        "suspend": lambda: tenant.suspend(user),
        "activate": lambda: tenant.unsuspend(user),
        "add": lambda: tenant.add_user(f"u{number}", f"u{number}@x.test"),
        "bind": lambda: tenant.bind_user(instance, user),
        "join": lambda: tenant.add_member(groups[number % len(groups)], user),
        "delete": lambda: tenant.delete_user(user),
        "look": lambda: None,
    }[step]()


@pytest.fixture(scope="module")
def one_site():
    made = Site()
    yield made
    made.close()


@given(steps=STEPS)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_side_is_that_of_a_whole_reading(one_site, steps):
    one_site.look()
    for step, number in steps:
        try:
            carry_out(one_site.tenant, one_site.instance.id, step, number)
        except Refused:
            continue
        if step == "look":
            assert one_site.look() == one_site.whole()
    assert one_site.look() == one_site.whole()
