"""Hosts, agents and records for the tests of the agents' plans: as probes and JumpCloud tell of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from jcad.agents import AgentOptions, Desired, Observed, Unreachable, Verb, desired_state
from jcad.model import AdUser, DistinguishedName, Sid, UserAccountControl
from jcad.model.agents import AgentKind, HostState, Installation, InstalledAgent
from jcad.model.cloud import Agent, AgentType, UseCase
from jcad.plan import Identity
from jcad.settings import checked

SYNC, IMPORT = AgentKind.SYNC, AgentKind.IMPORT
ADMIN = "LAB\\admin"
MADE_FOR = Identity(
    organisation="org", instance="ad", domain_sid="S-1-5-21-1-2-3", domain="DC=lab,DC=test", dc="dc1.lab.test"
)
TABLE = {
    "version": "2.30.0",
    "installer": "setup.exe",
    "sha256": "ab" * 32,
    "signer": "CN=JumpCloud Inc.",
    "arguments": "/msiexec KEY={connect_key} ACCOUNT={account} PASSWORD={password} ROOT={root_dn} /log {log}",
    "upgrade_arguments": "/msiexec",
}
SERVICES = {SYNC: "JCADSyncAgent_DC", IMPORT: "JCADImportAgent"}
CONFIGURATION = {
    "MainLoop.SyncAdditionalAttributes": "true",
    "MainLoop.UserDissociationAction": '"remove"',
    "MainLoop.UserTakeoverAction": '"retain"',
}


def desired(hosts: Iterable[Mapping[str, Any]] = (), controllers: Iterable[str] = (), **agents: Any) -> Desired:
    """The desired state of settings with these hosts; what is given beside them goes into [agents]."""
    settings = checked(
        {
            "jumpcloud": {"api_key": "env:KEY"},
            "directory": {"domain": "lab.test", "user": ADMIN, "password": "env:P"},
            "remoting": {"user": ADMIN, "password": "env:P"},
            "prepare": {
                "sync": {"name": "jcsync", "password": "vault:jcsync"},
                "import": {"name": "jcimport", "password": "vault:jcimport"},
            },
            "agents": {"sync": TABLE, "import": TABLE, "host": list(hosts), **agents},
        }
    )
    return desired_state(
        settings, domain=DistinguishedName.parse("DC=lab,DC=test"), netbios="LAB", controllers=controllers
    )


def agent(kind: AgentKind, **given: Any) -> InstalledAgent:
    """An agent that runs."""
    base = InstalledAgent(
        kind=kind,
        service=SERVICES[kind],
        state="Running",
        start_mode="Auto",
        runs_as="LocalSystem",
        version="2.30.0",
        product_code="{6F330B47-2577-43AD-9095-1861BA25889B}",
        config=CONFIGURATION if kind is IMPORT else {},
        config_file="C:\\config.json",
    )
    return replace(base, **given)


def host(name: str, *agents: InstalledAgent, **given: Any) -> HostState:
    """A Windows Server 2019 that meets everything."""
    base = HostState(
        name=name.partition(".")[0].upper(),
        windows="Microsoft Windows Server 2019 Standard",
        build=17763,
        architecture="64-bit",
        core=False,
        controller=False,
        boot="2026-11-01T00:00:00Z",
        free_bytes=10_000_000_000,
        clock_offset=0.1,
        outbound=True,
        ldaps=True,
        agents={one.kind: one for one in agents},
    )
    return replace(base, **given)


def record(host_name: str, kind: AgentKind = SYNC, **given: Any) -> Agent:
    """JumpCloud's record of an agent at work, by the host's short name."""
    short = host_name.partition(".")[0]
    base = Agent(
        id=f"{kind}-{short}",
        type=AgentType.SYNC if kind is SYNC else AgentType.IMPORT,
        state="active",
        hostname=short.upper(),
        version="2.30.0",
        contact_at="2026-11-24T12:00:00Z",
    )
    return replace(base, **given)


def installation(host_name: str, kind: AgentKind = SYNC, **given: Any) -> Installation:
    """What jcad remembers of an installation by ADMIN for jcsync."""
    base = Installation(
        host=host_name,
        kind=kind,
        version="2.30.0",
        by=ADMIN,
        account="LAB\\jcsync" if kind is SYNC else "LAB\\jcimport",
        agent_id=f"{kind}-{host_name.partition('.')[0]}",
        at="2026-11-01T00:00:00Z",
    )
    return replace(base, **given)


def observed(hosts: Mapping[str, HostState | Unreachable], **given: Any) -> Observed:
    """What was observed: records of all agents that run, and no installation remembered, unless something else is given."""
    running = [
        record(name, kind)
        for name, state in hosts.items()
        if isinstance(state, HostState)
        for kind, one in state.agents.items()
        if one.is_running
    ]
    base = Observed(made_for=MADE_FOR, hosts=hosts, records=tuple(running), use_case=UseCase.TWOWAYSYNC)
    return replace(base, **given)


def command(verb: Verb, *kinds: AgentKind, **given: Any) -> AgentOptions:
    """What a command line says; both agents where none is named."""
    return AgentOptions(verb=verb, **({"kinds": frozenset(kinds)} if kinds else {}), **given)


def user(sam: str, *, enabled: bool = True, **given: Any) -> AdUser:
    """A service account in the directory."""
    control = UserAccountControl.NORMAL_ACCOUNT | (0 if enabled else UserAccountControl.ACCOUNTDISABLE)
    base = AdUser(
        guid=uuid.uuid5(uuid.NAMESPACE_DNS, sam),
        dn=DistinguishedName.parse(f"CN={sam},CN=Users,DC=lab,DC=test"),
        sid=Sid.parse("S-1-5-21-1-2-3-1105"),
        sam=sam,
        upn=f"{sam}@lab.test",
        control=control,
        pwd_last_set=134_000_000_000_000_000,
    )
    return replace(base, **given)
