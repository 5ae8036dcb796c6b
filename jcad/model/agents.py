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
