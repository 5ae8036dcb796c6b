"""Which procedure carries out which action on a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from jcad.agents import Procedure
from jcad.runs.agents.errand import Errand
from jcad.runs.agents.installing import install, reinstall, uninstall, upgrade
from jcad.runs.agents.tending import configure, restart_agent, restart_host, start, stop

PROCEDURES: Final[Mapping[str, Callable[[Errand], None]]] = {
    Procedure.INSTALL: install,
    Procedure.REINSTALL: reinstall,
    Procedure.UPGRADE: upgrade,
    Procedure.UNINSTALL: uninstall,
    Procedure.CONFIGURE: configure,
    Procedure.START: start,
    Procedure.STOP: stop,
    Procedure.RESTART: restart_agent,
    Procedure.REBOOT: restart_host,
}
"""By the executor of an action."""
