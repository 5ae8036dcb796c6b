"""The plan for the agents: what is wanted and what was observed in, actions and findings out. Pure."""

from __future__ import annotations

from jcad.agents.desired import Desired
from jcad.agents.options import AgentOptions
from jcad.agents.state import Observed
from jcad.plan import Finding, Plan

FEATURE = "agents"


def plan_agents(desired: Desired, observed: Observed, options: AgentOptions) -> Plan:
    """What is to be done on the hosts, in waves, and what was found beside it.

    One action is one procedure on one host (design: `install-agent`, `reinstall-agent`, `upgrade-agent`, `uninstall-agent`,
    `configure-agent`, `start-agent`, `restart-agent`, `restart-host`). Raises SettingsError for what an installation
    needs and the settings do not say, and for a host of `options.hosts` that nobody knows.
    """
    raise NotImplementedError


def examine(desired: Desired, observed: Observed, options: AgentOptions) -> tuple[Finding, ...]:
    """What is to be said about hosts and agents, without anything to be done: for `jcad agent status`."""
    raise NotImplementedError
