"""JumpCloud's two agents and the hosts that they run on, as probes and the store tell. Plain values; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AgentKind(StrEnum):
    """Which of the two agents: JumpCloud to AD, or AD to JumpCloud."""

    SYNC = "sync"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledAgent:
    """An agent that a host has, as its probe saw it. What could not be read is an empty text.

    `state` and `start_mode` are Windows' words (Running, Stopped; Auto, Disabled). `config` has the settings of its JSON
    file by their dotted path (`MainLoop.UserDissociationAction`), each as JSON; None where there is no readable file, and
    `config_error` says why. `last_error` is the last line of its log that tells of an error, without secrets. Times are
    RFC 3339, UTC.
    """

    kind: AgentKind
    service: str
    display_name: str = ""
    state: str = ""
    start_mode: str = ""
    runs_as: str = ""
    version: str = ""
    product_code: str = ""
    uninstall: str = ""
    folder: str = ""
    config_file: str = ""
    config: Mapping[str, str] | None = None
    config_error: str = ""
    log_file: str = ""
    last_error: str = ""
    installed_at: str = ""

    @property
    def is_running(self) -> bool:
        """Whether its service runs."""
        return self.state == "Running"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """A host as its probe saw it. What could not be told is None or empty, never guessed.

    `name` is the host's own, `build` Windows' build number, `boot` the time of the last boot (RFC 3339, UTC), `free_bytes`
    of the system drive, `clock_offset` seconds ahead of the domain controller's time, `outbound` whether JumpCloud's
    port 443 answers, `ldaps` whether the domain controller's port 636 does. `pending_reboot` lists what wants one.
    `entra` lists the services of Entra Connect and cloud sync that are there.
    """

    name: str
    windows: str = ""
    build: int | None = None
    architecture: str = ""
    core: bool | None = None
    controller: bool | None = None
    boot: str = ""
    pending_reboot: tuple[str, ...] = ()
    free_bytes: int | None = None
    net_release: int | None = None
    ps_version: str = ""
    clock_offset: float | None = None
    outbound: bool | None = None
    ldaps: bool | None = None
    entra: tuple[str, ...] = ()
    agents: Mapping[AgentKind, InstalledAgent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What jcad remembers of an installation that it made.

    `by` is the Windows administrator who ran the installer: only he can upgrade it, for the agent keeps its password
    encrypted for machine and user. `account` is the service account that the agent was given, `agent_id` JumpCloud's id of
    its record; `at` is RFC 3339, UTC.
    """

    host: str
    kind: AgentKind
    version: str
    by: str
    account: str
    agent_id: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerHealth:
    """A domain controller as its probe saw it. What could not be told is None.

    `services` has Windows' word for each service (None: it is not there), `replication_failures` counts inbound partners
    whose last replication failed, `fsmo` the operations masters: role to (holder, whether it answers).
    """

    sysvol_ready: bool | None = None
    services: Mapping[str, str | None] = field(default_factory=dict)
    ldap: bool | None = None
    replication_failures: int | None = None
    fsmo: Mapping[str, tuple[str, bool]] = field(default_factory=dict)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why it is not healthy, in words; empty where it is. What could not be told counts as a trouble."""
        stopped = [name for name in ("NTDS", "DFSR", "Netlogon") if self.services.get(name) != "Running"]
        if self.services.get("DNS") not in {"Running", None}:  # a domain controller need not be a DNS server
            stopped.append("DNS")
        silent = sorted({holder for holder, answers in self.fsmo.values() if not answers})
        failures = self.replication_failures
        found = [
            "SYSVOL is not shared (SysvolReady is not 1)" if not self.sysvol_ready else "",
            *(f"the service {name} does not run" for name in stopped),
            "LDAP does not answer" if not self.ldap else "",
            "whether inbound replication failed cannot be told" if self.ldap and failures is None else "",
            f"inbound replication from {failures} partner(s) failed" if failures else "",
            "the operations masters cannot be told" if self.ldap and not self.fsmo else "",
            *(f"{holder}, an operations master, does not answer" for holder in silent),
        ]
        return tuple(one for one in found if one)
