"""Scheduled tasks: register with password logon, start, watch, remove; and the objects they are made of."""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.members import PSCustomObject
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import NetList, UInt32, base_of, custom_object
from jcad.lab.windows.machine.cmdlets.base import OBJECT, SWITCH, TEXT, TEXTS, MachineCmdlet, fits, moment, own
from jcad.lab.windows.machine.tasks import LogonRefused, Task

_CIM: Final = "Microsoft.Management.Infrastructure.CimInstance#Root/Microsoft/Windows/TaskScheduler/"


def _made(kind: str, **properties: Any) -> PSCustomObject:
    return custom_object(list(properties.items()), f"{_CIM}{kind}", "Microsoft.Management.Infrastructure.CimInstance")


def _read(value: Any, name: str) -> Any:
    """A property of an object that one of these cmdlets made."""
    members = base_of(value).extended or {}
    found = members.get(name.lower())
    return None if found is None else found.value


@own(
    "New-ScheduledTaskAction",
    {
        "Execute": parameter(TEXT, "mandatory, position 0"),
        "Argument": parameter(TEXT, "position 1"),
        "WorkingDirectory": parameter(TEXT, "position 2"),
    },
)
class NewAction(MachineCmdlet):
    """What a task runs."""

    __slots__ = ()

    def process(self) -> None:
        """Write the action."""
        arguments, folder = self.text("Argument"), self.text("WorkingDirectory")
        self.context.write(
            _made("MSFT_TaskExecAction", Execute=self.text("Execute"), Arguments=arguments, WorkingDirectory=folder)
        )


@own(
    "New-ScheduledTaskPrincipal",
    {
        "UserId": parameter(TEXT, "mandatory, position 0"),
        "LogonType": parameter(TEXT, "position 1"),
        "RunLevel": parameter(TEXT, "position 2"),
    },
)
class NewPrincipal(MachineCmdlet):
    """As whom a task runs."""

    __slots__ = ()

    def process(self) -> None:
        """Write the principal."""
        logon = self.text("LogonType") or "S4U"
        self.context.write(
            _made("MSFT_TaskPrincipal2", UserId=self.text("UserId"), LogonType=logon, RunLevel=self.text("RunLevel"))
        )


@own(
    "New-ScheduledTaskSettingsSet",
    {
        "ExecutionTimeLimit": parameter("System.TimeSpan"),
        "AllowStartIfOnBatteries": parameter(SWITCH),
        "DontStopIfGoingOnBatteries": parameter(SWITCH),
        "StartWhenAvailable": parameter(SWITCH),
        "Hidden": parameter(SWITCH),
        "MultipleInstances": parameter(TEXT),
        "Priority": parameter("System.Int32"),
    },
)
class NewSettings(MachineCmdlet):
    """A task's settings; of these the lab carries out none."""

    __slots__ = ()

    def process(self) -> None:
        """Write the settings."""
        self.context.write(_made("MSFT_TaskSettings3", Hidden=self.on("Hidden")))


@own(
    "Register-ScheduledTask",
    {
        "TaskName": parameter(TEXT, "mandatory, position 0"),
        "TaskPath": parameter(TEXT, "position 1"),
        "Action": parameter(OBJECT, "mandatory"),
        "Principal": parameter(OBJECT),
        "Settings": parameter(OBJECT),
        "Description": parameter(TEXT),
        "User": parameter(TEXT),
        "Password": parameter(TEXT),
        "RunLevel": parameter(TEXT),
        "Force": parameter(SWITCH),
    },
)
class Register(MachineCmdlet):
    """Register a task."""

    __slots__ = ()

    def process(self) -> None:
        """Register, and write the task."""
        name, path = self.text("TaskName"), _path(self.text("TaskPath"))
        if self.machine.tasks.find(name, path) is not None and not self.on("Force"):
            self._refuse("0x800700b7", "Cannot create a file when that file already exists.", "ResourceExists")
            return
        principal = self.bound.get("Principal")
        user = self.text("User") or (to_text(_read(principal, "UserId")) if principal is not None else "")
        logon = to_text(_read(principal, "LogonType")) if principal is not None else ""
        password = self.text("Password") if self.bound.get("Password") is not None else None
        if not user:
            user, logon = self.session.login.name, "Interactive"
        if logon == "Interactive" or (logon == "Password" and password is None):
            raise LabUnsupported("a scheduled task that runs only when the user is logged on")
        action = base_of(self.bound["Action"])
        actions = list(action) if isinstance(action, NetList) else [action]
        if len(actions) != 1:
            raise LabUnsupported("a scheduled task with several actions")
        execute, arguments = to_text(_read(actions[0], "Execute")), to_text(_read(actions[0], "Arguments") or "")
        try:
            made = self.machine.tasks.register(name, path, execute, arguments, user, password, logon)
        except LogonRefused as refused:
            known = {"52e": ("0x8007052e", "The user name or password is incorrect."),
                     "525": ("0x80070534", "No mapping between account names and security IDs was done.")}  # fmt: skip
            code, text = known.get(
                refused.code, ("0x8007052f", f"Account restrictions prevent this logon ({refused.code}).")
            )
            self._refuse(code, text, "NotSpecified")
            return
        self.context.write(_task(made))

    def _refuse(self, code: str, text: str, category: str) -> None:
        self.report(
            "Microsoft.Management.Infrastructure.CimException", text, f"HRESULT {code}", category, "PS_ScheduledTask"
        )


def _path(given: str) -> str:
    return "\\" + given.strip("\\") + "\\" if given.strip("\\") else "\\"


def _task(task: Task) -> PSCustomObject:
    state = "Running" if task.running else "Ready"
    return _made("MSFT_ScheduledTask", TaskName=task.name, TaskPath=task.path, State=state, Author="")


_NAMES: Final = {
    "TaskName": parameter(TEXTS, "position 0, property"),
    "TaskPath": parameter(TEXTS, "position 1, property"),
}


class _Named(MachineCmdlet):
    """What the cmdlets on tasks share."""

    __slots__ = ()

    def _wanted(self) -> list[Task]:
        names, paths = self.texts("TaskName"), [_path(one) for one in self.texts("TaskPath")]
        found = [one for one in self.machine.tasks.all() if fits(one.name, names) and fits(one.path, paths)]
        for name in names:
            if not any(sign in name for sign in "*?") and not any(one.name.lower() == name.lower() for one in found):
                self.report(
                    "Microsoft.Management.Infrastructure.CimException",
                    f"No MSFT_ScheduledTask objects found with property 'TaskName' equal to '{name}'.  "
                    "Verify the value of the property and retry.",
                    "CmdletizationQuery_NotFound_TaskName",
                    "ObjectNotFound",
                    name,
                )
        return found


@own("Get-ScheduledTask", _NAMES)
class GetTask(_Named):
    """Tasks, by name."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for task in self._wanted():
            self.context.write(_task(task))


@own("Get-ScheduledTaskInfo", _NAMES)
class GetInfo(_Named):
    """How a task last ran: LastTaskResult is its exit code, 267009 while it runs, 267011 before."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for task in self._wanted():
            self.context.write(
                _made(
                    "MSFT_TaskDynamicInfo",
                    TaskName=task.name,
                    TaskPath=task.path,
                    LastRunTime=moment(task.last_run) if task.last_run else None,
                    LastTaskResult=UInt32(task.last_result & 0xFFFFFFFF),
                    NumberOfMissedRuns=UInt32(0),
                )
            )


@own("Start-ScheduledTask", _NAMES)
class Start(_Named):
    """Start tasks, and wait for none."""

    __slots__ = ()

    def process(self) -> None:
        """Start each."""
        for task in self._wanted():
            self.machine.tasks.start(task)


@own("Stop-ScheduledTask", _NAMES)
class Stop(_Named):
    """End what tasks run."""

    __slots__ = ()

    def process(self) -> None:
        """End each."""
        for task in self._wanted():
            self.machine.tasks.stop(task)


@own("Unregister-ScheduledTask", _NAMES, should_process=True, confirm_impact="High")
class Unregister(_Named):
    """Remove tasks."""

    __slots__ = ()

    def process(self) -> None:
        """Remove each."""
        for task in self._wanted():
            if self.context.should_process(task.name, "Unregister-ScheduledTask"):
                self.machine.tasks.remove(task)
