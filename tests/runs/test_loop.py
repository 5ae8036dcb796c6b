"""The loop without a directory: its pace, its settings, what it tells; time is injected."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ExitCode, ReportError, SettingsError
from jcad.runs import HealthFile, Listener, Metrics, MetricsFile, Stop, SyncLoop, Workplace
from jcad.runs.cycle import Cycle, Outcome
from jcad.runs.loop import SLOWEST, State, pace
from jcad.runs.watch import Look
from jcad.settings import parse

TEXT = """
[jumpcloud]
api_key = "env:KEY"
[directory]
domain = "lab.jcad.test"
user = "LAB\\\\r"
password = "env:P"
[remoting]
user = "LAB\\\\w"
password = "env:P"
[sync.run]
interval = {interval}
"""


def workplace(interval=90):
    return Workplace(settings=parse(TEXT.format(interval=interval), "jcad.toml"), secrets=None)


@dataclass
class Clock:
    """A clock that only waits and cycles move."""

    at: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self):
        return self.at

    def wait(self, seconds):
        self.waits.append(seconds)
        self.at += seconds


@dataclass
class Stand:
    """Stands for everything that a cycle stands on: each outcome takes some seconds."""

    clock: Clock
    outcomes: list[tuple[Outcome, float]]
    made: list[Workplace] = field(default_factory=list)
    closed: int = 0

    def __call__(self, *, workplace, watch, cloud_watch, **_):
        self.workplace, self.watch, self.cloud_watch = workplace, watch, cloud_watch
        self.made.append(workplace)
        return self

    def cycle(self):
        outcome, seconds = self.outcomes.pop(0)
        self.clock.at += seconds
        return Cycle(outcome=outcome)

    def rest(self, seconds):
        self.rested = seconds

    def close(self):
        self.closed += 1


class Told(list):
    def ended(self, cycle, state):
        self.append((cycle, state))


def looping(*outcomes, load=workplace, reporters=(), interval=None):
    clock = Clock()
    stand = Stand(clock, list(outcomes))
    told = Told()
    loop = SyncLoop(
        load=load, clock=clock, now=clock, wait=clock.wait, stand=stand, reporters=[*reporters, told], interval=interval
    )
    code = loop.run(len(outcomes))
    return code, clock, stand, told


def test_a_cycle_begins_one_interval_after_the_last_one_began():
    _, clock, _, _ = looping((Outcome.NOTHING, 10.0), (Outcome.DONE, 30.0), (Outcome.NOTHING, 0.0))
    assert clock.waits == [80.0, 60.0]


def test_a_cycle_longer_than_the_interval_is_told_and_followed_by_one_and_not_by_all_that_were_missed():
    _, clock, _, told = looping((Outcome.DONE, 300.0), (Outcome.NOTHING, 0.0), (Outcome.NOTHING, 0.0))
    assert clock.waits == [0.0, 90.0]
    assert [state.late for _, state in told] == [True, False, False]


def test_after_errors_the_loop_slows_down_and_is_back_at_its_pace_after_a_success():
    _, clock, _, told = looping(*[(Outcome.ERROR, 0.0)] * 5, (Outcome.NOTHING, 0.0), (Outcome.NOTHING, 0.0))
    assert clock.waits == [180.0, 360.0, 720.0, SLOWEST, SLOWEST, 90.0]
    assert [state.errors for _, state in told] == [1, 2, 3, 4, 5, 0, 0]


def test_a_guard_does_not_slow_the_loop_down():
    _, clock, _, _ = looping((Outcome.GUARD, 0.0), (Outcome.NOTHING, 0.0))
    assert clock.waits == [90.0]


@given(st.floats(1, 86400), st.floats(0, 1e6), st.integers(0, 1000))
def test_no_wait_is_negative_or_longer_than_the_slowest(interval, elapsed, errors):
    delay, late = pace(interval, elapsed, errors)
    assert 0 <= delay <= max(interval, SLOWEST)
    assert late == (elapsed > interval)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.NOTHING, ExitCode.OK),
        (Outcome.DONE, ExitCode.OK),
        (Outcome.FAILED, ExitCode.FAILED),
        (Outcome.GUARD, ExitCode.GUARD),
        (Outcome.ERROR, ExitCode.ERROR),
        (Outcome.REFUSED, ExitCode.ERROR),
        (Outcome.STOPPED, ExitCode.OK),
    ],
)
def test_the_last_cycle_gives_the_exit_code(outcome, code):
    assert looping((outcome, 0.0))[0] == code


def test_changed_settings_are_used_from_the_next_cycle_on_and_the_same_ones_close_nothing():
    given_out = iter([workplace(90), workplace(90), workplace(30)])
    _, clock, stand, _ = looping(
        *[(Outcome.NOTHING, 0.0)] * 3, (Outcome.NOTHING, 0.0), load=lambda: next(given_out, workplace(30))
    )
    assert clock.waits == [90.0, 90.0, 30.0]
    assert len(stand.made) == 2
    assert stand.closed == 2  # once for the others, once at the end


def test_settings_that_cannot_be_used_keep_the_old_ones_until_they_are_mended():
    broken = [False, True, True, False]

    def load():
        if broken.pop(0):
            raise SettingsError("jcad.toml:3: there is no setting sync.takeovr")
        return workplace()

    _, _, stand, told = looping(*[(Outcome.NOTHING, 0.0)] * 4, load=load)
    assert [bool(state.settings_error) for _, state in told] == [False, True, True, False]
    assert len(stand.made) == 1


def test_settings_that_cannot_be_used_at_the_start_end_the_loop_before_it_begins():
    def load():
        raise SettingsError("no")

    with pytest.raises(SettingsError):
        looping((Outcome.NOTHING, 0.0), load=load)


def test_secrets_are_looked_up_anew_after_a_refusal():
    _, _, stand, _ = looping((Outcome.REFUSED, 0.0), (Outcome.NOTHING, 0.0), (Outcome.NOTHING, 0.0))
    assert len(stand.made) == 2


def test_a_stop_that_was_asked_for_ends_the_wait():
    stop = Stop()
    stop.ask()
    stop.wait(3600.0)
    assert stop()


def test_a_report_that_cannot_be_written_does_not_end_the_loop(tmp_path):
    _, _, _, told = looping(
        (Outcome.NOTHING, 0.0), (Outcome.NOTHING, 0.0), reporters=[HealthFile(tmp_path / "missing" / "health.json")]
    )
    assert len(told) == 2


CYCLE = Cycle(
    number=3,
    outcome=Outcome.DONE,
    started=1_000_000.0,
    seconds=1.5,
    dc="dc1.lab.jcad.test",
    look=Look("it is the first time", 210),
    runs=("7",),
    planned=4,
    statuses={"changed": 3, "failed": 1},
    findings={"conflict": 2, 'odd"\\\n': 1},
)
STATE = State(interval=90.0, next_in=88.5)


def test_the_health_file_is_one_document_that_outlives_an_error(tmp_path):
    path = tmp_path / "health.json"
    file = HealthFile(path)
    file.ended(CYCLE, STATE)
    document = json.loads(path.read_text("utf-8"))
    assert document["schema"] == "jcad.health/1"
    assert document["healthy"] is True
    assert (document["started_at"], document["next_at"]) == ("1970-01-12T13:46:40Z", "1970-01-12T13:48:10Z")
    assert document["results"] == {"changed": 3, "failed": 1}
    file.ended(replace(CYCLE, outcome=Outcome.ERROR, started=1_000_090.0, message="JumpCloud answered 503"), STATE)
    document = json.loads(path.read_text("utf-8"))
    assert document["healthy"] is False
    assert document["message"] == "JumpCloud answered 503"
    assert document["last_success_at"] == "1970-01-12T13:46:41Z"
    assert [one.name for one in tmp_path.iterdir()] == ["health.json"]


def test_a_health_file_in_a_folder_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(ReportError, match="cannot be written"):
        HealthFile(tmp_path / "missing" / "health.json").ended(CYCLE, STATE)


def test_metrics_count_and_are_escaped(tmp_path):
    metrics = Metrics()
    path = tmp_path / "jcad.prom"
    file = MetricsFile(path, metrics)
    for cycle in (CYCLE, replace(CYCLE, outcome=Outcome.NOTHING, look=Look(entries=2), statuses={})):
        metrics.ended(cycle, STATE)
        file.ended(cycle, STATE)
    lines = path.read_text("utf-8").splitlines()
    assert 'jcad_sync_cycles_total{outcome="done"} 1' in lines
    assert 'jcad_sync_actions_total{status="changed"} 3' in lines
    assert "jcad_sync_directory_entries_total 212" in lines
    assert "jcad_sync_full_readings_total 1" in lines
    assert "jcad_sync_last_cycle_timestamp_seconds 1000001.5" in lines
    assert r'jcad_sync_findings{kind="odd\"\\\n"} 1' in lines
    helps = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(helps) == len(set(helps))


def fetch(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_listener_answers_metrics_and_health_and_nothing_else():
    metrics = Metrics()
    with Listener("127.0.0.1:0", metrics) as listener:
        assert fetch(listener.port, "/health")[0] == 200
        for reporter in (metrics, listener):
            reporter.ended(replace(CYCLE, outcome=Outcome.GUARD), STATE)
        status, text = fetch(listener.port, "/health")
        assert (status, json.loads(text)["outcome"]) == (503, "stopped by a guard")
        assert "jcad_sync_healthy 0" in fetch(listener.port, "/metrics")[1]
        assert fetch(listener.port, "/etc/passwd")[0] == 404


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:9400", "192.0.2.1:9400", "9400", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", ""]
)
def test_nothing_listens_but_on_loopback(listen):
    with pytest.raises(SettingsError):
        Listener(listen, Metrics())
