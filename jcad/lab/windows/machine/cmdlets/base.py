"""What the cmdlets of a lab host's Windows share: their host, their declarations, records of what went wrong."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from jcad.errors import LabUnsupported
from jcad.lab.powershell import runtime
from jcad.lab.powershell.cmdlets import facts
from jcad.lab.powershell.command import Cmdlet, CommandInfo, cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetError, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import DateTime, NetList, base_of
from jcad.lab.windows.machine.files import FileFault, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.command import CmdletType
    from jcad.lab.windows.machine.host import Machine, Session

SERVICE: Final = "machine"
"""The name under which a runspace's engine keeps its `Session`."""
SWITCH: Final = "System.Management.Automation.SwitchParameter"
TEXT: Final = "System.String"
TEXTS: Final = "System.String[]"
OBJECT: Final = "System.Object"
_UNIX_EPOCH: Final = 621_355_968_000_000_000

CMDLETS: Final[list[type[Cmdlet]]] = []

_IO: Final[dict[Trouble, tuple[str, str]]] = {
    Trouble.NOT_FOUND: ("System.IO.FileNotFoundException", "Could not find file '{0}'."),
    Trouble.NO_PARENT: ("System.IO.DirectoryNotFoundException", "Could not find a part of the path '{0}'."),
    Trouble.EXISTS: ("System.IO.IOException", "The file '{0}' already exists."),
    Trouble.IS_FOLDER: ("System.UnauthorizedAccessException", "Access to the path '{0}' is denied."),
    Trouble.NOT_EMPTY: ("System.IO.IOException", "The directory is not empty.\r\n"),
    Trouble.DISK_FULL: ("System.IO.IOException", "There is not enough space on the disk.\r\n"),
    Trouble.IN_USE: (
        "System.IO.IOException",
        "The process cannot access the file '{0}' because it is being used by another process.",
    ),
    Trouble.TOO_LONG: (
        "System.IO.PathTooLongException",
        (
            "The specified path, file name, or both are too long. The fully qualified file name must be less than 260 "
            "characters, and the directory name must be less than 248 characters."
        ),
    ),
    Trouble.DENIED: ("System.UnauthorizedAccessException", "Access to the path '{0}' is denied."),
}

_NUMBERS: Final = {
    Trouble.DISK_FULL: 0x80070070,
    Trouble.IN_USE: 0x80070020,
    Trouble.EXISTS: 0x80070050,
    Trouble.TOO_LONG: 0x800700CE,
}


def running_session() -> Session:
    """The session that the running script is in. Raises LabUnsupported where it is on no host."""
    engine: Any = runtime.running()
    found = None if engine is None else engine.services.get(SERVICE)
    if found is None:
        raise LabUnsupported("Windows in a runspace that is on no host")
    return cast("Session", found)


class MachineCmdlet(Cmdlet):
    """A cmdlet of a host."""

    __slots__ = ()

    @property
    def session(self) -> Session:
        """The session it runs in."""
        return cast("Session", self.context.engine.services[SERVICE])

    @property
    def machine(self) -> Machine:
        """The host."""
        return self.session.machine

    def texts(self, name: str) -> list[str]:
        """A parameter that takes several texts."""
        plain = base_of(self.bound.get(name))
        if plain is None:
            return []
        return [to_text(item) for item in plain] if isinstance(plain, NetList) else [to_text(plain)]

    def text(self, name: str) -> str:
        """A text parameter, empty where it is not given."""
        plain = base_of(self.bound.get(name))
        return "" if plain is None else to_text(plain)

    def paths(self) -> list[str]:
        """-Path or -LiteralPath."""
        return self.texts("LiteralPath") or self.texts("Path")

    def report(self, exception: str, message: str, error_id: str, category: str, target: Any = None) -> None:
        """Report an error that does not end the statement."""
        self.context.write_error(ErrorRecord(NetException(exception, message), error_id, category, target))

    def report_missing(self, path: str) -> None:
        """Report a path that is not there."""
        self.report(
            "System.Management.Automation.ItemNotFoundException",
            f"Cannot find path '{path}' because it does not exist.",
            "PathNotFound",
            "ObjectNotFound",
            path,
        )

    def report_fault(self, fault: FileFault, error_id: str) -> None:
        """Report what a file cannot be."""
        self.context.write_error(ErrorRecord(io_error(fault).exception, error_id, "WriteError", fault.path))


def io_error(fault: FileFault) -> NetError:
    """What .NET throws."""
    exception, text = _IO[fault.trouble]
    number = _NUMBERS.get(fault.trouble)
    properties: dict[str, Any] = {} if number is None else {"HResult": number - (1 << 32)}
    return NetError.of(exception, text.format(fault.path), **properties)


def own(name: str, parameters: dict[str, Any], **more: Any) -> Callable[[CmdletType], CmdletType]:
    """Declare and list a cmdlet with parameters of its own."""
    declare = cmdlet(name, parameters, **more)

    def register(kind: CmdletType) -> CmdletType:
        CMDLETS.append(declare(kind))
        return kind

    return register


def known(
    name: str, *, unsupported: str = "", untyped: str = "", more: dict[str, Any] | None = None
) -> Callable[[CmdletType], CmdletType]:
    """Declare and list a cmdlet whose parameters are on record; `untyped` ones it converts itself, `more` are 5.1's own."""
    described = facts()[name]
    parameters = {
        key: {**value, "type": OBJECT} if key in untyped.split() else value
        for key, value in described["parameters"].items()
    }
    info = CommandInfo.from_facts(name, {**described, "parameters": parameters})
    extra = {key: replace(one, name=key) for key, one in (more or {}).items()}
    info = replace(info, parameters={**info.parameters, **extra})
    declare = cmdlet(name, info=info, unsupported=unsupported)

    def register(kind: CmdletType) -> CmdletType:
        CMDLETS.append(declare(kind))
        return kind

    return register


def fits(name: str, patterns: list[str]) -> bool:
    """Whether a name fits one of the wildcard patterns; no patterns fit everything."""
    return not patterns or any(fnmatch.fnmatchcase(name.lower(), one.lower()) for one in patterns)


def moment(seconds: float, *, kind: int = 2) -> DateTime:
    """A time in seconds since 1970 as a DateTime; hosts live in UTC."""
    return DateTime(_UNIX_EPOCH + int(seconds * 10_000_000), kind)
