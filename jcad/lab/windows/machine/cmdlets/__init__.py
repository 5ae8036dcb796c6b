"""The cmdlets and .NET types by which scripts reach the Windows of a lab host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jcad.lab.windows.machine.cmdlets import (
    archives,
    contents,
    hidden,
    items,
    processes,
    registrykeys,
    remoting,
    replication,
    services,
    system,
    tasks,
    web,
)
from jcad.lab.windows.machine.cmdlets.base import CMDLETS, SERVICE

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Cmdlet

_MODULES: Final = (
    archives,
    contents,
    hidden,
    items,
    processes,
    registrykeys,
    remoting,
    replication,
    services,
    system,
    tasks,
    web,
)
MACHINE_CMDLETS: Final[dict[str, type[Cmdlet]]] = {one.info.name.lower(): one for one in CMDLETS}
"""Every one of them by its name in lower case."""

__all__ = ["MACHINE_CMDLETS", "SERVICE"]
