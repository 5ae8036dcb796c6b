"""Get-, Start-, Stop-, Restart- and Set-Service."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import NetError, NetException
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, EnumValue, NetList, base_of
from jcad.lab.windows.machine.cmdlets.base import OBJECT, SWITCH, TEXT, TEXTS, MachineCmdlet, fits, own, running_session
from jcad.lab.windows.machine.services import Service, ServiceFault, Services

_PROCESS: Final = "System.ServiceProcess."
STATUS: Final = net.define(
    _PROCESS + "ServiceControllerStatus",
    names={"Stopped": 1, "StartPending": 2, "StopPending": 3, "Running": 4, "ContinuePending": 5, "PausePending": 6,
           "Paused": 7},
)  # fmt: skip
START: Final = net.define(
    _PROCESS + "ServiceStartMode", names={"Boot": 0, "System": 1, "Automatic": 2, "Manual": 3, "Disabled": 4}
)
CONTROLLER: Final = net.define(_PROCESS + "ServiceController")
_POLL: Final = 0.05
_ANSWER: Final = 0.1
_REFUSED: Final = frozenset({1053, 1058, 1069})  # no answer, disabled, its account cannot log on
_MODES: Final = {"Auto": 2, "Manual": 3, "Disabled": 4}
_BY_NAME: Final = {"automatic": "Auto", "auto": "Auto", "manual": "Manual", "disabled": "Disabled"}


class ServiceController(NetObject):
    """A service as Get-Service gives it; its status is that of when it was last read."""

    __slots__ = ("service", "state")
    net_type = CONTROLLER

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.state: str = service.state

    def refresh(self) -> Any:
        """Read its status anew."""
        self.state = self.service.state
        return AUTOMATION_NULL


def _wait(controller: ServiceController, status: Any, timeout: Any = None) -> Any:
    """WaitForStatus: until it is so, or the time is over."""
    until = None if timeout is None else time.monotonic() + base_of(timeout).ticks / 10_000_000
    while (STATUS.names or {}).get(controller.state) != base_of(status).number:
        if until is not None and time.monotonic() > until:
            raise NetError.of(
                "System.ServiceProcess.TimeoutException",
                "Time out has expired and the operation has not been completed.",
            )
        if running_session().ended.wait(_POLL):
            break
        controller.refresh()
    return AUTOMATION_NULL


def _begin(services: Services, service: Service) -> None:
    """Let a service start, and go on: StartService waits for its process, and not until it runs. Raises `ServiceFault`.

    What the service itself finds wrong is its exit code, and no error of the start.
    """
    faults: list[ServiceFault] = []

    def start() -> None:
        try:
            services.start(service)
        except ServiceFault as fault:
            faults.append(fault)

    thread = threading.Thread(target=start, name=f"start {service.name}", daemon=True)
    thread.start()
    thread.join(_ANSWER)
    if faults and faults[0].code in _REFUSED:
        raise faults[0]


def _control(controller: ServiceController, verb: str) -> Any:
    """`Start()` and `Stop()`: an InvalidOperationException around Windows' own error."""
    service, services = controller.service, running_session().machine.services
    try:
        if verb == "start":
            _begin(services, service)
        else:
            services.stop(service)
    except ServiceFault as fault:
        inner = NetException("System.ComponentModel.Win32Exception", str(fault), None, {"NativeErrorCode": fault.code})
        message = f"Cannot {verb} service {service.name} on computer '.'."
        raise NetError.of("System.InvalidOperationException", message, inner) from fault
    return AUTOMATION_NULL


def _declare() -> None:
    members = members_of(CONTROLLER)
    for name in ("Name", "ServiceName"):
        members.property(name, lambda one: one.service.name, "string")
    members.property("DisplayName", lambda one: one.service.display_name, "string")
    members.property("MachineName", lambda _one: ".", "string")
    members.property("Status", lambda one: EnumValue(STATUS, (STATUS.names or {})[one.state]))
    members.property("StartType", lambda one: EnumValue(START, _MODES[one.service.start_mode]))
    members.property("CanStop", lambda one: one.state == "Running", "bool")
    members.method("Refresh()", ServiceController.refresh)
    members.method("Start()", lambda one: _control(one, "start"))
    members.method("Stop()", lambda one: _control(one, "stop"))
    members.method("WaitForStatus(System.ServiceProcess.ServiceControllerStatus)", _wait)
    members.method("WaitForStatus(System.ServiceProcess.ServiceControllerStatus, timespan)", _wait)
    textual(ServiceController, lambda _one, _spec, _invariant: str(CONTROLLER))


_declare()


class _Services(MachineCmdlet):
    """What the cmdlets on services share."""

    __slots__ = ()

    def _wanted(self) -> list[Service]:
        given = base_of(self.bound.get("InputObject"))
        if given is not None:
            items = given if isinstance(given, NetList) else [given]
            return [base_of(item).service for item in items]
        names, displays = self.texts("Name"), self.texts("DisplayName")
        found = [one for one in self.machine.services.all() if self._fits(one, names, displays)]
        for wanted in names or displays:
            exact = not any(sign in wanted for sign in "*?[")
            if exact and not any(fits(one.display_name if displays else one.name, [wanted]) for one in found):
                self._report_missing(wanted, "display name" if displays else "service name")
        return found

    @staticmethod
    def _fits(service: Service, names: list[str], displays: list[str]) -> bool:
        return fits(service.display_name, displays) if displays else fits(service.name, names)

    def _report_missing(self, name: str, what: str) -> None:
        self.report(
            "Microsoft.PowerShell.Commands.ServiceCommandException",
            f"Cannot find any service with {what} '{name}'.",
            "NoServiceFoundForGivenName" if what == "service name" else "NoServiceFoundForGivenDisplayName",
            "ObjectNotFound",
            name,
        )

    def _change(self, service: Service, verb: str) -> bool:
        """Start or stop; whether it came about. What does not is reported as Windows does."""
        if not self.context.should_process(f"{service.display_name} ({service.name})", f"{verb}-Service"):
            return False
        try:
            if verb == "Stop":
                self.machine.services.stop(service)
            else:
                self.machine.services.start(service)
        except ServiceFault as fault:
            article = "stopped" if verb == "Stop" else "started"
            self.report(
                "Microsoft.PowerShell.Commands.ServiceCommandException",
                f"Service '{service.display_name} ({service.name})' cannot be {article} due to the following error: "
                f"Cannot {verb.lower()} service {service.name} on computer '.'.",
                f"CouldNot{verb}Service",
                "OpenError" if verb == "Start" else "CloseError",
                service.name,
            )
            del fault
            return False
        return True

    def _pass(self, service: Service) -> None:
        if self.on("PassThru"):
            self.context.write(ServiceController(service))


_NAMES: Final = {
    "Name": parameter(TEXTS, {"Default": "position 0, pipeline, property"}, "ServiceName"),
    "DisplayName": parameter(TEXTS, {"DisplayName": "mandatory"}),
    "InputObject": parameter(OBJECT, {"InputObject": "mandatory, pipeline"}),
}
_CHANGE: Final = {**_NAMES, "PassThru": parameter(SWITCH)}


@own("Get-Service", _NAMES, default_set="Default")
class GetService(_Services):
    """Services, by name."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for service in self._wanted():
            self.context.write(ServiceController(service))


@own("Start-Service", _CHANGE, default_set="Default", should_process=True)
class StartService(_Services):
    """Start services, and wait until they run."""

    __slots__ = ()

    def process(self) -> None:
        """Start each."""
        for service in self._wanted():
            if self._change(service, "Start"):
                self._pass(service)


@own(
    "Stop-Service", {**_CHANGE, "Force": parameter(SWITCH), "NoWait": parameter(SWITCH)}, default_set="Default",
    should_process=True,
)  # fmt: skip
class StopService(_Services):
    """Stop services, and wait until they have stopped."""

    __slots__ = ()

    def process(self) -> None:
        """Stop each."""
        for service in self._wanted():
            if self._change(service, "Stop"):
                self._pass(service)


@own("Restart-Service", {**_CHANGE, "Force": parameter(SWITCH)}, default_set="Default", should_process=True)
class RestartService(_Services):
    """Stop services and start them."""

    __slots__ = ()

    def process(self) -> None:
        """Stop and start each."""
        for service in self._wanted():
            if self._change(service, "Stop") and self._change(service, "Start"):
                self._pass(service)


@own(
    "Set-Service",
    {
        "Name": parameter(TEXT, "mandatory, position 0, property", "ServiceName"),
        "StartupType": parameter(TEXT, "", "StartMode"),
        "Status": parameter(TEXT),
        "PassThru": parameter(SWITCH),
    },
    should_process=True,
)
class SetService(_Services):
    """Change how a service starts, and whether it runs."""

    __slots__ = ()

    def process(self) -> None:
        """Change it."""
        for service in self._wanted():
            mode = self.text("StartupType")
            if mode:
                if mode.lower() not in _BY_NAME:
                    raise LabUnsupported(f"Set-Service -StartupType {mode}")
                service.start_mode = _BY_NAME[mode.lower()]  # type: ignore[assignment]
            status = self.text("Status").lower()
            if status in {"running", "stopped"}:
                self._change(service, "Start" if status == "running" else "Stop")
            elif status:
                raise LabUnsupported(f"Set-Service -Status {status}")
            self._pass(service)


def controller_of(name: str) -> ServiceController:
    """`[System.ServiceProcess.ServiceController]::new(name)`."""
    service = running_session().machine.services.find(name)
    if service is None:
        raise NetError.of("System.InvalidOperationException", f"Service {name} was not found on computer '.'.")
    return ServiceController(service)


members_of(CONTROLLER).constructor("(string)", controller_of)
