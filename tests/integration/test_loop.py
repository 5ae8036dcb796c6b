"""The loop on a real domain, over the real wire: what changes on either side arrives within a cycle, and little is read.

The tests of this file share one lab of two domain controllers and go in order: each begins where the one before has ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from labsite import CONTAINER, Site

from jcad.lab.lab import Lab
from jcad.plan import digest
from jcad.plan.codec import canonical_json
from jcad.runs import Choices, SecretSource, Stop, SyncLoop, SyncRun, Workplace
from jcad.settings import load
from jcad.store import Store

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the lab needs Samba")


class Told(list):
    """A reporter that keeps every cycle and state."""

    def ended(self, cycle, state):
        self.append((cycle, state))

    @property
    def cycles(self):
        return [cycle for cycle, _ in self]

    @property
    def last(self):
        return self[-1][0]


class Looping:
    """A loop on a site, cycle by cycle: what is given to `steps` happens in the pause after a cycle."""

    def __init__(self, site):
        self.site = site
        self.told = Told()
        self.stop = Stop()

    def workplace(self):
        settings = load(self.site.settings).settings
        return Workplace(settings=settings, secrets=SecretSource(settings.vault, pytest.fail))

    def run(self, *steps):
        """One cycle, and one more after each step."""
        waiting = list(steps)

        def wait(_seconds):
            waiting.pop(0)()

        loop = SyncLoop(
            load=self.workplace, choices=Choices(), reporters=[self.told], stop=self.stop, wait=wait, interval=90.0
        )
        loop.run(len(steps) + 1)
        return self.told.cycles


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("loop") / "lab", controllers=2) as lab:
        site = Site(lab)
        answer = site.jcad("sync", "apply", "--yes")
        assert answer.code == 0, answer.out + answer.err
        yield site


@pytest.fixture
def looping(site):
    return Looping(site)


def nothing():
    """A pause in which nothing happens."""


def requests(site, operation="http"):
    return sum(host.https.requests[operation] + host.http.requests[operation] for host in site.lab.hosts)


def shells(site):
    return sum(host.https.shells + host.http.shells for host in site.lab.hosts)


def test_a_loop_with_nothing_to_do_opens_no_session_and_reads_next_to_nothing(site, looping):
    before = requests(site)
    first, *others = looping.run(nothing, nothing)
    assert first.look.why == "it is the first time"
    assert first.look.entries > 150
    assert [one.outcome.value for one in looping.told.cycles] == ["nothing to do"] * 3
    assert [one.look.full for one in others] == [False, False]
    assert max(one.look.entries for one in others) < 10
    assert requests(site) == before


def test_a_change_in_jumpcloud_arrives_within_a_cycle(site, looping):
    tenant = site.lab.tenant
    change = lambda: tenant.update_user(tenant.user_id("chloe.dubois"), lastname="Looped")  # noqa: E731
    cycles = looping.run(change, nothing)
    assert [one.outcome.value for one in cycles] == ["nothing to do", "done", "nothing to do"]
    assert site.value("chloe.dubois", "sn") == "Looped"
    assert [one.look.full for one in cycles] == [True, False, False]
    assert cycles[2].look.entries < 10  # its own change comes back
    assert shells(site) == 0


def test_a_session_stays_warm_from_cycle_to_cycle(site, looping):
    tenant = site.lab.tenant
    user = tenant.user_id("chloe.dubois")
    before = []

    def change(name):
        def step():
            before.append(requests(site, "create"))
            tenant.update_user(user, lastname=name)

        return step

    looping.run(change("Warm"), change("Warmer"), nothing)
    assert site.value("chloe.dubois", "sn") == "Warmer"
    assert requests(site, "create") == before[0] + 1
    assert shells(site) == 0


def test_a_change_in_the_directory_is_seen_without_reading_it_all(site, looping):
    cycles = looping.run(lambda: site.set("carl.brown", "sn", "Somebody else's"), nothing)
    assert [one.outcome.value for one in cycles] == ["nothing to do", "done", "nothing to do"]
    assert not cycles[1].look.full
    assert cycles[1].look.entries < 10
    assert site.value("carl.brown", "sn") == "Brown"


def test_a_moved_member_is_followed_and_a_deleted_one_missing(site, looping):
    def change():
        site.move("peter.pan", f"OU=Staff,{CONTAINER}")
        site.delete("bram.devries")

    first, second = looping.run(change)
    assert not second.look.full
    assert second.planned == 0
    assert second.findings["missing"] == first.findings.get("missing", 0) + 1
    assert second.outcome.value == "nothing to do"


def test_a_renamed_container_asks_for_a_full_reading(site, looping):
    dn = f"OU=Staff,{CONTAINER}"
    from jcad.lab.domain.database import move  # noqa: PLC0415  - used once

    change = lambda: site.change(move(dn, f"OU=Crew,{CONTAINER}"))  # noqa: E731
    _, second, third = looping.run(change, nothing)
    assert second.look.why == "a container was changed"
    assert not third.look.full
    assert second.planned == 0
    site.change(move(f"OU=Crew,{CONTAINER}", dn))


def test_a_guard_stops_a_cycle_and_not_the_loop(site, looping):
    """What the loop did within 24 hours counts: one change at a time does not get round a limit either."""
    tenant = site.lab.tenant
    site.edit("[store]", "[sync.limits]\ndisables = 1\n\n[store]")
    one, two = (tenant.user_id(name) for name in ("chloe.dubois", "carl.brown"))
    cycles = looping.run(
        lambda: tenant.suspend(one),
        lambda: tenant.suspend(two),
        lambda: site.edit("disables = 1", "disables = 20"),
        nothing,
    )
    assert [cycle.outcome.value for cycle in cycles] == [
        "nothing to do", "done", "stopped by a guard", "done", "nothing to do",
    ]  # fmt: skip
    assert "1 of them done in the last 24 hours" in cycles[2].message
    assert not site.enabled("chloe.dubois")
    assert not site.enabled("carl.brown")
    site.edit("[sync.limits]\ndisables = 20\n\n[store]", "[store]")


def test_settings_that_cannot_be_used_are_told_and_the_old_ones_kept(site, looping):
    cycles = looping.run(
        lambda: site.edit("[sync]", "[sync]\ntakeovr = 1"), lambda: site.edit("[sync]\ntakeovr = 1", "[sync]")
    )
    assert [cycle.outcome.value for cycle in cycles] == ["nothing to do"] * 3
    assert ["did you mean" in state.settings_error for _, state in looping.told] == [False, True, False]


def test_jumpcloud_being_down_ends_a_cycle_and_not_the_loop(site, looping):
    faults = site.lab.faults
    cycles = looping.run(
        lambda: faults.set("jumpcloud.not_json", times=None), lambda: faults.clear("jumpcloud.not_json")
    )
    assert [cycle.outcome.value for cycle in cycles] == ["nothing to do", "error", "nothing to do"]
    assert cycles[1].message
    assert [state.errors for _, state in looping.told] == [0, 1, 0]


def test_a_refused_account_is_tried_once_until_its_secret_changes(site, looping):
    tenant = site.lab.tenant
    path = site.lab.folder / "secrets" / "jcad-writer"
    right = path.read_text("utf-8")

    def spoil():
        site.set_secret("jcad-writer", "wrong")
        site.edit("[remoting]", "[remoting]\nworkers = 1")
        tenant.update_user(tenant.user_id("emil.green"), lastname="Refused")

    bad = lambda: int(site.value("jcad-writer", "badPwdCount") or 0)  # noqa: E731
    before = bad()
    counts = []
    cycles = looping.run(
        spoil,
        lambda: counts.append(bad()),
        lambda: (counts.append(bad()), site.set_secret("jcad-writer", right)),
        nothing,
    )
    assert [cycle.outcome.value for cycle in cycles][:3] == ["nothing to do"] + ["waiting for another secret"] * 2
    assert "has not changed since" in cycles[2].message
    assert counts[0] <= before + 1
    assert counts[1] == counts[0]
    assert cycles[-1].outcome.value == "nothing to do"
    assert site.value("emil.green", "sn") == "Refused"
    site.edit("[remoting]\nworkers = 1", "[remoting]")


def test_what_failed_is_not_tried_in_every_cycle_but_at_once_when_it_has_changed(site, looping):
    """The directory takes 32 bits of countryCode."""
    tenant = site.lab.tenant
    user = tenant.user_id("chloe.dubois")
    site.edit("[sync]", '[sync.mapping]\ncostCenter = { to = "countryCode", type = "integer" }\n\n[sync]')
    set_to = lambda number: lambda: tenant.update_user(user, costCenter=number)  # noqa: E731
    cycles = looping.run(set_to("5000000000"), nothing, set_to("5000000001"), set_to("276"), nothing)
    assert [one.outcome.value for one in cycles] == [
        "nothing to do", "some failed", "some failed", "some failed", "done", "nothing to do",
    ]  # fmt: skip
    assert [len(one.runs) for one in cycles] == [0, 1, 0, 1, 1, 0]
    assert [one.waiting for one in cycles] == [0, 0, 1, 0, 0, 0]
    assert "update user chloe.dubois" in cycles[2].message
    assert site.value("chloe.dubois", "countryCode") == "276"


def test_an_unfinished_run_is_gone_on_with_first(site, looping):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("dora.white"), lastname="Resumed")
    with SyncRun.begin(looping.workplace()) as run:
        plan = run.plan()
        with run.store.lease() as journal:
            number = journal.begin(plan.feature, digest(plan), canonical_json(plan))
            journal.intend(number, [action.id for action in plan.actions])
    (cycle,) = looping.run()
    assert cycle.runs == (number,)
    assert site.value("dora.white", "sn") == "Resumed"
    with Store(site.lab.folder / "state.db") as store:
        assert store.journal().unfinished("sync") is None


def start(site, *arguments):
    program = [sys.executable, "-c", "from jcad.cli import main; main()", "--config", str(site.settings), "sync", "run"]
    return subprocess.Popen([*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sigterm_ends_the_loop_cleanly_and_the_health_file_says_how_it_stood(site, tmp_path):
    path, metrics = tmp_path / "health.json", tmp_path / "jcad.prom"
    process = start(site, "--interval", "60s", "--health", str(path), "--metrics", str(metrics))
    until(path.exists)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    document = json.loads(path.read_text("utf-8"))
    assert document["healthy"] is True
    assert document["outcome"] == "nothing to do"
    assert document["entries_read"] > 150
    assert 'jcad_sync_cycles_total{outcome="nothing to do"} 1' in metrics.read_text("utf-8")
    assert "cycle ended" in err


def test_sigterm_in_the_middle_lets_the_batch_end_and_a_restart_goes_on(site, tmp_path):
    tenant = site.lab.tenant
    names = ["chloe.dubois", "carl.brown", "emil.green", "dora.white"]
    for name in names:
        tenant.update_user(tenant.user_id(name), lastname="Halted")
        tenant.update_user(tenant.user_id(name), firstname="Again")
    site.lab.faults.set("endpoint.delay", 0.3, times=None)
    process = start(site, "--interval", "60s")
    until(lambda: shells(site))
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    site.lab.faults.clear("endpoint.delay")
    assert process.returncode == 0, err
    assert shells(site) == 0
    answer = site.jcad("sync", "run", "--once")
    assert answer.code == 0, answer.err
    assert {site.value(name, "sn") for name in names} == {"Halted"}
    with Store(site.lab.folder / "state.db") as store:
        assert store.journal().unfinished("sync") is None


def test_with_directory_insights_the_plan_is_that_of_whole_readings(site, looping, monkeypatch):
    """Changes on both sides, of every kind, one pause after the other: the loop's plan is what a fresh look would make."""
    tenant, instance = site.lab.tenant, next(iter(site.lab.tenant.state.instances))
    settings = site.settings.read_text("utf-8")
    site.settings.write_text(settings + "\n[sync.run]\ninsights = true\n", "utf-8")
    made, pairs = SyncRun.plan, []

    def plan(run):
        mine = made(run)
        with SyncRun.begin(looping.workplace()) as fresh:
            pairs.append((canonical_json(mine), canonical_json(made(fresh))))
        return mine

    monkeypatch.setattr(SyncRun, "plan", plan)
    user = tenant.user_id
    try:
        cycles = looping.run(
            lambda: tenant.update_user(user("chloe.dubois"), lastname="Told", firstname="By Events"),
            lambda: (tenant.suspend(user("carl.brown")), site.set("dora.white", "sn", "Other")),
            lambda: tenant.bind_user(
                instance, tenant.add_user("new.comer", "new.comer@x.test", firstname="N", lastname="C")
            ),
            lambda: (tenant.unsuspend(user("carl.brown")), tenant.update_user(user("new.comer"), lastname="Later")),
            lambda: tenant.delete_user(user("new.comer")),
        )
    finally:
        site.settings.write_text(settings, "utf-8")
    assert [mine for mine, _ in pairs] == [fresh for _, fresh in pairs]
    assert len(pairs) >= 5
    assert [bool(one.cloud.why) for one in cycles] == [True, False, False, True, False, True]
    assert [one.cloud.users for one in cycles][1:3] == [1, 1]
    assert site.value("chloe.dubois", "sn") == "Told"
    assert site.value("dora.white", "sn") != "Other"


def test_another_domain_controller_means_a_full_reading(site, looping):
    """The last test: a domain controller of the lab is stopped and does not come back."""
    cycles = looping.run(lambda: stop(looping), nothing, nothing)
    assert cycles[0].look.full
    assert cycles[-1].outcome.value == "nothing to do"
    assert cycles[-1].dc != cycles[0].dc
    assert any("took the place of" in cycle.look.why for cycle in cycles[1:])


def stop(looping):
    name = looping.told.last.dc
    next(one for one in looping.site.lab.hosts if one.name == name).stop()
