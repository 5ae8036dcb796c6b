"""How the agents are: each host beside JumpCloud's view of it. Pure, but for the looking, which AgentSite does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jcad.agents import AgentOptions, Desired, Observed, Unreachable, WantedAgent, configuration_diff, examine
from jcad.errors import JcadError
from jcad.model import Agent, AgentKind, HostState, Installation, InstalledAgent
from jcad.plan import Finding
from jcad.runs.agents.inspect import Seen
from jcad.runs.agents.site import AgentSite

Deviation = tuple[str, str | None, str]
"""A setting of a configuration file that is otherwise than wanted: its key, what it is, what is wanted (JSON texts)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """One agent on one host: what is there, what is wanted, what JumpCloud hears of it. `heard` is how long ago that was.

    `installed` is None where the host has none: it is wanted there, or JumpCloud has a record of one.
    """

    host: str
    name: str
    kind: AgentKind
    wanted: WantedAgent
    installed: InstalledAgent | None = None
    installation: Installation | None = None
    record: Agent | None = None
    primary: bool = False
    heard: timedelta | None = None
    deviations: tuple[Deviation, ...] = ()

    @property
    def account(self) -> str:
        """Its service account, where jcad installed it; else the account that its service runs as."""
        if self.installation and self.installation.account:
            return self.installation.account
        return self.installed.runs_as if self.installed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """All agents at one time. `cloud` says why JumpCloud could not be asked; None where it was."""

    at: datetime
    agents: tuple[AgentStatus, ...]
    hosts: Mapping[str, HostState]
    unreachable: Mapping[str, Unreachable]
    findings: tuple[Finding, ...]
    strays: tuple[Agent, ...] = ()
    """JumpCloud's records that belong to no host here."""
    cloud: JcadError | None = None

    @property
    def whole(self) -> bool:
        """Whether everything could be looked at."""
        return not self.unreachable and self.cloud is None


def look(
    site: AgentSite, options: AgentOptions, *, seen: Callable[[str, Seen], None] = lambda _host, _seen: None
) -> SiteStatus:
    """Look at the hosts in question and at JumpCloud. Raises AuthenticationFailed, SettingsError."""
    observed, trouble = site.look(site.hosts(options), seen=seen)
    return status_of(site.desired, observed, options, datetime.now(UTC), trouble)


def status_of(
    desired: Desired, observed: Observed, options: AgentOptions, now: datetime, trouble: JcadError | None = None
) -> SiteStatus:
    """Put what was observed beside what is wanted."""
    seen = {host: state for host, state in observed.hosts.items() if isinstance(state, HostState)}
    agents = tuple(_agents(desired, observed, options, now))
    known = {one.id for host in desired.hosts for kind in AgentKind for one in observed.records_of(host, kind)}
    everything = not options.hosts and options.kinds == frozenset(AgentKind)
    return SiteStatus(
        at=now,
        agents=agents,
        hosts=seen,
        unreachable={host: state for host, state in observed.hosts.items() if isinstance(state, Unreachable)},
        findings=_findings(desired, observed, options),
        strays=tuple(one for one in observed.records or () if everything and one.id not in known),
        cloud=trouble,
    )


def _findings(desired: Desired, observed: Observed, options: AgentOptions) -> tuple[Finding, ...]:
    """What is to be said, but for hosts that could not be looked at: those are shown for themselves."""
    return tuple(one for one in examine(desired, observed, options) if one.rule != "host-unreachable")


def _agents(desired: Desired, observed: Observed, options: AgentOptions, now: datetime) -> Iterator[AgentStatus]:
    for host, state in observed.hosts.items():
        for kind in sorted(options.kinds):
            wanted, record = desired.hosts[host].agents[kind], observed.record(host, kind)
            agent = observed.agent(host, kind)
            if agent is None and record is None and not wanted.wanted:
                continue
            diff = (
                configuration_diff(wanted.configuration, agent.config) if agent and agent.config is not None else None
            )
            yield AgentStatus(
                host=host,
                name=(state.name if isinstance(state, HostState) else "") or host,
                kind=kind,
                wanted=wanted,
                installed=agent,
                installation=observed.installation(host, kind),
                record=record,
                primary=observed.is_primary(host, kind),
                heard=_since(record, now),
                deviations=tuple((key, diff.expected[key], value) for key, value in diff.set.items()) if diff else (),
            )


def _since(record: Agent | None, now: datetime) -> timedelta | None:
    try:
        return now - datetime.fromisoformat(record.contact_at) if record and record.contact_at else None
    except (ValueError, TypeError):
        return None
