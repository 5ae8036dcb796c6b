"""What the command line says about the agents. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jcad.model.agents import AgentKind

BOTH = frozenset(AgentKind)


class Verb(StrEnum):
    """What is to be done with agents."""

    INSTALL = "install"
    REINSTALL = "reinstall"
    UNINSTALL = "uninstall"
    UPGRADE = "upgrade"
    CONFIGURE = "configure"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """One command: `hosts` are DNS names or their first labels (none: all that the settings or the domain have).

    `allow_reboot` lets domain controllers be restarted, one at a time, `allow_only_dc` even the only one. `reinstall_instead`
    reinstalls where an upgrade would not start, because somebody else installed the agent.
    """

    verb: Verb
    kinds: frozenset[AgentKind] = BOTH
    hosts: tuple[str, ...] = ()
    allow_reboot: bool = False
    allow_only_dc: bool = False
    reinstall_instead: bool = False
