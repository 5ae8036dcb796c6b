"""What the settings want of each host: which agents, in which version, from which installer, as which account. Pure values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jcad.errors import SettingsError
from jcad.model import DistinguishedName
from jcad.model.agents import AgentKind
from jcad.settings import AgentHost, AgentTable, HostImport, HostSync, ImportAgent, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAgent:
    r"""One agent as a host is to have it. `wanted` is None where the settings leave it as it is.

    `account` is `DOMAIN\name` of its service account, `secret` the reference of that account's password. `configuration`
    has JSON texts by dotted path, in the page's spelling. What the settings do not say is an empty text.
    """

    kind: AgentKind
    wanted: bool | None = None
    version: str = ""
    installer: str = ""
    sha256: str = ""
    signer: str = ""
    arguments: str = ""
    upgrade_arguments: str = ""
    account: str = ""
    secret: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedHost:
    """A host: `name` is its DNS name in small letters, `address` where to connect when that is not the system's to resolve.

    `named` says that the settings name it; otherwise it is a domain controller that was found.
    """

    name: str
    agents: Mapping[AgentKind, WantedAgent]
    address: str = ""
    named: bool = True

    def wants(self, kind: AgentKind) -> bool:
        """Whether the settings want this agent here."""
        return self.agents[kind].wanted is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    r"""The whole desired state of one domain.

    `hosts` are by DNS name, sorted. `controllers` are the domain controllers of the domain. `run_as` is the administrator
    who runs the installers (`DOMAIN\name`, or `name@domain`), `run_as_secret` the reference of his password ("" where
    there is none). `root_dn` and `container` are distinguished names.
    """

    hosts: Mapping[str, WantedHost]
    controllers: frozenset[str]
    domain: str
    root_dn: str
    container: str
    run_as: str
    run_as_secret: str = ""
    secrets_on_command_line: bool = False


def desired_state(
    settings: Settings, *, domain: DistinguishedName, netbios: str, controllers: Iterable[str] = ()
) -> Desired:
    """Put together what the settings say and what was found of the domain: its name, NetBIOS name and controllers.

    A service account is one of [prepare] where the tables of [agents] do not name another.
    """
    agents = settings.agents
    found = frozenset(name.lower() for name in controllers)
    tables: dict[AgentKind, WantedAgent] = {
        AgentKind.SYNC: _table(AgentKind.SYNC, agents.sync, settings, netbios),
        AgentKind.IMPORT: _table(AgentKind.IMPORT, agents.import_, settings, netbios),
    }
    hosts = {one.name: _host(one, tables) for one in agents.host}
    for name in found - hosts.keys():
        hosts[name] = WantedHost(name=name, agents=tables, named=False)
    password = agents.install_password or settings.remoting.password
    return Desired(
        hosts=dict(sorted(hosts.items())),
        controllers=found,
        domain=settings.directory.domain,
        root_dn=str(domain),
        container=settings.sync.container or f"CN=Users,{domain}",
        run_as=agents.install_as or settings.remoting.user,
        run_as_secret=str(password or ""),
        secrets_on_command_line=agents.secrets_on_command_line,
    )


def require_for_install(agent: WantedAgent, host: str, *, upgrade: bool = False) -> None:
    """Raise SettingsError that names what an installation needs and the settings do not say.

    JumpCloud publishes neither versions, nor addresses of installers, nor their arguments or signer, so none has a default.
    """
    wanted = {
        "version": agent.version,
        "installer": agent.installer,
        "sha256": agent.sha256,
        "signer": agent.signer,
    }
    if upgrade:
        wanted["upgrade_arguments"] = agent.upgrade_arguments
    else:
        wanted |= {"arguments": agent.arguments, "account": agent.account, "password": agent.secret}
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        raise SettingsError(
            f"The {agent.kind} agent cannot be installed on {host}: [agents.{agent.kind}] does not say "
            f"{', '.join(missing)}. JumpCloud publishes none of them, so jcad does not guess.",
            hint="docs/settings.md tells where each is found; version, installer and sha256 may differ by host.",
        )


def _table(kind: AgentKind, table: AgentTable, settings: Settings, netbios: str) -> WantedAgent:
    prepared = settings.prepare.sync if kind is AgentKind.SYNC else settings.prepare.import_
    name = table.account or (prepared.name if prepared else "")
    password = table.password or (prepared.password if prepared else None)
    return WantedAgent(
        kind=kind,
        version=table.version,
        installer=table.installer,
        sha256=table.sha256,
        signer=table.signer,
        arguments=table.arguments,
        upgrade_arguments=table.upgrade_arguments,
        account=full_name(name, netbios),
        secret=str(password or ""),
        configuration=_as_json(table.configuration) if isinstance(table, ImportAgent) else {},
    )


def full_name(name: str, netbios: str) -> str:
    r"""A service account as installers want it: `DOMAIN\name` (JumpCloud's page on installing)."""
    return name if not name or "\\" in name else f"{netbios}\\{name}"


def _host(host: AgentHost, tables: Mapping[AgentKind, WantedAgent]) -> WantedHost:
    return WantedHost(
        name=host.name,
        address=host.address,
        agents={
            AgentKind.SYNC: _on_host(tables[AgentKind.SYNC], host.sync),
            AgentKind.IMPORT: _on_host(tables[AgentKind.IMPORT], host.import_),
        },
    )


def _on_host(general: WantedAgent, special: HostSync | None) -> WantedAgent:
    """An agent as it is to be on one host: what its own table says comes first."""
    own = special or HostSync()
    wanted = special.wanted if special else None
    configuration = dict(general.configuration)
    if isinstance(own, HostImport):
        configuration |= _as_json(own.configuration)
    return WantedAgent(
        kind=general.kind,
        wanted=wanted,
        version=own.version or general.version,
        installer=own.installer or general.installer,
        sha256=own.sha256 or general.sha256,
        signer=general.signer,
        arguments=general.arguments,
        upgrade_arguments=general.upgrade_arguments,
        account=general.account,
        secret=general.secret,
        configuration=configuration,
    )


def _as_json(values: Mapping[str, str | bool]) -> dict[str, str]:
    return {path: json.dumps(value) for path, value in sorted(values.items())}
