"""Start-Process, and the programs that a script calls by name: msiexec, w32tm."""

from __future__ import annotations

import ntpath
import threading
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import NetList, base_of
from jcad.lab.windows.machine import programs
from jcad.lab.windows.machine.cmdlets.base import OBJECT, SWITCH, TEXT, TEXTS, MachineCmdlet, own

PROCESS: Final = net.define("System.Diagnostics.Process")


class Process(NetObject):
    """A process that Start-Process started: a thread of the lab's, which ends with its session."""

    __slots__ = ("finished", "name", "number", "thread")
    net_type = PROCESS
    _last = 4000

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.finished: programs.Finished | None = None
        self.thread: threading.Thread | None = None
        Process._last += 4
        self.number = Process._last

    def wait(self, milliseconds: int = -1) -> bool:
        """Wait for its end; whether it came."""
        if self.thread is not None:
            self.thread.join(None if milliseconds < 0 else milliseconds / 1000)
        return self.finished is not None


def _declare() -> None:
    members = members_of(PROCESS)
    members.property("Id", lambda one: one.number, "int")
    members.property("ProcessName", lambda one: one.name, "string")
    members.property("Name", lambda one: one.name, "string")
    members.property("HasExited", lambda one: one.finished is not None, "bool")
    members.property("ExitCode", lambda one: None if one.finished is None else one.finished.code)
    members.property("Handle", lambda one: one.number)
    members.method("WaitForExit()", lambda one: one.wait() and None)
    members.method("WaitForExit(int)", Process.wait)


_declare()


def _line(value: Any) -> str:
    plain = base_of(value)
    if plain is None:
        return ""
    return " ".join(to_text(item) for item in plain) if isinstance(plain, NetList) else to_text(plain)


@own(
    "Start-Process",
    {
        "FilePath": parameter(TEXT, "mandatory, position 0", "PSPath"),
        "ArgumentList": parameter(TEXTS, "position 1", "Args"),
        "WorkingDirectory": parameter(TEXT),
        "PassThru": parameter(SWITCH),
        "Wait": parameter(SWITCH),
        "NoNewWindow": parameter(SWITCH, "", "nnw"),
        "WindowStyle": parameter(TEXT),
        "Credential": parameter(OBJECT, "", "RunAs"),
        "Verb": parameter(TEXT),
        "RedirectStandardOutput": parameter(TEXT),
        "RedirectStandardError": parameter(TEXT),
    },
    should_process=True,
    unsupported="Credential Verb RedirectStandardOutput RedirectStandardError",
)
class StartProcess(MachineCmdlet):
    """Start a program; in a session of WinRM it ends with the session."""

    __slots__ = ()

    def process(self) -> None:
        """Start it, wait for it if asked to."""
        path = self.text("FilePath")
        name = ntpath.basename(path).lower().removesuffix(".exe")
        if name not in {"msiexec", "w32tm", "powershell", "shutdown"} and self.machine.files.find(path) is None:
            self.context_error()
            return
        process = Process(name)
        arguments = _line(self.bound.get("ArgumentList"))
        process.thread = threading.Thread(target=self._run, args=(process, path, arguments), name=path, daemon=True)
        process.thread.start()
        if self.on("Wait"):
            while process.finished is None and process.thread.is_alive():
                process.wait(50)
                self.context.check_stop()
        if isinstance(process.finished, programs.Finished) and process.finished.code == _UNSUPPORTED:
            raise LabUnsupported(f"the program {path} {arguments}".strip())
        if self.on("PassThru"):
            self.context.write(process)

    def _run(self, process: Process, path: str, arguments: str) -> None:
        try:
            process.finished = programs.run(self.session, path, arguments)
        except (programs.NotFound, LabUnsupported):
            process.finished = programs.Finished(_UNSUPPORTED)

    def context_error(self) -> None:
        """There is no such file."""
        self.report(
            "System.InvalidOperationException",
            "This command cannot be run due to the error: The system cannot find the file specified.",
            "InvalidOperationException",
            "InvalidOperation",
        )


_UNSUPPORTED: Final = -0x3FFF0000


class _Program(MachineCmdlet):
    """A program called by its name: its output line by line, `$LASTEXITCODE` afterwards."""

    __slots__ = ()

    def process(self) -> None:
        """Run it to its end."""
        words = self.texts("Words")
        line = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
        name = self.context.command.name
        try:
            finished = programs.run(self.session, name, line)
        except programs.NotFound as missing:
            record = ErrorRecord(NetException("System.Exception", f"{missing}"), "CommandNotFoundException")
            raise self.context.terminate(record) from missing
        for one in finished.output:
            self.context.write(one)
        self.context.engine.scope.set("lastexitcode", finished.code, "LASTEXITCODE")


for _name in ("msiexec", "msiexec.exe", "w32tm", "w32tm.exe"):
    own(_name, {"Words": parameter(TEXTS, "position 0, remaining")})(
        type(f"Program_{_name}", (_Program,), {"__slots__": ()})
    )
