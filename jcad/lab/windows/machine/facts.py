"""What a lab host is, and what of JumpCloud's agents nobody has published and a lab must therefore be told.

Pure values. Facts come from JumpCloud's pages; what no page says is a setting here, and its default is the lab's own
invention (marked so), never a claim about the real installers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

AgentKind = Literal["sync", "import"]

ROOT_FOLDER: Final = "C:\\Program Files\\JumpCloud\\AD Integration"
SIGNER: Final = "CN=JumpCloud Inc., O=JumpCloud Inc., L=Louisville, S=Colorado, C=US"
"""The signer of the lab's installers: the real certificate's subject was not found."""


@dataclass(frozen=True, slots=True)
class WindowsVersion:
    """What Win32_OperatingSystem and Get-ComputerInfo tell of a host. `core` is a Server Core."""

    caption: str = "Microsoft Windows Server 2019 Standard"
    version: str = "10.0.17763"
    build: int = 17763
    edition: str = "ServerStandard"
    core: bool = False
    architecture: str = "64-bit"
    net_release: int = 461814  # .NET Framework 4.7.2, which Windows Server 2019 comes with


@dataclass(slots=True)
class HostSettings:
    """A host, and how its time passes; change it while a lab runs to make a test's host.

    `boot_seconds` is how long a reboot keeps the endpoint away, `clock_offset` seconds ahead of the domain's time,
    `outbound` whether JumpCloud's 443 answers from here, `key_store_closed` whether a bare WinRM session has none,
    `replication_result` how a domain controller's last inbound replication ended (a Win32 error; the lab has none to end).
    """

    windows: WindowsVersion = field(default_factory=WindowsVersion)
    boot_seconds: float = 1.0
    clock_offset: float = 0.0
    outbound: bool = True
    key_store_closed: bool = True
    replication_result: int = 0


@dataclass(slots=True)
class AgentSettings:
    """Every fact of the agents that no page tells, as this lab has it.

    `switch` is the documented one; the property names, exit codes and periods are the lab's own. `survives` says whose
    heartbeat goes on with a wrong password: the primary's, nobody's or everybody's.
    """

    switch: str = "/msiexec"
    key_property: str = "LAB_CONNECT_KEY"
    account_property: str = "LAB_SERVICE_ACCOUNT"
    password_property: str = "LAB_SERVICE_PASSWORD"
    root_property: str = "LAB_ROOT_DN"
    container_property: str = "LAB_ROOT_USER_CONTAINER"
    log_switch: str = "/log"
    heartbeat: float = 0.5  # the real agents: 5 s or 90 s, by the page
    retry: float = 0.5
    install_seconds: float = 0.0
    service_start_seconds: float = 0.0
    survives: Literal["primary", "nobody", "everybody"] = "primary"
    dissociation_key: str = "UserDissociationAction"
    sync_service: str = "JCADSyncAgent_DC"
    import_needs_reboot_exit: int = 3010
    filter_dll: str = "labpasswordfilter"  # the real name was not found


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """Where one of the two agents lives on a host: from JumpCloud's pages and its own log collector."""

    kind: AgentKind
    display_name: str
    folder: str
    executable: str
    config: str
    log: str
    registry: str

    def service(self, settings: AgentSettings) -> str:
        """Its service's name."""
        return settings.sync_service if self.kind == "sync" else "JCADImportAgent"


AGENTS: Final[dict[AgentKind, AgentFacts]] = {
    "sync": AgentFacts(
        "sync",
        "JumpCloud AD Integration Sync Agent",
        ROOT_FOLDER + "\\JumpCloud AD Sync",
        ROOT_FOLDER + "\\JumpCloud AD Sync\\JumpCloudADSync.exe",
        ROOT_FOLDER + "\\JumpCloud AD Sync\\config.json",
        ROOT_FOLDER + "\\JumpCloud AD Sync\\JumpCloud_AD_Sync.log",
        "SOFTWARE\\JumpCloud\\AD Integration Sync Agent",
    ),
    "import": AgentFacts(
        "import",
        "JumpCloud AD Integration Import Agent",
        ROOT_FOLDER + "\\JumpCloud AD Import",
        ROOT_FOLDER + "\\JumpCloud AD Import\\JumpCloudADImport.exe",
        ROOT_FOLDER + "\\JumpCloud AD Import\\jcadimportagent.config.json",
        "C:\\Windows\\Temp\\JumpCloud_AD_Integration.log",
        "SOFTWARE\\JumpCloud\\AD Integration Import Agent",
    ),
}
