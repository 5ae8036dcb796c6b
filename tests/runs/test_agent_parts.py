"""The parts of the runs of agents that need no host: sessions, heartbeats, health, boots, what is told while one watches."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.cli.agent_status import age, changes
from jcad.errors import AuthenticationFailed, ConnectionFailed, JumpCloudError, NotChecked
from jcad.model import Agent, AgentType, HostState, ItemOutcome, RunRecord, RunStatus, Status
from jcad.model.record import StepRecord
from jcad.runs.agents import begun_before, inspect_hosts
from jcad.runs.agents.errand import telling_line
from jcad.runs.agents.heartbeat import AgentCloud, Since
from jcad.runs.agents.inspect import OPEN_REMOTING, Questions
from jcad.runs.agents.reboot import has_booted_since
from jcad.runs.agents.sessions import HostSessions

# ---- sessions --------------------------------------------------------------------------------------------------------


class FakeSession:
    def __init__(self, host):
        self.server, self.closed = host, False

    def close(self):
        self.closed = True


def opened():
    made = []

    def opener(host):
        made.append(FakeSession(host))
        return made[-1]

    return made, opener


def test_a_host_keeps_its_session_and_loses_it_with_an_exception():
    made, opener = opened()
    sessions = HostSessions(opener)
    with sessions.lease("SRV1") as first, sessions.lease("srv2"):
        pass
    with sessions.lease("srv1") as again:
        assert again is first
    with pytest.raises(ZeroDivisionError), sessions.lease("srv1"):
        raise ZeroDivisionError
    assert first.closed
    with sessions.lease("srv1") as fresh:
        assert fresh is not first
    assert [one.server for one in made] == ["SRV1", "srv2", "srv1"]


def test_one_host_serves_one_at_a_time():
    _, opener = opened()
    sessions, inside, most = HostSessions(opener), [], []

    def use():
        with sessions.lease("srv1"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=use) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_closing_ends_sessions_at_work_and_opens_no_more():
    made, opener = opened()
    sessions = HostSessions(opener)
    with sessions.lease("srv1") as session:
        sessions.close()
        assert session.closed
    assert made == [session]
    with pytest.raises(ConnectionFailed, match="were closed"), sessions.lease("srv2"):
        pass


# ---- looking at hosts ------------------------------------------------------------------------------------------------


class RefusingSessions:
    """Hosts of which some refuse the account, and some are not there."""

    def __init__(self, error):
        self.error, self.asked = error, []

    def lease(self, host):
        self.asked.append(host)
        raise self.error

    def close(self):
        pass


def test_an_account_that_is_not_proved_is_refused_once():
    sessions = RefusingSessions(AuthenticationFailed("no", account="LAB\\admin"))
    with pytest.raises(AuthenticationFailed):
        inspect_hosts(sessions, ["a", "b", "c"], Questions(), proved=lambda: False)
    assert sessions.asked == ["a"]


def test_hosts_that_are_not_there_are_told_with_the_way_to_open_them():
    sessions = RefusingSessions(ConnectionFailed("nobody answers"))
    seen = []
    found = inspect_hosts(sessions, ["b", "A"], Questions(), seen=lambda host, _state: seen.append(host))
    assert list(found) == ["b", "a"] == seen
    assert {one.reason for one in found.values()} == {"nobody answers"}
    assert OPEN_REMOTING in found["a"].hint


def test_a_domain_controller_is_compared_with_another_one():
    questions = Questions(jumpcloud="j", controllers=("dc1.x", "dc2.x"))
    assert questions.item("dc1.x") == {"jumpcloud": "j", "time_source": "dc2.x", "ldaps": "dc1.x"}
    assert questions.item("srv1.x") == {"jumpcloud": "j", "time_source": "dc1.x", "ldaps": "dc1.x"}
    assert Questions(controllers=("dc1.x",)).item("DC1.x") == {"jumpcloud": None, "time_source": None, "ldaps": "DC1.x"}


# ---- heartbeats ------------------------------------------------------------------------------------------------------


def record(contact="2026-11-24T12:00:00Z", *, state="active", version="2.30.0", identity="a1"):
    return Agent(id=identity, type=AgentType.SYNC, state=state, hostname="SRV1", version=version, contact_at=contact)


def test_a_heartbeat_counts_only_where_it_is_newer_than_what_was_known():
    since = Since.of([record()])
    assert not since.heard(record(), "2.30.0")
    assert since.heard(record("2026-11-24T12:00:00.250Z"), "2.30.0")
    assert since.heard(record("2026-11-24T13:00:01+00:00"), "")
    assert not since.heard(record("2026-11-24T12:00:05Z", state="inactive"), "")
    assert not since.heard(record("2026-11-24T12:00:05Z", version="2.29.0"), "2.30.0")
    assert since.heard(record("2020-01-01T00:00:00Z", identity="new"), "2.30.0")
    assert not Since().heard(record(""), "")


class Reader:
    """JumpCloud's list, one answer after the other; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def agents(self, _instance):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def waited(reader, since=None, timeout=10.0):
    pauses = []
    cloud = AgentCloud(reader=reader, records=SimpleNamespace(), instance="i")
    found = cloud.wait(lambda records: next(iter(records), None), since or Since(), "2.30.0", pauses.append, timeout)
    return found, pauses


def test_a_heartbeat_is_waited_for_with_growing_pauses_also_past_an_error():
    old, new = record(), record("2026-11-24T12:00:09Z")
    found, pauses = waited(Reader([], JumpCloudError("503"), [old], [new]), Since.of([old]))
    assert found is new
    assert pauses == [0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "no record"),
        ([record(state="inactive")], "its record is inactive"),
        ([record(version="2.29.0")], "version 2.29.0, not 2.30.0"),
        (JumpCloudError("it has trouble"), "could not be asked.*it has trouble"),
    ],
)
def test_a_heartbeat_that_does_not_come_is_told_with_what_is_missing(answer, said):
    with pytest.raises(NotChecked, match=said):
        waited(Reader(answer), timeout=3.0)


# ---- restarts --------------------------------------------------------------------------------------------------------


@given(st.integers(1_600_000_000, 2_000_000_000), st.integers(-5000, 5000))
def test_a_boot_counts_as_new_from_two_seconds_on(boot, moved):
    """Windows works the time of the last boot out anew each time: it wobbles by fractions of a second."""
    seen = datetime.fromtimestamp(boot, UTC)
    now = seen + timedelta(milliseconds=moved)
    assert has_booted_since(HostState(name="X", boot=now.isoformat()), seen.isoformat()) == (moved > 2000)


def test_a_boot_that_is_not_told_is_not_new():
    assert not has_booted_since(HostState(name="X"), "2026-11-24T12:00:00Z")
    assert not has_booted_since(HostState(name="X", boot="2026-11-24T12:00:00Z"), "")


# ---- going on with a run ---------------------------------------------------------------------------------------------


def test_only_what_was_sent_out_and_never_heard_of_was_begun():
    done = ItemOutcome(id="b", status=Status.CHANGED)
    lost = ItemOutcome(id="c", status=Status.UNKNOWN)
    steps = (
        StepRecord(action="a", intended_at="2026-11-24T12:00:00Z"),
        StepRecord(action="b", intended_at="2026-11-24T12:00:00Z", outcome=done),
        StepRecord(action="c", intended_at="2026-11-24T12:00:00Z", outcome=lost),
        StepRecord(action="d"),
    )
    run = RunRecord(
        id="1", feature="agents", digest="", plan="", status=RunStatus.INTERRUPTED, started_at="",
        steps={step.action: step for step in steps},
    )  # fmt: skip
    assert begun_before(run) == {"a", "c"}


# ---- watching --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (-3, "0 s"),
        (4, "4 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (400000, "4 d"),
    ],
)
def test_how_long_ago_is_said_in_one_unit(seconds, said):
    assert age(None if seconds is None else timedelta(seconds=seconds)) == said


def test_whoever_watches_is_told_everything_first_and_then_what_has_changed():
    first = {"sync agent on SRV1": "Running", "sync agent on SRV2": "Running"}
    assert changes(None, first) == ["sync agent on SRV1: Running", "sync agent on SRV2: Running"]
    assert changes(first, first) == []
    assert changes(first, {"sync agent on SRV1": "Stopped"}) == [
        "sync agent on SRV1: Stopped",
        "sync agent on SRV2: gone",
    ]


# ---- why something failed --------------------------------------------------------------------------------------------


def test_the_line_of_a_log_that_says_why_is_the_last_that_tells_of_trouble():
    log = "Error 1.\nMSI (s): JumpCloud refused the connect key: it has expired\nMSI (s): Cleaning up\n"
    assert telling_line(log) == "MSI (s): JumpCloud refused the connect key: it has expired"
    assert telling_line("all is well\n") == telling_line("") == ""
    assert len(telling_line("error " + "x" * 1000)) == 300
