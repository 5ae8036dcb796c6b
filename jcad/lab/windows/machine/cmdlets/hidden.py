"""What pypsrp's copy.ps1 and fetch.ps1 reach for: private members by reflection, paths of the provider, temporary files.

Reflection finds the few members that those scripts name, and no other: GetProperty of what is not there is `$null`, as .NET
has it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.evaluate.blockobjects import ExecutionContext
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.remotehost import RemoteHost
from jcad.lab.powershell.runtime import running
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, type_of
from jcad.lab.windows.machine.cmdlets.base import running_session
from jcad.lab.windows.machine.files import full

if TYPE_CHECKING:
    from collections.abc import Callable

resolve("object")  # the types that signatures name
_AUTOMATION: Final = "System.Management.Automation."
_INFO: Final = net.define("System.Reflection.PropertyInfo", base=net.MEMBER_INFO)
_FIELD: Final = net.define("System.Reflection.FieldInfo", base=net.MEMBER_INFO)
net.define(
    "System.Reflection.BindingFlags",
    names={"Instance": 4, "Static": 8, "Public": 16, "NonPublic": 32},
    flags=True,
)


class _Part(NetObject):
    """A part of a remote session's inside."""

    __slots__ = ("net_type",)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.net_type = net.define(_AUTOMATION + name)


_HOST: Final = _Part("Remoting.ServerRemoteHost")
_TRANSPORT: Final = _Part("Remoting.Server.AbstractServerTransportManager")
_FRAGMENTOR: Final = _Part("Remoting.Fragmentor")
_CONTEXT: Final = _Part("DeserializationContext")

_MEMORY: Final = "allowed memory"
"""How much input a command of this runspace may have. The lab keeps the number, and holds nobody to it."""


def _settings() -> dict[str, Any]:
    engine: Any = running()
    settings: dict[str, Any] = engine.services
    return settings


_PRIVATE: Final[dict[tuple[Any, str], Callable[[Any], Any]]] = {
    (RemoteHost.net_type, "externalhost"): lambda _one: _HOST,
    (_HOST.net_type, "_transportmanager"): lambda _one: _TRANSPORT,
    (_TRANSPORT.net_type, "fragmentor"): lambda _one: _FRAGMENTOR,
    (_FRAGMENTOR.net_type, "deserializationcontext"): lambda _one: _CONTEXT,
    (_CONTEXT.net_type, "maximumallowedmemory"): lambda _one: _settings().get(_MEMORY, 50 << 20),
}


class _Member(NetObject):
    """A PropertyInfo or FieldInfo."""

    __slots__ = ("getter", "net_type")

    def __init__(self, kind: Any, getter: Callable[[Any], Any]) -> None:
        super().__init__()
        self.net_type = kind
        self.getter = getter


def _finding(kind: Any) -> Callable[[Any, str, Any], _Member | None]:
    def find(owner: Any, name: str, _flags: Any) -> _Member | None:
        getter = _PRIVATE.get((owner, name.lower()))
        return None if getter is None else _Member(kind, getter)

    return find


def _set(_member: _Member, owner: Any, value: Any, _index: Any) -> Any:
    if type_of(owner) is _CONTEXT.net_type:
        _settings()[_MEMORY] = value
    return AUTOMATION_NULL


_TYPE: Final = members_of(net.TYPE)
_TYPE.method("GetProperty(string, System.Reflection.BindingFlags)", _finding(_INFO))
_TYPE.method("GetField(string, System.Reflection.BindingFlags)", _finding(_FIELD))
members_of(_INFO).method("GetValue(object, object[])", lambda member, owner, _index: member.getter(owner))
members_of(_INFO).method("SetValue(object, object, object[])", _set)
members_of(_FIELD).method("GetValue(object)", lambda member, owner: member.getter(owner))


class _Paths(NetObject):
    """$ExecutionContext.SessionState.Path."""

    __slots__ = ()
    net_type = net.define(_AUTOMATION + "PathIntrinsics")


def _provider_path(_one: _Paths, path: str) -> str:
    return full(path, f"C:\\Users\\{running_session().login.account}\\Documents")


members_of(_Paths.net_type).method("GetUnresolvedProviderPathFromPSPath(string)", _provider_path)
members_of(ExecutionContext.net_type).property("Path", lambda _one: _Paths())


def _temporary_file() -> str:
    """`GetTempFileName`: an empty file of a name that there was not."""
    files, number = running_session().machine.files, 1
    while files.find(path := f"C:\\Windows\\Temp\\tmp{number:X}.tmp") is not None:
        number += 1
    files.write(path, b"")
    return path


def _expanded(text: str) -> str:
    """`ExpandEnvironmentVariables`; a variable that there is not stays as it stands."""
    environment: dict[str, tuple[str, str]] = _settings().get("environment", {})
    return re.sub("%([^%]+)%", lambda found: environment.get(found[1].lower(), ("", found[0]))[1], text)


def _replace(kind: str, signature: str, function: Callable[..., Any]) -> None:
    """Put a host's own member in the place of one that is refused where there is no host."""
    members = members_of(net.define(kind))
    members.statics.pop(signature.partition("(")[0].lower(), None)
    members.static(signature, function)


_replace("System.IO.Path", "GetTempFileName()", _temporary_file)
_replace("System.IO.Path", "GetTempPath()", lambda: "C:\\Windows\\Temp\\")
_replace("System.Environment", "ExpandEnvironmentVariables(string)", _expanded)
