"""How often a running script is asked for its output: simulated on scripts of any length, without an endpoint."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jcad.remoting.pace import LONGEST_PAUSE, Pace


def requests_of(lines, each, opening, usual=0.0):
    """Ask a script that writes a line every `each` seconds, as an endpoint answers: when there is at least one line."""
    now, received, asked, pace = 0.0, 0, 0, Pace(lines, usual)
    end = opening + lines * each
    while received < lines:
        asked += 1
        now = max(now, opening + (received + 1) * each)  # a long poll: it ends with the first line
        received = min(lines, int((now - opening) / each + 1e-6))
        now += pace.pause(now, received)
    return asked, now - end


@given(
    lines=st.integers(1, 1000),
    each=st.floats(0.001, 0.2),
    opening=st.floats(0.0, 0.2),
)
def test_a_script_is_asked_few_times_and_nobody_sleeps_long_after_its_end(lines, each, opening):
    asked, late = requests_of(lines, each, opening)
    seconds = opening + lines * each
    assert asked <= 4 + seconds
    assert late <= 0.1 + 0.3 * LONGEST_PAUSE
    assert late <= 0.1 + seconds


@given(lines=st.integers(20, 1000), each=st.floats(0.001, 0.2), opening=st.floats(0.0, 0.2))
def test_a_script_that_was_run_before_is_asked_less_often(lines, each, opening):
    asked, late = requests_of(lines, each, opening, usual=each)
    assert asked <= 3 + (opening + lines * each) / LONGEST_PAUSE
    assert late <= 0.1 + 0.05 * LONGEST_PAUSE + 2 * each


@given(lines=st.integers(20, 1000), each=st.floats(0.001, 0.2), usual=st.floats(0.001, 0.2))
def test_a_script_that_has_become_faster_is_not_slept_through(lines, each, usual):
    assert requests_of(lines, each, 0.0, usual)[1] <= LONGEST_PAUSE


def test_a_script_of_which_nobody_knows_how_much_it_will_say_is_fetched_as_it_comes():
    assert Pace(0).pause(5.0, 3) == 0.0


def test_nobody_waits_before_the_first_line_or_after_the_last():
    assert Pace(10).pause(5.0, 0) == 0.0
    assert Pace(10).pause(5.0, 10) == 0.0
