"""Get-Item and Get-Content on the drives that every session has: Variable:, Env:, Function:, Alias:.

An engine alone has no files and no processes: what is asked for there does not exist, and what could exist is refused by
name. A host that has them brings cmdlets of its own in place of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.cmdlets.variables import PSVariable
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.evaluate.commandobjects import AliasInfo
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.regex import wildcard
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import KeyValue, ScriptBlock, base_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jcad.lab.powershell.scopes import Scope

_DRIVE: Final = re.compile(r"(?P<name>[\w-]+):[\\/]?(?P<rest>.*)\Z", re.DOTALL)
_SESSION_DRIVES: Final = ("Variable", "Env", "Function", "Alias")
_OTHER_DRIVES: Final = frozenset({"temp", "c", "cert", "hklm", "hkcu", "wsman"})
_STATE: Final = "System.Management.Automation."
_PROCESS: Final = "Microsoft.PowerShell.Commands.ProcessCommandException"


class _DriveCmdlet(Cmdlet):
    """What the cmdlets on the session's drives share."""

    __slots__ = ()

    def process(self) -> None:
        """Take the paths, one after the other."""
        for path in self.bound.get("LiteralPath") or self.bound.get("Path") or ():
            self._one(to_text(path))

    def _one(self, path: str) -> None:
        drive = _DRIVE.match(path)
        if drive is None:
            self._file(path)
            return
        known = next((one for one in _SESSION_DRIVES if one.lower() == drive["name"].lower()), None)
        if known is None:
            self._no_drive(drive["name"])
            return
        name = drive["rest"]
        wild = "LiteralPath" not in self.bound and any(sign in name for sign in "*?[")
        found = [item for key, item in self._items(known) if self._is(key, name, wild=wild)]
        if not name:
            raise LabUnsupported(f"the root of the drive {known}:")
        if not found and not wild:
            self._missing(f"{known}:\\{name}" if is_desktop() else f"{known}:/{name}")
        for item in found:
            self.put(item)

    @staticmethod
    def _is(key: str, name: str, *, wild: bool) -> bool:
        return wildcard.matches(key, name) if wild else key.lower() == name.lower()

    def _items(self, drive: str) -> Iterator[tuple[str, Any]]:
        """The items of a drive by their names, the nearest scope first."""
        if drive == "Env":
            for name, value in self.context.engine.environment.values():
                if value is not None:
                    yield name, KeyValue(name, value)
            return
        seen: set[str] = set()
        scope: Scope | None = self.context.f.scope  # type: ignore[attr-defined]
        while scope is not None:
            for name, item in self._of_scope(drive, scope):
                if name.lower() not in seen:
                    seen.add(name.lower())
                    yield name, item
            scope = scope.parent

    @staticmethod
    def _of_scope(drive: str, scope: Scope) -> list[tuple[str, Any]]:
        if drive == "Variable":
            return [(one.name, PSVariable(one)) for one in scope.variables.values()]
        if drive == "Function":
            return [(one.name, one) for one in (scope.functions or {}).values()]
        return [(name, AliasInfo(name, target)) for name, target in (scope.aliases or {}).items()]

    def put(self, item: Any) -> None:
        """Write what the cmdlet gives of an item."""
        raise NotImplementedError

    def _file(self, path: str) -> None:
        """A path of the file system, of which there is none: nothing but its root could be there."""
        if is_desktop() or not path.startswith("/") or path.strip("/") == "":
            raise LabUnsupported(f"the file system ({self.info.name} {path})")
        self._missing(path)

    def _no_drive(self, name: str) -> None:
        if name.lower() in _OTHER_DRIVES:
            raise LabUnsupported(f"the drive {name}:")
        message = f"Cannot find drive. A drive with the name '{name}' does not exist."
        exception = NetException(f"{_STATE}DriveNotFoundException", message, properties={"ItemName": name})
        self.context.write_error(ErrorRecord(exception, "DriveNotFound", "ObjectNotFound", name))

    def _missing(self, path: str) -> None:
        message = f"Cannot find path '{path}' because it does not exist."
        exception = NetException(f"{_STATE}ItemNotFoundException", message, properties={"ItemName": path})
        self.context.write_error(ErrorRecord(exception, "PathNotFound", "ObjectNotFound", path))


@core("Get-Item", unsupported="Credential Exclude Filter Force Include")
class GetItem(_DriveCmdlet):
    """A variable, environment variable, function or alias."""

    __slots__ = ()

    def put(self, item: Any) -> None:
        """Write the item itself."""
        self.context.write(item)


@core(
    "Get-Content",
    unsupported="AsByteStream Credential Delimiter Encoding Exclude Filter Force Include Raw ReadCount Tail TotalCount "
    "Wait",
)
class GetContent(_DriveCmdlet):
    """The value of a variable or environment variable, the body of a function, the target of an alias."""

    __slots__ = ()

    def put(self, item: Any) -> None:
        """Write the item's content."""
        if isinstance(item, PSVariable):
            self.context.write_each(item.variable.value)
        elif isinstance(item, KeyValue):
            self.context.write(item.value)
        elif isinstance(item, AliasInfo):
            self.context.write(item.target)
        else:
            block: ScriptBlock = item.script_block
            self.context.write(block)


@core("Get-Process", unsupported="FileVersionInfo IncludeUserName InputObject Module")
class GetProcess(Cmdlet):
    """Processes by name or number: an engine alone has none but its own, which it does not show."""

    __slots__ = ()

    def process(self) -> None:
        """Look for each of them."""
        if "Name" not in self.bound and "Id" not in self.bound:
            raise LabUnsupported("Get-Process of all processes")
        for name in self.bound.get("Name") or ():
            text = to_text(name)
            if any(sign in text for sign in "*?["):
                raise LabUnsupported(f"Get-Process {text}")
            message = (
                f'Cannot find a process with the name "{text}". Verify the process name and call the cmdlet again.'
            )
            self._missing(message, "NoProcessFoundForGivenName", text, ProcessName=text)
        for number in self.bound.get("Id") or ():
            message = f"Cannot find a process with the process identifier {int(base_of(number))}."
            self._missing(message, "NoProcessFoundForGivenId", number)

    def _missing(self, message: str, error_id: str, target: Any, **properties: Any) -> None:
        exception = NetException(_PROCESS, message, properties=properties or {"ProcessName": ""})
        self.context.write_error(ErrorRecord(exception, error_id, "ObjectNotFound", target))
