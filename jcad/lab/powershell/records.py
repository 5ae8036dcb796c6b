"""What travels on the streams beside output and errors: warnings, verbose, debug and information records. Pure values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.values import NetObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jcad.lab.powershell.errors import ErrorRecord

_AUTOMATION = "System.Management.Automation."
INFORMATIONAL_RECORD = net.define(_AUTOMATION + "InformationalRecord")


class InformationalRecord(NetObject):
    """A text on the warning, verbose or debug stream."""

    __slots__ = ("invocation", "message")
    stream: ClassVar[str] = ""

    def __init__(self, message: str, invocation: Any = None) -> None:
        super().__init__()
        self.message = message
        self.invocation = invocation


class WarningRecord(InformationalRecord):
    """A warning."""

    __slots__ = ()
    stream = "warning"
    net_type = net.define(_AUTOMATION + "WarningRecord", base=INFORMATIONAL_RECORD)


class VerboseRecord(InformationalRecord):
    """A verbose message."""

    __slots__ = ()
    stream = "verbose"
    net_type = net.define(_AUTOMATION + "VerboseRecord", base=INFORMATIONAL_RECORD)


class DebugRecord(InformationalRecord):
    """A debug message."""

    __slots__ = ()
    stream = "debug"
    net_type = net.define(_AUTOMATION + "DebugRecord", base=INFORMATIONAL_RECORD)


class HostInformationMessage(NetObject):
    """What Write-Host puts into an information record."""

    __slots__ = ("background", "foreground", "message", "no_new_line")
    net_type = net.define(_AUTOMATION + "HostInformationMessage")

    def __init__(
        self, message: str, *, no_new_line: bool = False, foreground: Any = None, background: Any = None
    ) -> None:
        super().__init__()
        self.message = message
        self.no_new_line = no_new_line
        self.foreground = foreground
        self.background = background

    def __str__(self) -> str:
        return self.message


class InformationRecord(NetObject):
    """What Write-Information and Write-Host write: any object, tags, and where it came from."""

    __slots__ = ("message_data", "source", "tags")
    net_type = net.define(_AUTOMATION + "InformationRecord")

    def __init__(self, message_data: Any, tags: Iterable[str] = (), source: str = "") -> None:
        super().__init__()
        self.message_data = message_data
        self.tags = list(tags)
        self.source = source


PROGRESS_TYPE = net.define(_AUTOMATION + "ProgressRecordType", names={"Processing": 0, "Completed": 1})


class ProgressRecord(NetObject):
    """What Write-Progress writes, as an object that a script made."""

    __slots__ = ("activity", "completed", "number", "operation", "parent", "percent", "seconds", "status")
    net_type = net.define(_AUTOMATION + "ProgressRecord")

    def __init__(self, number: int, activity: str, status: str) -> None:
        super().__init__()
        self.number = number
        self.activity = activity
        self.status = status
        self.operation: str | None = None
        self.parent = self.percent = self.seconds = -1
        self.completed = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ProgressRecord:
        """The object of what was written to the stream, by the names that the stream has."""
        made = cls(record.get("id", 0), record.get("activity", ""), record.get("status") or "Processing")
        made.operation = record.get("operation") or None
        made.parent, made.percent = record.get("parent", -1), record.get("percent", -1)
        made.seconds, made.completed = record.get("seconds", -1), bool(record.get("completed"))
        return made

    def said(self) -> dict[str, Any]:
        """What the stream carries of it."""
        return {
            "id": self.number,
            "activity": self.activity,
            "status": self.status,
            "operation": self.operation or "",
            "parent": self.parent,
            "percent": self.percent,
            "seconds": self.seconds,
            "completed": self.completed,
        }


class Io:
    """Where the records of the commands that run now go: one function a stream, and the -*Variable lists that watch."""

    __slots__ = (
        "debug",
        "error",
        "error_lists",
        "information",
        "information_lists",
        "progress",
        "verbose",
        "warning",
        "warning_lists",
    )

    def __init__(
        self,
        error: Callable[[ErrorRecord], None],
        warning: Callable[[str], None],
        verbose: Callable[[str], None],
        debug: Callable[[str], None],
        information: Callable[[Any], None],
        progress: Callable[[Any], None],
    ) -> None:
        self.error = error
        self.warning = warning
        self.verbose = verbose
        self.debug = debug
        self.information = information
        self.progress = progress
        self.error_lists: tuple[list[Any], ...] = ()
        self.warning_lists: tuple[list[Any], ...] = ()
        self.information_lists: tuple[list[Any], ...] = ()

    def copy(self) -> Io:
        """The same, to be changed."""
        io = Io(self.error, self.warning, self.verbose, self.debug, self.information, self.progress)
        io.error_lists = self.error_lists
        io.warning_lists = self.warning_lists
        io.information_lists = self.information_lists
        return io

    def redirect(self, stream: int, write: Callable[[Any], None]) -> None:
        """Write this stream (2 error, 3 warning, 4 verbose, 5 debug, 6 information) elsewhere, as records."""
        if stream == 2:
            self.error = write
        elif stream == 3:
            self.warning = lambda text: write(WarningRecord(text))
        elif stream == 4:
            self.verbose = lambda text: write(VerboseRecord(text))
        elif stream == 5:
            self.debug = lambda text: write(DebugRecord(text))
        elif stream == 6:
            self.information = write
