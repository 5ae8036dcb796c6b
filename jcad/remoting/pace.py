"""How long to wait before asking a running script for more of its output. Pure: times come in, times go out.

An endpoint answers as soon as there is one line, so whoever asks at once asks once a line. A script over many items is asked
about once a second instead, sooner at its beginning, and at the moment when it is likely to end: where it has no more to say
nobody waits.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_PAUSE = 1.2
"""Seconds: what a line waits at most until it is fetched."""

_SHORTEST = 0.1  # and at most so much longer than the script has run: a short one is not slept through
_LATE = 1.05  # better a little late, with all lines there, than early, for one of them


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace for a script that is expected to write `lines` lines; 0 where nobody knows, and then there are no pauses."""

    lines: int

    def pause(self, elapsed: float, received: int) -> float:
        """Seconds to wait now, after `elapsed` seconds and so many lines."""
        remaining = self.lines - received
        if remaining <= 0 or received <= 0:
            return 0.0
        return min(LONGEST_PAUSE, _SHORTEST + elapsed, _LATE * elapsed * remaining / received)
