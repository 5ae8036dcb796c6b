"""Who a session runs as, to its scripts: `[System.Security.Principal.WindowsIdentity]::GetCurrent()`, `$env:USERNAME`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.login import Login
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import runtime
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.security import make_sid
from jcad.lab.windows.cmdlets.base import SERVICE
from jcad.lab.windows.directory import Directories, WindowsHost


class WindowsIdentity(NetObject):
    """The account of the running session."""

    __slots__ = ("login",)
    net_type = net.define("System.Security.Principal.WindowsIdentity")

    def __init__(self, login: Login) -> None:
        super().__init__()
        self.login = login


def _current() -> WindowsIdentity:
    directories = getattr(runtime.running(), "services", {}).get(SERVICE)
    if not isinstance(directories, Directories):
        raise LabUnsupported("[System.Security.Principal.WindowsIdentity]::GetCurrent() outside a host's session")
    return WindowsIdentity(directories.login)


_MEMBERS: Final = members_of(WindowsIdentity.net_type)
_MEMBERS.static("GetCurrent()", _current)
_MEMBERS.property("Name", lambda identity: identity.login.name, "string")
_MEMBERS.property("AuthenticationType", lambda identity: identity.login.mechanism, "string")
_MEMBERS.property("User", lambda identity: make_sid(identity.login.sid), "System.Security.Principal.SecurityIdentifier")


def environment_of(host: WindowsHost, login: Login) -> Mapping[str, tuple[str, str]]:
    """The environment variables that a session of WinRM has of its host and account: (name, value) by lower-case name."""
    variables = {
        "COMPUTERNAME": host.name.upper(),
        "USERDNSDOMAIN": host.domain.upper(),
        "USERDOMAIN": login.domain,
        "USERNAME": login.account,
    }
    return {name.lower(): (name, value) for name, value in variables.items()}
