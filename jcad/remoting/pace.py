"""How long to wait before asking a running script for more of its output. Pure: times come in, times go out.

An endpoint answers as soon as there is one line, so whoever asks at once asks once a line. A script over many items is asked
every two seconds instead, and at the moment when it is likely to end: where it has no more to say nobody waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST_PAUSE = 2.0
"""Seconds: what a line waits at most until it is fetched."""

_SHORTEST = 0.1  # and at first at most so much longer than the script has run: a short one is not slept through
_TRUST = 5  # times as long as a script has run is how far ahead its speed is believed
_LATE = 1.05  # better a little late, with all lines there, than early, for one of them


@dataclass(slots=True)
class Pace:
    """The pace for a script that is expected to write `lines` lines; 0 where nobody knows, and then there are no pauses.

    The speed of a script is that from its first lines on: what comes before them, its opening, comes once. `usual` is that of
    the same script the last time, in seconds a line; 0 where it is not known.
    """

    lines: int
    usual: float = 0.0
    each: float = field(default=0.0, init=False)
    """Seconds a line, as far as the script has shown."""
    _first: tuple[float, int] | None = field(default=None, init=False)

    def pause(self, elapsed: float, received: int) -> float:
        """Seconds to wait now, after `elapsed` seconds and so many lines."""
        remaining = self.lines - received
        if remaining <= 0 or received <= 0:
            return 0.0
        if self._first is None or received <= self._first[1]:
            self._first = elapsed, received
            if self.usual:
                return min(LONGEST_PAUSE, _LATE * self.usual * remaining)
            return min(LONGEST_PAUSE, _SHORTEST + elapsed, _LATE * elapsed * remaining / received)
        since, had = self._first
        self.each = (elapsed - since) / (received - had)
        return min(LONGEST_PAUSE, _SHORTEST + _TRUST * elapsed, _LATE * self.each * remaining)
