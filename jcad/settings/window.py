"""A maintenance window of the day, such as `22:00-04:00`: whether it is open, and for how long still. Pure; the time is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, in minutes after midnight; over midnight where `end` is not after `start`.

    `Window.parse("22:00-04:00")  # ten in the evening to four in the morning, each day`. Times are those of the clock that
    `now` comes from: give it with the time zone that the window is meant in.
    """

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read `HH:MM-HH:MM`; 24:00 is the end of the day. Raises ValueError."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(f'{text!r} is no window: write two times of day, such as "22:00-04:00"')
        start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if start >= _DAY or end > _DAY:
            raise ValueError(f"{text!r} is no window: a day begins at 00:00 and ends at 24:00")
        if start == end:
            raise ValueError(f'{text!r} opens and closes at the same time; "00:00-24:00" is the whole day')
        return cls(start, end)

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at that time of day."""
        minute = now.hour * 60 + now.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def closes_after(self, now: datetime) -> timedelta:
        """How long it is still open; nothing where it is closed. A change of the clock in between is counted in."""
        if not self.is_open(now):
            return timedelta()
        return self._until(self.end, now)

    def opens_after(self, now: datetime) -> timedelta:
        """How long until it opens; nothing where it is open."""
        if self.is_open(now):
            return timedelta()
        return self._until(self.start, now)

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"

    @staticmethod
    def _until(minute: int, now: datetime) -> timedelta:
        """The time until the clock next shows that minute of the day."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        then = midnight + timedelta(minutes=minute)
        if then.replace(tzinfo=None) <= now.replace(tzinfo=None):
            then += timedelta(days=1)
        return then - now if now.tzinfo is None else then.astimezone(UTC) - now.astimezone(UTC)
