"""A plan of the agents in the making: what is to be done and what was found so far. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from jcad.agents.desired import Desired, WantedAgent
from jcad.agents.options import AgentOptions
from jcad.agents.state import Observed
from jcad.agents.steps import Step
from jcad.model.agents import AgentKind, HostState, InstalledAgent
from jcad.plan import Finding, FindingKind


@dataclass(kw_only=True)
class Draft:
    """What is to be done, and what was found."""

    desired: Desired
    observed: Observed
    options: AgentOptions
    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(self, kind: FindingKind, name: str, rule: str, reason: str, *, noun: str = "host") -> None:
        """Add a finding, once."""
        found = Finding(kind=kind, noun=noun, name=name, rule=rule, reason=reason)
        if found not in self.findings:
            self.findings.append(found)

    def skip(self, site: Site, rule: str, reason: str) -> None:
        """Say why nothing is done about an agent on a host."""
        self.find(FindingKind.SKIPPED, site.name, rule, reason, noun="agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One agent on one host that could be looked at: what is wanted, what is there."""

    host: str
    kind: AgentKind
    state: HostState
    wanted: WantedAgent
    agent: InstalledAgent | None

    @property
    def host_name(self) -> str:
        """The host's own name, for people."""
        return self.state.name or self.host

    @property
    def name(self) -> str:
        """The agent on that host, for people."""
        return f"{self.kind} agent on {self.host_name}"

    @property
    def is_controller(self) -> bool:
        """Whether the host is a domain controller."""
        return self.state.controller is True

    @property
    def is_whole(self) -> bool:
        """Whether the agent is there with both its service and its program: an installation that broke off has one alone."""
        return self.agent is not None and bool(self.agent.service) and bool(self.agent.version)
