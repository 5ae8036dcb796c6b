"""The COM object Schedule.Service: scheduled tasks without the cmdlets, whose parameters module logging would write down.

As much of it as one task for one program takes; its errors are COMExceptions with their HRESULT. A method that gives nothing
gives null, which a script writes unless it takes it.  # unverified on Windows
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import ConnectionFailed, LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import OBJECT_ARRAY, Array
from jcad.lab.windows.machine.cmdlets.base import running_session
from jcad.lab.windows.machine.tasks import LogonRefused, Task

if TYPE_CHECKING:
    from collections.abc import Callable

PROG_ID: Final = "Schedule.Service"
_COM: Final = net.define("System.__ComObject")
_NOT_FOUND: Final = 0x80070002
_REFUSALS: Final = {"52e": 0x8007052E, "525": 0x80070534, "533": 0x80070533, "532": 0x80070532, "775": 0x80070775}
_NO_LOGON_SERVERS: Final = 0x8007051F
_CREATE: Final = 2
_LOGON_PASSWORD: Final = 1
_STATES: Final = {False: 3, True: 4}  # ready, running
_PARTS: Final = {
    "RegistrationInfo": "Description Author",
    "Principal": "RunLevel UserId LogonType",
    "Settings": "ExecutionTimeLimit DisallowStartIfOnBatteries StopIfGoingOnBatteries Priority DeleteExpiredTaskAfter "
    "StartWhenAvailable MultipleInstances Hidden Enabled AllowDemandStart",
    "Action": "Path Arguments WorkingDirectory Id",
    "Trigger": "StartBoundary EndBoundary Enabled Id",
}


def _failure(code: int, message: str) -> NetError:
    return NetError.of("System.Runtime.InteropServices.COMException", message, HResult=code - (1 << 32))


class _Part(NetObject):
    """Some settings of a definition: what was set. Of these the lab carries out the action alone."""

    __slots__ = ("held", "net_type")

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.net_type = net.define(f"System.__ComObject#{kind}", base=_COM)
        self.held: dict[str, Any] = {}


class _Collection(NetObject):
    """The actions or triggers of a definition."""

    __slots__ = ("kind", "made", "number")
    net_type = net.define("System.__ComObject#Collection", base=_COM)

    def __init__(self, kind: str, number: int) -> None:
        super().__init__()
        self.kind = kind
        self.number = number
        self.made: list[_Part] = []

    def create(self, number: int) -> _Part:
        """`Create`: a program as the action (0), a time as the trigger (1)."""
        if number != self.number:
            raise LabUnsupported(f"{PROG_ID}: {self.kind}s of type {number}")
        self.made.append(_Part(self.kind))
        return self.made[-1]


class Definition(NetObject):
    """What NewTask gives."""

    __slots__ = ("actions", "parts", "triggers")
    net_type = net.define("System.__ComObject#TaskDefinition", base=_COM)

    def __init__(self) -> None:
        super().__init__()
        self.parts = {name: _Part(name) for name in ("RegistrationInfo", "Principal", "Settings")}
        self.actions = _Collection("Action", 0)
        self.triggers = _Collection("Trigger", 1)


class RegisteredTask(NetObject):
    """A task that is registered."""

    __slots__ = ("task",)
    net_type = net.define("System.__ComObject#RegisteredTask", base=_COM)

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task


class Folder(NetObject):
    """A folder of tasks: the root is the only one."""

    __slots__ = ("path",)
    net_type = net.define("System.__ComObject#TaskFolder", base=_COM)

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def tasks(self) -> Array:
        """`GetTasks`."""
        found = [one for one in running_session().machine.tasks.all() if one.path == self.path]
        return Array([RegisteredTask(one) for one in found], OBJECT_ARRAY)

    def find(self, name: str) -> Task:
        """The task of a name. Raises NetError where there is none."""
        found = running_session().machine.tasks.find(name, self.path)
        if found is None:
            raise _failure(
                _NOT_FOUND, "The system cannot find the file specified. (Exception from HRESULT: 0x80070002)"
            )
        return found

    def register(
        self, name: str, definition: Definition, flags: int, user: Any, password: Any, logon: int, _sddl: Any = None
    ) -> RegisteredTask:
        """`RegisterTaskDefinition`: the account is logged on with its password, once."""
        if not isinstance(definition, Definition) or flags != _CREATE or logon != _LOGON_PASSWORD:
            raise LabUnsupported(f"{PROG_ID}: registering but to create a task with password logon")
        if len(definition.actions.made) != 1:
            raise LabUnsupported(f"{PROG_ID}: a task with {len(definition.actions.made)} actions")
        action = definition.actions.made[0].held
        execute, arguments = to_text(action.get("Path") or ""), to_text(action.get("Arguments") or "")
        tasks = running_session().machine.tasks
        if tasks.find(name, self.path) is not None:
            raise _failure(0x800700B7, "Cannot create a file when that file already exists.")
        try:
            made = tasks.register(name, self.path, execute, arguments, to_text(user), to_text(password), "Password")
        except LogonRefused as refused:
            code = _REFUSALS.get(refused.code, 0x8007052F)
            raise _failure(code, f"(Exception from HRESULT: 0x{code:08X})") from refused
        except ConnectionFailed as nobody:
            message = "There are currently no logon servers available to service the logon request."
            raise _failure(_NO_LOGON_SERVERS, message) from nobody
        return RegisteredTask(made)

    def delete(self, name: str) -> None:
        """`DeleteTask`."""
        running_session().machine.tasks.remove(self.find(name))


class TaskService(NetObject):
    """`New-Object -ComObject Schedule.Service`."""

    __slots__ = ("connected",)
    net_type = net.define("System.__ComObject#TaskService", base=_COM)

    def __init__(self) -> None:
        super().__init__()
        self.connected = False

    def connect(self) -> None:
        """`Connect`: to this host."""
        self.connected = True

    def folder(self, path: str) -> Folder:
        """`GetFolder`."""
        if not self.connected:
            raise _failure(0x80041322, "The Task Scheduler service is not connected.")
        if path != "\\":
            raise LabUnsupported(f"{PROG_ID}: the folder {path}")
        return Folder(path)


def _run(one: RegisteredTask) -> RegisteredTask:
    running_session().machine.tasks.start(one.task)
    return one


def _stop(one: RegisteredTask) -> None:
    running_session().machine.tasks.stop(one.task)


def _setting(name: str) -> tuple[Callable[[_Part], Any], Callable[[_Part, Any], None]]:
    return lambda part: part.held.get(name), lambda part, value: part.held.__setitem__(name, value)


def _declare() -> None:
    for kind, names in _PARTS.items():
        members = members_of(net.define(f"System.__ComObject#{kind}", base=_COM))
        for name in names.split():
            getter, setter = _setting(name)
            members.property(name, getter, "object", setter)
    members_of(_Collection.net_type).method("Create(int)", _Collection.create)
    definition = members_of(Definition.net_type)
    for name in ("RegistrationInfo", "Principal", "Settings"):
        definition.property(name, lambda one, name=name: one.parts[name])
    definition.property("Actions", lambda one: one.actions)
    definition.property("Triggers", lambda one: one.triggers)
    service = members_of(TaskService.net_type)
    service.method("Connect()", TaskService.connect)
    service.method("GetFolder(string)", TaskService.folder)
    service.method("NewTask(int)", lambda _one, _flags: Definition())
    folder = members_of(Folder.net_type)
    folder.method("GetTasks(int)", lambda one, _flags: one.tasks())
    folder.method("GetTask(string)", lambda one, name: RegisteredTask(one.find(name)))
    folder.method("DeleteTask(string, int)", lambda one, name, _flags: one.delete(name))
    signature = "RegisterTaskDefinition(string, object, int, object, object, int, object)"
    folder.method(signature, Folder.register)
    task = members_of(RegisteredTask.net_type)
    task.property("Name", lambda one: one.task.name, "string")
    task.property("Path", lambda one: one.task.path + one.task.name, "string")
    task.property("State", lambda one: _STATES[one.task.running], "int")
    task.property("LastTaskResult", lambda one: _signed(one.task.last_result), "int")
    task.method("Run(object)", lambda one, _parameters: _run(one))
    task.method("Stop(int)", lambda one, _flags: _stop(one))


def _signed(code: int) -> int:
    """A result as COM gives it: 32 bits with a sign."""
    code &= 0xFFFFFFFF
    return code - (1 << 32) if code >= 1 << 31 else code


_declare()
