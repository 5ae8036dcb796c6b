"""What was observed of hosts and agents: probes, JumpCloud's records, what jcad remembers of installing. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jcad.model.agents import AgentKind, HostState, Installation, InstalledAgent
from jcad.model.cloud import Agent, AgentType, UseCase
from jcad.plan import Identity

_TYPES = {AgentKind.SYNC: AgentType.SYNC, AgentKind.IMPORT: AgentType.IMPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A host that could not be looked at, and why; `hint` is what to do about it."""

    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that a plan of the agents is made from, beside the settings.

    `hosts` are by DNS name in small letters. `records` are JumpCloud's, None where JumpCloud was not asked; `primaries` the
    ids of the records that JumpCloud designates as primary. `outdated` are the agents (host, kind) that were installed before
    the password of their account was set. `m365` says whether an M365 directory is bound (None: not known).
    """

    made_for: Identity
    hosts: Mapping[str, HostState | Unreachable]
    records: tuple[Agent, ...] | None = None
    primaries: Mapping[AgentKind, str] = field(default_factory=dict)
    installations: tuple[Installation, ...] = ()
    outdated: frozenset[tuple[str, AgentKind]] = frozenset()
    use_case: UseCase = UseCase.UNSET
    m365: bool | None = None

    def state(self, host: str) -> HostState | None:
        """A host as its probe saw it; None where it could not be looked at."""
        found = self.hosts.get(host)
        return found if isinstance(found, HostState) else None

    def agent(self, host: str, kind: AgentKind) -> InstalledAgent | None:
        """The agent that a host has."""
        state = self.state(host)
        return state.agents.get(kind) if state else None

    def running(self, kind: AgentKind) -> frozenset[str]:
        """The hosts on which the service of an agent runs."""
        return frozenset(name for name in self.hosts if (agent := self.agent(name, kind)) and agent.is_running)

    def stopped(self, kind: AgentKind) -> frozenset[str]:
        """The hosts that have an agent whose service does not run."""
        return frozenset(name for name in self.hosts if (agent := self.agent(name, kind)) and not agent.is_running)

    def records_of(self, host: str, kind: AgentKind) -> tuple[Agent, ...]:
        """JumpCloud's records of an agent on a host, the one at work first, then by their last contact."""
        found = [
            one for one in self.records or () if one.type is _TYPES[kind] and same_host(one.hostname, host, self.hosts)
        ]
        found.sort(key=lambda one: (one.is_active, one.contact_at, one.id), reverse=True)
        return tuple(found)

    def record(self, host: str, kind: AgentKind) -> Agent | None:
        """JumpCloud's record of the agent on a host: that of its installation where it is known, else the one at work."""
        found = self.records_of(host, kind)
        remembered = self.installation(host, kind)
        own = [one for one in found if remembered and one.id == remembered.agent_id]
        return next(iter([*own, *found]), None)

    def unmatched(self, kind: AgentKind, hosts: Iterable[str]) -> tuple[str, ...]:
        """The names in JumpCloud's records of agents at work that are of none of these hosts, sorted."""
        known = dict.fromkeys((*hosts, *self.hosts))
        found = {
            one.hostname or one.id
            for one in self.records or ()
            if one.type is _TYPES[kind]
            and one.is_active
            and not any(same_host(one.hostname, host, known) for host in known)
        }
        return tuple(sorted(found))

    def installation(self, host: str, kind: AgentKind) -> Installation | None:
        """What jcad remembers of installing an agent on a host."""
        return next((one for one in self.installations if one.host.lower() == host and one.kind is kind), None)

    def has_old_password(self, host: str, kind: AgentKind) -> bool:
        """Whether the account of an agent has had a new password since it was installed."""
        return (host, kind) in self.outdated

    def is_primary(self, host: str, kind: AgentKind) -> bool:
        """Whether the agent on a host is the one that JumpCloud sends work to."""
        primary = self.primaries.get(kind)
        return bool(primary) and any(one.id == primary for one in self.records_of(host, kind))

    def is_controller(self, host: str) -> bool:
        """Whether a host is a domain controller, as its probe says."""
        state = self.state(host)
        return state is not None and state.controller is True


def same_host(given: str, host: str, hosts: Mapping[str, object] | None = None) -> bool:
    """Whether a name in JumpCloud's record is that of a host: its DNS name, or the first label of it where no other host has it.

    No page tells which of the two an agent reports as its `hostname`.
    """
    name = given.lower().rstrip(".")
    if not name:
        return False
    if name == host:
        return True
    label = host.partition(".")[0]
    return name == label and sum(one.partition(".")[0] == label for one in hosts or (host,)) <= 1
