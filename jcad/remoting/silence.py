"""How long a script may say nothing before it is stopped: a cmdlet that hangs would hang the run with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jcad.errors import ScriptError


@dataclass(kw_only=True)
class Silence:
    """Watches over one script on one host. `limit` is in seconds."""

    script: str
    server: str
    limit: float
    clock: Callable[[], float] = time.monotonic
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def heard(self) -> None:
        """It said something, or whoever reads it was busy meanwhile."""
        self._since = self.clock()

    def still(self) -> None:
        """It has said nothing. Raises ScriptError when that has lasted too long; the caller stops the script."""
        if self.clock() - self._since >= self.limit:
            raise ScriptError(
                f"{self.script} gave no result on {self.server} for {self.limit:g} s, and was stopped",
                hint="See what keeps that host; `script_timeout` in [remoting] allows more time.",
            )
