"""A maintenance window: what may be written, when it is open, and how long still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.settings import Agents, Window

MINUTES = st.integers(0, 1439)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  - given a zone beside


def spelled(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.mark.parametrize(
    ("now", "is_open"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("03:59", True), ("04:00", False)],
)
def test_a_window_over_midnight_is_open_on_both_sides_of_it(now, is_open):
    assert Window.parse("22:00-04:00").is_open(datetime.fromisoformat(f"2026-11-24T{now}:00+00:00")) is is_open


def test_a_window_within_the_day_is_closed_outside():
    window = Window.parse("09:00 - 17:30")
    assert [window.is_open(datetime(2026, 1, 1, hour, tzinfo=UTC)) for hour in (8, 9, 17, 18)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["", "22-4", "22:00", "22:00-22:00", "24:00-04:00", "22:60-04:00", "25:00-04:00", "22:00-24:01"]
)
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match=r"window|opens and closes"):
        Window.parse(text)


def test_the_settings_refuse_it_as_well():
    assert Agents.model_validate({"window": "22:00 - 04:00"}).window == "22:00-04:00"
    with pytest.raises(ValueError, match="no window"):
        Agents.model_validate({"window": "at night"})


def test_the_whole_day_is_always_open():
    window = Window.parse("00:00-24:00")
    assert all(window.is_open(datetime(2026, 1, 1, hour, 59, tzinfo=UTC)) for hour in range(24))


@given(MINUTES, MINUTES, TIMES)
def test_it_closes_when_it_says_and_opens_when_it_says(start, end, now):
    if start == end:
        return
    window = Window.parse(f"{spelled(start)}-{spelled(end)}")
    assert str(window) == f"{spelled(start)}-{spelled(end)}"
    moment = timedelta(microseconds=1)
    if window.is_open(now):
        left = window.closes_after(now)
        assert timedelta() < left <= timedelta(days=1)
        assert window.is_open(now + left - moment)
        assert not window.is_open(now + left)
        assert window.opens_after(now) == timedelta()
    else:
        left = window.opens_after(now)
        assert timedelta() < left <= timedelta(days=1)
        assert not window.is_open(now + left - moment)
        assert window.is_open(now + left)
        assert window.closes_after(now) == timedelta()


@given(MINUTES, MINUTES)
def test_a_day_is_as_long_as_the_window_says(start, end):
    if start == end:
        return
    window = Window.parse(f"{spelled(start)}-{spelled(end)}")
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    minutes = sum(window.is_open(midnight + timedelta(minutes=minute)) for minute in range(1440))
    assert minutes == (end - start) % 1440


def test_a_change_of_the_clock_is_counted_in():
    """In Berlin the clock goes back from 3:00 to 2:00 on 25 October 2026: that night has an hour more."""
    evening = datetime(2026, 10, 24, 23, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert Window.parse("22:00-04:00").closes_after(evening) == timedelta(hours=6)
    assert Window.parse("22:00-04:00").closes_after(evening - timedelta(days=1)) == timedelta(hours=5)
