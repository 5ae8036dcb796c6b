"""One host of the lab as Windows: services, registry, files, event logs, scheduled tasks; down and up again on a reboot.

In memory. What it needs of the domain and of JumpCloud it asks a `Surroundings`.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from jcad.lab.windows.machine.agent import Agent
from jcad.lab.windows.machine.certificates import CertificateStore
from jcad.lab.windows.machine.events import EventLogs
from jcad.lab.windows.machine.facts import AgentSettings, HostSettings
from jcad.lab.windows.machine.files import FileSystem
from jcad.lab.windows.machine.registry import Registry
from jcad.lab.windows.machine.services import Service, ServiceFault, Services
from jcad.lab.windows.machine.tasks import TaskScheduler
from jcad.lab.windows.machine.winrm import HTTP_PORT, HTTPS_PORT, Doors, FirewallRule, WinRmListener

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.faults import Fault, Faults
    from jcad.lab.jumpcloud import Tenant
    from jcad.lab.login import Login
    from jcad.lab.windows.machine.facts import AgentKind
    from jcad.lab.windows.machine.network import Network

REBOOT_KEYS: Final = (
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired",
)
SESSION_MANAGER: Final = "SYSTEM\\CurrentControlSet\\Control\\Session Manager"
CONTROLLER_PORTS: Final = frozenset({53, 88, 135, 389, 445, 636, 3268, 3269})
_EVERYWHERE: Final = (
    ("WinRM", "Windows Remote Management (WS-Management)"),
    ("Schedule", "Task Scheduler"),
    ("EventLog", "Windows Event Log"),
    ("W32Time", "Windows Time"),
    ("LanmanServer", "Server"),
    ("Netlogon", "Netlogon"),
)
_CONTROLLERS: Final = (
    ("NTDS", "Active Directory Domain Services"),
    ("DNS", "DNS Server"),
    ("DFSR", "DFS Replication"),
    ("Kdc", "Kerberos Key Distribution Center"),
    ("ADWS", "Active Directory Web Services"),
)


class Surroundings(Protocol):
    """What a host needs of the rest of the lab."""

    faults: Faults
    tenant: Tenant
    settings: AgentSettings
    network: Network

    def refusal(self, account: str, password: str) -> str | None:
        """Log on as an account of the domain: None, or the sub-code of the refusal (`52e` counts a wrong password).

        Raises ConnectionFailed where no domain controller answers.
        """

    def find(self, account: str) -> Login | None:
        """The account, or None."""

    @property
    def controllers(self) -> tuple[str, ...]:
        """The short names of the domain controllers, in upper case."""

    def reaches_controller(self, name: str) -> bool:
        """Whether the domain controller of this name is up."""

    def run_powershell(self, session: Session, script: str) -> int:
        """Run a script in a powershell.exe of its own; its exit code."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A service account's password, encrypted for a machine and the user of `sid` (CryptProtectData, its user scope)."""

    account: str
    password: str = field(repr=False)
    sid: str


@dataclass(eq=False, slots=True)
class Session:
    """Who runs something on a host. `key_store` says whether the user's key store is open; `ended` ends its children."""

    machine: Machine
    login: Login
    key_store: bool
    ended: threading.Event = field(default_factory=threading.Event)


class Machine:
    """A host. `name` is its short name in upper case, `controller` whether it is a domain controller.

    `on_reboot` takes its endpoint away and brings it back; `vault` holds what was encrypted here, by random id.
    """

    def __init__(
        self,
        name: str,
        domain: str,
        surroundings: Surroundings,
        *,
        controller: bool,
        settings: HostSettings | None = None,
    ) -> None:
        self.name = name.upper()
        self.domain = domain
        self.controller = controller
        self.surroundings = surroundings
        self.settings = settings or HostSettings()
        self.files = FileSystem()
        self.registry = Registry()
        self.events = EventLogs()
        self.services = Services(self._may)
        self.tasks = TaskScheduler(self)
        self.certificates = CertificateStore()
        self.doors = Doors()
        self.vault: dict[str, Credential] = {}
        self.agents: dict[AgentKind, Agent] = {kind: Agent(self, kind) for kind in ("sync", "import")}
        self.installing = threading.Lock()
        self.on_reboot: Callable[[], None] = self.restart
        self.booted = time.time()
        self.boots = 1
        self.up = True
        self.restarting = False
        self._furnish()

    @property
    def agent_settings(self) -> AgentSettings:
        """What nobody published of the agents, as this lab has it."""
        return self.surroundings.settings

    @property
    def dns_name(self) -> str:
        """Its DNS name."""
        return f"{self.name.lower()}.{self.domain}"

    def fault(self, name: str) -> Fault | None:
        """The fault of this name, if it is to happen now and here."""
        return self.surroundings.faults.take_for(name, self.name)

    def protect(self, login: Login, account: str, password: str) -> str:
        """Encrypt a password for this machine and a user; the id under which the vault keeps it."""
        made = secrets.token_hex(16)
        self.vault[made] = Credential(account, password, login.sid)
        return made

    def _furnish(self) -> None:
        windows = self.settings.windows
        for name, display in (*_EVERYWHERE, *(_CONTROLLERS if self.controller else ())):
            self.services.add(Service(name, display, state="Running", pid=600 + len(self.services.all()) * 4))
        current = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
        self.registry.make(
            current,
            {
                "ProductName": windows.caption.removeprefix("Microsoft "),
                "CurrentBuild": str(windows.build),
                "CurrentBuildNumber": str(windows.build),
                "EditionID": windows.edition,
                "InstallationType": "Server Core" if windows.core else "Server",
                "CurrentVersion": "6.3",
            },
        )
        self.registry.make(
            "SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", {"Release": windows.net_release, "Install": 1}
        )
        for path in (
            "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
            "SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
            "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing",
            "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update",
            SESSION_MANAGER,
        ):
            self.registry.make(path)
        self.registry.make("SYSTEM\\CurrentControlSet\\Control\\Lsa", {"Notification Packages": ["rassfm", "scecli"]})
        if self.controller:
            self.registry.make("SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters", {"SysvolReady": 1})
        self.registry.make(
            "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName", {"ComputerName": self.name}
        )

    def open_doors(self, thumbprint: str = "") -> None:
        """Let WinRM in over HTTP, and over HTTPS with this certificate of the store."""
        self.doors.listen(WinRmListener(transport="HTTP", port=HTTP_PORT))
        self.doors.allow(
            FirewallRule(name="WINRM-HTTP-In-TCP", display_name="Windows Remote Management (HTTP-In)", port=HTTP_PORT)
        )
        if thumbprint:
            self.doors.listen(
                WinRmListener(transport="HTTPS", port=HTTPS_PORT, hostname=self.dns_name, thumbprint=thumbprint)
            )
            self.doors.allow(FirewallRule(name="lab-HTTPS-In", display_name="The lab's own", port=HTTPS_PORT))

    def _may(self, service: Service, verb: str) -> None:
        faults = self.surroundings.faults
        if faults.take_for("windows.service", service.name):
            self.events.write(
                "System", "Service Control Manager", 7000, 2, f"The {service.display_name} service failed to {verb}."
            )
            raise ServiceFault(1053, "The service did not respond to the start or control request in a timely fashion")

    # --- going down and coming up ---

    @property
    def reboot_pending(self) -> bool:
        """Whether Windows says that a restart is needed."""
        renames = self.registry.make(SESSION_MANAGER).get("PendingFileRenameOperations")
        return bool(renames) or any(self.registry.find(key) is not None for key in REBOOT_KEYS)

    def need_reboot(self) -> None:
        """Note that a restart is needed, as an installer does that leaves files to be replaced."""
        self.registry.set(SESSION_MANAGER, "PendingFileRenameOperations", ["\\??\\C:\\Windows\\Temp\\lab.tmp", ""])

    def power_off(self) -> None:
        """End every service and task at once."""
        self.up = False
        self.tasks.end_all()
        for service in self.services.all():
            self.services.stop(service, forced=True)

    def power_on(self) -> None:
        """Boot: what waited for a restart is done, services start that start by themselves."""
        self.registry.unset(SESSION_MANAGER, "PendingFileRenameOperations")
        for key in REBOOT_KEYS:
            self.registry.remove(key)
        self.booted, self.up, self.restarting = time.time(), True, False
        self.boots += 1
        self.events.write("System", "EventLog", 6005, 4, "The Event log service was started.")
        for agent in self.agents.values():
            agent.needs_reboot = False
        for service in self.services.all():
            if service.start_mode == "Auto":
                self._start_at_boot(service)

    def _start_at_boot(self, service: Service) -> None:
        try:
            self.services.start(service)
        except ServiceFault as fault:
            self.events.write(
                "System",
                "Service Control Manager",
                7000,
                2,
                f"The {service.display_name} service failed to start: {fault}",
            )

    def restart(self) -> None:
        """Go down and come up, without an endpoint to take away."""
        self.power_off()
        time.sleep(self.settings.boot_seconds)
        self.power_on()

    def reboot(self, reason: str = "", *, delay: float = 0.0) -> None:
        """Start to reboot in `delay` seconds, in a thread of its own: whoever asked gets his answer first."""
        self.events.write("System", "User32", 1074, 4, f"The process initiated the restart of {self.name}. {reason}")
        self.restarting = True
        soon = threading.Timer(max(delay, 0.3), self.on_reboot)
        soon.daemon = True
        soon.start()

    def close(self) -> None:
        """End every thread of this host."""
        self.power_off()

    def event(self, number: int, level: int, message: str, *, provider: str, log: str = "Application") -> None:
        """Write an event."""
        self.events.write(log, provider, number, level, message)

    def answers(self, name: str, port: int) -> bool:
        """Whether a TCP connection would come about: to JumpCloud's 443, to this host itself, to a domain controller."""
        if "jumpcloud." in name.lower():
            return port == 443 and self.settings.outbound
        if name.lower().partition(".")[0].upper() == self.name:
            return port in self.listening
        return port in CONTROLLER_PORTS and self.surroundings.reaches_controller(name)

    @property
    def listening(self) -> frozenset[int]:
        """The ports on which this host answers."""
        doors = {found.port for name in ("HTTP", "HTTPS") if (found := self.doors.open(name)) is not None}
        return frozenset(doors) | (CONTROLLER_PORTS if self.controller else frozenset())

    def describe(self) -> dict[str, Any]:
        """What a person wants to know first, for `repr` and messages."""
        return {"name": self.name, "controller": self.controller, "up": self.up, "boots": self.boots}
