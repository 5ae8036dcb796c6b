"""What JumpCloud sent the last time, so that a loop need not read the same thing again and again. Pure; thread-safe.

JumpCloud has no feed of changes that an API key can read: every page is asked for each time, and most of them, and of the
others most rows, are as they were. Of what was sent only digests are kept, with the values that were made of it, which the
sides of the sync share.
"""

from __future__ import annotations

import hashlib
import marshal
import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Known:
    """Values by what they were made of. `turn` ends a look, and forgets what was not met in it."""

    def __init__(self) -> None:
        self._before: dict[Hashable, Any] = {}
        self._now: dict[Hashable, Any] = {}
        self._reading = threading.local()

    def page(self, asked: str, body: bytes, understand: Callable[[], _Value]) -> _Value:
        """The value of a reply: that of the last time where it is the same to the byte. Raises what `understand` raises."""
        key = (asked, _digest(body))
        known: tuple[_Value, list[Hashable]] | None = self._now.get(key) or self._before.get(key)
        if known is None:
            rows: list[Hashable] = []
            self._reading.rows = rows
            known = understand(), rows
        else:
            self._now.update((row, self._before[row]) for row in known[1] if row in self._before)
        self._now[key] = known
        return known[0]

    def rows(self, kind: type, found: Iterable[Any], understand: Callable[[Any], _Value]) -> tuple[_Value, ...]:
        """The values that a kind of payload makes of the rows of a page: those of the last time where a row is the same."""
        now, before, met = self._now, self._before, self._reading.rows
        values = []
        for row in found:
            key = (kind, _digest(marshal.dumps(row, 2)))  # 2: equal rows give equal bytes
            value = before.get(key)
            if value is None and (value := now.get(key)) is None:
                value = understand(row)
            now[key] = value
            met.append(key)
            values.append(value)
        return tuple(values)

    def turn(self) -> None:
        """End a look at everything; nothing is being read meanwhile."""
        self._before, self._now = self._now, {}


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()
