"""System.Console, of which a session without a window has standard output alone: [Console]::WriteLine and Write.

What is written goes where the runspace's owner says (`engine.services["console"]`), past the pipeline; nowhere, as in a
remoting session, where nobody says anything.
"""

from __future__ import annotations

from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import runtime
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import VOID

CONSOLE: Final = net.define("System.Console")
SERVICE: Final = "console"


def _write(text: str) -> Any:
    engine: Any = runtime.running()
    write = None if engine is None else engine.services.get(SERVICE)
    if write is not None:
        write(text)
    return VOID


_members = members_of(CONSOLE)
_members.static("WriteLine()", lambda: _write("\r\n"))
_members.static("WriteLine(object)", lambda value: _write(to_text(value) + "\r\n"))
_members.static("Write(object)", lambda value: _write(to_text(value)))
