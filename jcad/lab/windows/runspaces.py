"""Runspaces of a lab host: an interpreter with the host's cmdlets, whose directory is bound as the logged-on account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jcad.lab.login import Login
from jcad.lab.powershell.engine import Engine
from jcad.lab.windows.cmdlets import WINDOWS_CMDLETS
from jcad.lab.windows.cmdlets.base import MODULE, SERVICE
from jcad.lab.windows.directory import Directories, WindowsHost
from jcad.lab.windows.directoryservices import declare as declare_directory_services
from jcad.lab.windows.session import environment_of

declare_directory_services()

EDITION: Final = "Desktop"
"""Windows PowerShell 5.1 is what a domain controller answers with."""


MODULE_VERSION: Final = "1.0.1.0"
"""The ActiveDirectory module's version on Windows Server 2016 and later."""


def open_engine(host: WindowsHost, login: Login, *, edition: str = EDITION) -> tuple[Engine, Callable[[], None]]:
    """Open a runspace on a host for an account: the engine, and what closes its connections to the directory.

    Nothing is connected before the first cmdlet needs the directory.
    """
    directories = Directories(host, login)
    services = {
        SERVICE: directories,
        "environment": environment_of(host, login),
        "modules": {MODULE: MODULE_VERSION},
    }
    engine = Engine(WINDOWS_CMDLETS, services=services, edition=edition)
    return engine, directories.close
