"""What JumpCloud sent the last time, so that a loop need not read the same page again and again. Pure; thread-safe.

Of a reply only its digest is kept, and the value that was made of it, which the sides of the sync share. JumpCloud has no
feed of changes that an API key can read: every page is asked for each time, and most of them are as they were.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Known:
    """The values of the last replies, by what was asked. `turn` ends a look, and forgets what was not asked for in it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: dict[str, tuple[bytes, Any]] = {}
        self._now: dict[str, tuple[bytes, Any]] = {}

    def value(self, asked: str, body: bytes, understand: Callable[[], _Value]) -> _Value:
        """The value of a reply: that of the last time where the reply is the same. Raises what `understand` raises."""
        digest = hashlib.blake2b(body, digest_size=32).digest()
        with self._lock:
            known = self._now.get(asked) or self._before.get(asked)
        if known is not None and known[0] == digest:
            value: _Value = known[1]
        else:
            value = understand()
        with self._lock:
            self._now[asked] = (digest, value)
        return value

    def turn(self) -> None:
        """End a look at everything."""
        with self._lock:
            self._before, self._now = self._now, {}
