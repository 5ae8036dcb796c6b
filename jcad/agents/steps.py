"""One procedure on one host, before it has a place in the order; and its parts as an action has them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jcad.agents.state import Observed
from jcad.model.agents import AgentKind, HostState, InstalledAgent
from jcad.plan import Change, Value

BOOTED = "booted"
SINCE = "since"
"""What `booted` is to read as: the host has booted since the time that was seen."""
RUNNING = "Running"
ACTIVE = "active"


class Procedure(StrEnum):
    """The executor of an action on a host."""

    INSTALL = "install-agent"
    REINSTALL = "reinstall-agent"
    UPGRADE = "upgrade-agent"
    UNINSTALL = "uninstall-agent"
    CONFIGURE = "configure-agent"
    START = "start-agent"
    STOP = "stop-agent"
    RESTART = "restart-agent"
    REBOOT = "restart-host"

    @property
    def kind(self) -> str:
        """The kind of its action: a verb and a noun."""
        return self.value.replace("-", " ", 1)

    @property
    def verb(self) -> str:
        """The first word of it."""
        return self.value.partition("-")[0]


_SHORT = frozenset({Procedure.CONFIGURE, Procedure.START, Procedure.RESTART})
"""Procedures that keep an agent down for no longer than its service takes to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One procedure on one host.

    `takes_down` are the agents at work there that are down meanwhile, `primary` those of them that JumpCloud has as primary.
    `reboots` says that the host is restarted, or may be; `brings_up` and `removes` which agent is at work, or gone, after it.
    `alone` puts it into a wave of its own even where it takes nothing down.
    """

    procedure: Procedure
    host: str
    kind: AgentKind
    host_name: str = ""
    takes_down: frozenset[AgentKind] = frozenset()
    primary: frozenset[AgentKind] = frozenset()
    reboots: bool = False
    controller: bool = False
    alone: bool = False
    changes: tuple[Change, ...] = ()
    expected: Mapping[str, Value] = field(default_factory=dict)
    item: Mapping[str, Value] = field(default_factory=dict)
    secret: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """The id of its action."""
        return f"{self.procedure.verb}:{self.kind}:{self.host}"

    @property
    def name(self) -> str:
        """The object of it, for people."""
        on = self.host_name or self.host
        return on if self.procedure is Procedure.REBOOT else f"{self.kind} agent on {on}"

    @property
    def disrupts(self) -> bool:
        """Whether it must be alone in its wave: an agent at work goes down, or a host is restarted."""
        return bool(self.takes_down) or self.reboots or self.alone

    @property
    def is_long(self) -> bool:
        """Whether what it takes down stays down for more than a start of the service."""
        return self.procedure not in _SHORT or self.reboots

    @property
    def brings_up(self) -> bool:
        """Whether its agent is at work after it."""
        return self.procedure not in {Procedure.UNINSTALL, Procedure.STOP}


def down_by(observed: Observed, host: str, kind: AgentKind, *, reboots: bool = False) -> frozenset[AgentKind]:
    """The agents at work on a host that are down while one of them is worked on, or the whole host is restarted."""
    kinds = AgentKind if reboots else (kind,)
    return frozenset(one for one in kinds if (agent := observed.agent(host, one)) and agent.is_running)


def attribute(kind: AgentKind, name: str) -> str:
    """The name of what is read back of an agent: `sync agent version`."""
    return f"{kind} agent {name}"


def expected(agent: InstalledAgent | None) -> dict[str, Value]:
    """The state that a procedure was planned from: another one at apply is a conflict. Absent is None."""
    if agent is None:
        return {"version": None, "service": None, "product": None}
    return {
        "version": agent.version or None,
        "service": agent.state or None,
        "product": agent.product_code or None,
    }


def booted(state: HostState) -> Change:
    """The change that a restart makes."""
    return Change(BOOTED, state.boot or None, SINCE)
