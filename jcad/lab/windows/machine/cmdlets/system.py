"""The host itself: Get-CimInstance, Get-WmiObject, Get-ComputerInfo, Restart-Computer, event logs, Test-NetConnection."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    DateTime,
    Dictionary,
    Int64,
    NetList,
    UInt32,
    UInt64,
    base_of,
    custom_object,
)
from jcad.lab.windows.machine.cmdlets.base import (
    OBJECT,
    SWITCH,
    TEXT,
    TEXTS,
    MachineCmdlet,
    fits,
    moment,
    own,
    running_session,
)
from jcad.lab.windows.machine.events import LEVELS, LOGS, Event

if TYPE_CHECKING:
    from jcad.lab.windows.machine.host import Machine

_EPOCH_TICKS: Final = 621_355_968_000_000_000
_CONDITION: Final = re.compile(r"\s*(\w+)\s*(=|LIKE|<>|!=)\s*(?:'([^']*)'|\"([^\"]*)\"|(\w+))\s*", re.IGNORECASE)


def _services(machine: Machine) -> list[dict[str, Any]]:
    return [
        {
            "Name": one.name, "DisplayName": one.display_name, "State": one.state.replace("Pending", " Pending"),
            "StartMode": one.start_mode, "StartName": one.account, "PathName": one.path, "ProcessId": UInt32(one.pid),
            "ExitCode": UInt32(one.exit_code), "Started": one.state == "Running",
        }
        for one in machine.services.all()
    ]  # fmt: skip


def _operating_system(machine: Machine) -> list[dict[str, Any]]:
    windows = machine.settings.windows
    return [
        {
            "Caption": windows.caption, "Version": windows.version, "BuildNumber": str(windows.build),
            "OSArchitecture": windows.architecture, "CSName": machine.name,
            "ProductType": UInt32(2 if machine.controller else 3), "OperatingSystemSKU": UInt32(13 if windows.core else 7),
            "LastBootUpTime": moment(machine.booted), "LocalDateTime": moment(time.time() + machine.settings.clock_offset),
            "FreePhysicalMemory": UInt64(2_500_000), "TotalVisibleMemorySize": UInt64(4_193_784),
        }
    ]  # fmt: skip


def _computer(machine: Machine) -> list[dict[str, Any]]:
    return [
        {
            "Name": machine.name, "DNSHostName": machine.name.lower(), "Domain": machine.domain, "PartOfDomain": True,
            "DomainRole": 5 if machine.controller else 3, "SystemType": "x64-based PC",
        }
    ]  # fmt: skip


def _disks(machine: Machine) -> list[dict[str, Any]]:
    files = machine.files
    return [
        {
            "DeviceID": "C:",
            "DriveType": UInt32(3),
            "FileSystem": "NTFS",
            "FreeSpace": UInt64(files.free),
            "Size": UInt64(files.size),
        }
    ]


_CLASSES: Final = {
    "win32_service": ("Win32_Service", _services),
    "win32_operatingsystem": ("Win32_OperatingSystem", _operating_system),
    "win32_computersystem": ("Win32_ComputerSystem", _computer),
    "win32_logicaldisk": ("Win32_LogicalDisk", _disks),
}


def _fits_filter(row: dict[str, Any], text: str) -> bool:
    """A WQL condition: `Name='x'`, `Name LIKE 'JC%'`, joined by AND or OR (not both)."""
    if re.search(r"\sAND\s", text, re.IGNORECASE):
        return all(_fits_filter(row, part) for part in re.split(r"\sAND\s", text, flags=re.IGNORECASE))
    if re.search(r"\sOR\s", text, re.IGNORECASE):
        return any(_fits_filter(row, part) for part in re.split(r"\sOR\s", text, flags=re.IGNORECASE))
    found = _CONDITION.fullmatch(text)
    names = {name.lower(): value for name, value in row.items()}
    if found is None or found[1].lower() not in names:
        raise LabUnsupported(f"the WQL condition {text}")
    held, wanted = to_text(names[found[1].lower()]), next(one for one in found.groups()[2:] if one is not None)
    if found[2].upper() == "LIKE":
        return fits(held, [wanted.replace("%", "*").replace("_", "?")])
    return (held.lower() == wanted.lower()) == (found[2] == "=")


class _Cim(MachineCmdlet):
    """Instances of a class of WMI."""

    __slots__ = ()

    def _write(self, name: str) -> None:
        known = _CLASSES.get(name.lower())
        if known is None:
            raise LabUnsupported(f"{self.context.command.name} {name}")
        spelled, rows = known
        for row in rows(self.machine):
            if self.text("Filter") and not _fits_filter(row, self.text("Filter")):
                continue
            self.context.write(
                custom_object(
                    list(row.items()),
                    f"Microsoft.Management.Infrastructure.CimInstance#root/cimv2/{spelled}",
                    "Microsoft.Management.Infrastructure.CimInstance",
                )
            )


@own(
    "Get-CimInstance",
    {
        "ClassName": parameter(TEXT, "mandatory, position 0, property"),
        "Filter": parameter(TEXT, "property"),
        "Property": parameter(TEXTS),
        "Namespace": parameter(TEXT),
        "ComputerName": parameter(TEXTS),
        "OperationTimeoutSec": parameter("System.UInt32"),
    },
    unsupported="Namespace ComputerName",
)
class GetCimInstance(_Cim):
    """Win32_Service, Win32_OperatingSystem, Win32_ComputerSystem, Win32_LogicalDisk."""

    __slots__ = ()

    def process(self) -> None:
        """Write each instance."""
        self._write(self.text("ClassName"))


@own(
    "Get-WmiObject",
    {
        "Class": parameter(TEXT, "mandatory, position 0"),
        "Filter": parameter(TEXT),
        "Property": parameter(TEXTS, "position 1"),
    },
)
class GetWmiObject(_Cim):
    """The same by the older name."""

    __slots__ = ()

    def process(self) -> None:
        """Write each instance."""
        self._write(self.text("Class"))


@own("Get-ComputerInfo", {"Property": parameter(TEXTS, "position 0")})
class GetComputerInfo(MachineCmdlet):
    """What Windows it is; the part of its properties that a probe asks for."""

    __slots__ = ()

    def process(self) -> None:
        """Write it."""
        windows = self.machine.settings.windows
        properties: list[tuple[str, Any]] = [
            ("WindowsProductName", windows.caption.removeprefix("Microsoft ")),
            ("WindowsEditionId", windows.edition),
            ("WindowsInstallationType", "Server Core" if windows.core else "Server"),
            ("OsName", windows.caption),
            ("OsVersion", windows.version),
            ("OsBuildNumber", str(windows.build)),
            ("OsArchitecture", windows.architecture),
            ("OsServerLevel", "ServerCore" if windows.core else "FullServer"),
            ("OsLastBootUpTime", moment(self.machine.booted)),
            ("CsName", self.machine.name),
            ("CsDomain", self.machine.domain),
        ]
        wanted = self.texts("Property")
        self.context.write(custom_object([pair for pair in properties if fits(pair[0], wanted)]))


@own(
    "Restart-Computer",
    {
        "ComputerName": parameter(TEXTS, "position 0"),
        "Force": parameter(SWITCH),
        "Wait": parameter(SWITCH),
        "Delay": parameter("System.Int16"),
    },
    should_process=True,
    unsupported="ComputerName Wait Delay",
)
class RestartComputer(MachineCmdlet):
    """Reboot this host: its endpoint goes away soon, and comes back."""

    __slots__ = ()

    def process(self) -> None:
        """Begin it."""
        if self.context.should_process(f"localhost ({self.machine.name})", "Restart-Computer"):
            self.machine.reboot()


def _event_object(event: Event, machine: Machine) -> Any:
    return custom_object(
        [("TimeCreated", moment(event.at)), ("Id", event.number), ("Level", event.level),
         ("LevelDisplayName", LEVELS[event.level]), ("ProviderName", event.provider), ("LogName", event.log),
         ("RecordId", Int64(event.record)), ("MachineName", machine.dns_name), ("Message", event.message)],
        "System.Diagnostics.Eventing.Reader.EventLogRecord",
    )  # fmt: skip


@own(
    "Get-WinEvent",
    {
        "LogName": parameter(TEXTS, {"GetLogSet": "position 0"}),
        "FilterHashtable": parameter(OBJECT, {"HashQuerySet": "mandatory, position 0"}),
        "MaxEvents": parameter("System.Int64"),
        "Oldest": parameter(SWITCH),
    },
    default_set="GetLogSet",
)
class GetWinEvent(MachineCmdlet):
    """Events of a log, the newest first; the hashtable knows LogName, ProviderName, Id, Level, StartTime, EndTime."""

    __slots__ = ()

    def process(self) -> None:
        """Write each event."""
        query = self._query()
        logs = query.pop("logname", [])
        if not logs:
            raise LabUnsupported("Get-WinEvent without LogName")
        found = [event for log in logs for event in self._of(to_text(log)) if _matches(event, query)]
        if not found:
            self.report(
                "System.Exception", "No events were found that match the specified selection criteria.",
                "NoMatchingEventsFound", "ObjectNotFound",
            )  # fmt: skip
        if self.on("Oldest"):
            found.reverse()
        limit = self.bound.get("MaxEvents")
        for event in found[: None if limit is None else int(base_of(limit))]:
            self.context.write(_event_object(event, self.machine))

    def _query(self) -> dict[str, list[Any]]:
        table = base_of(self.bound.get("FilterHashtable"))
        if not isinstance(table, Dictionary):
            return {"logname": list(self.texts("LogName"))}
        made: dict[str, list[Any]] = {}
        for key, value in table.items():
            name, plain = to_text(key).lower(), base_of(value)
            if name not in {"logname", "providername", "id", "level", "starttime", "endtime"}:
                raise LabUnsupported(f"Get-WinEvent -FilterHashtable with {to_text(key)}")
            made[name] = [base_of(one) for one in plain] if isinstance(plain, NetList) else [plain]
        return made

    def _of(self, log: str) -> list[Event]:
        if log.lower() not in {one.lower() for one in LOGS}:
            self.report("System.Exception", f'There is not an event log on the localhost computer that matches "{log}".',
                        "NoMatchingLogsFound", "ObjectNotFound", log)  # fmt: skip
            return []
        return self.machine.events.read(log)


def _matches(event: Event, query: dict[str, list[Any]]) -> bool:
    tests = {
        "providername": lambda wanted: fits(event.provider, [to_text(one) for one in wanted]),
        "id": lambda wanted: event.number in [int(one) for one in wanted],
        "level": lambda wanted: event.level in [int(one) for one in wanted],
        "starttime": lambda wanted: moment(event.at).ticks >= _ticks(wanted[0]),
        "endtime": lambda wanted: moment(event.at).ticks <= _ticks(wanted[0]),
    }
    return all(tests[name](wanted) for name, wanted in query.items())


def _ticks(value: Any) -> int:
    if not isinstance(value, DateTime):
        raise LabUnsupported("a time of Get-WinEvent that is no DateTime")
    return value.ticks


@own(
    "Get-EventLog",
    {
        "LogName": parameter(TEXT, "mandatory, position 0"),
        "Newest": parameter("System.Int32"),
        "Source": parameter(TEXTS),
        "EntryType": parameter(TEXTS),
        "After": parameter("System.DateTime"),
    },
)
class GetEventLog(MachineCmdlet):
    """Events by the older cmdlet."""

    __slots__ = ()

    def process(self) -> None:
        """Write each event."""
        sources, kinds = self.texts("Source"), self.texts("EntryType")
        after = base_of(self.bound.get("After"))
        found = [
            one for one in self.machine.events.read(self.text("LogName"))
            if fits(one.provider, sources) and fits(LEVELS[one.level], kinds)
            and (after is None or moment(one.at).ticks > after.ticks)
        ]  # fmt: skip
        newest = self.bound.get("Newest")
        for one in found[: None if newest is None else int(base_of(newest))]:
            self.context.write(
                custom_object(
                    [
                        ("Index", one.record),
                        ("TimeGenerated", moment(one.at)),
                        ("EntryType", LEVELS[one.level]),
                        ("Source", one.provider),
                        ("InstanceId", Int64(one.number)),
                        ("EventID", one.number),
                        ("Message", one.message),
                    ],
                    "System.Diagnostics.EventLogEntry",
                )
            )


@own(
    "Test-NetConnection",
    {
        "ComputerName": parameter(TEXT, "position 0, pipeline", "RemoteAddress", "cn"),
        "Port": parameter("System.Int32", "", "RemotePort"),
        "InformationLevel": parameter(TEXT),
        "WarningAction": parameter(OBJECT),
    },
)
class TestNetConnection(MachineCmdlet):
    """Whether a TCP connection comes about; only with -Port."""

    __slots__ = ()

    def process(self) -> None:
        """Write the answer."""
        port = base_of(self.bound.get("Port"))
        if port is None:
            raise LabUnsupported("Test-NetConnection without -Port")
        name = self.text("ComputerName")
        reached = self.machine.answers(name, int(port))
        if self.text("InformationLevel").lower() == "quiet":
            self.context.write(reached)
            return
        if not reached:
            self.context.warning(f"TCP connect to ({name} : {int(port)}) failed")
        self.context.write(
            custom_object(
                [("ComputerName", name), ("RemotePort", int(port)), ("TcpTestSucceeded", reached)],
                "TestNetConnectionResult",
            )
        )


class TcpClient(NetObject):
    """A TcpClient: it connects where the lab's host may, and carries nothing."""

    __slots__ = ("connected",)
    net_type = net.define("System.Net.Sockets.TcpClient", interfaces=(net.IDISPOSABLE,))

    def __init__(self) -> None:
        super().__init__()
        self.connected = False

    def connect(self, name: str, port: int) -> Any:
        """`Connect`. Raises NetError where nobody answers."""
        self.connected = running_session().machine.answers(name, port)
        if not self.connected:
            raise NetError.of(
                "System.Net.Sockets.SocketException",
                "A connection attempt failed because the connected party did not properly respond after a period of time, or "
                "established connection failed because connected host has failed to respond",
            )
        return AUTOMATION_NULL

    def begin(self, name: str, port: int) -> ConnectTask:
        """`ConnectAsync`."""
        self.connected = running_session().machine.answers(name, port)
        return ConnectTask(self.connected)


class ConnectTask(NetObject):
    """What ConnectAsync gives: done already."""

    __slots__ = ("reached",)
    net_type = net.define("System.Threading.Tasks.Task")

    def __init__(self, reached: bool) -> None:
        super().__init__()
        self.reached = reached


_CLIENT: Final = members_of(TcpClient.net_type)
_CLIENT.constructor("()", TcpClient)
_CLIENT.method("Connect(string, int)", TcpClient.connect)
_CLIENT.method("ConnectAsync(string, int)", TcpClient.begin)
_CLIENT.property("Connected", lambda one: one.connected, "bool")
for _name in ("Close()", "Dispose()"):
    _CLIENT.method(_name, lambda _one: AUTOMATION_NULL)
_TASK: Final = members_of(ConnectTask.net_type)
_TASK.method("Wait(int)", lambda one, _milliseconds: one.reached)
_TASK.property("IsCompleted", lambda one: one.reached, "bool")
