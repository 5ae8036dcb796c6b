"""The time on the lab's hosts, which run in UTC."""

from __future__ import annotations

import time
from typing import Final

from jcad.lab.powershell.values import DateTime

_UNIX_EPOCH: Final = 621_355_968_000_000_000
_LOCAL: Final = 2


def now() -> DateTime:
    """This moment, as local time."""
    return DateTime(_UNIX_EPOCH + time.time_ns() // 100, _LOCAL)
