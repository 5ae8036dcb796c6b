"""The plan for the agents: what is wanted and what was observed in, actions and findings out. Pure.

What an action holds beside the fields of every action:

- `item` has `agent` (sync or import) and, for installations, `version`, `installer`, `sha256`, `signer`, `arguments` (the
  template), `values` (of its plain placeholders), `secretNames`, `account`, `runAs`, `configuration` (JSON texts by dotted path,
  the page's spelling), `records` (ids of JumpCloud's records that are deleted once the new agent is at work) and `reboot`
  (whether the host may be restarted when the installer asks for it). A configuration is written by `configuration` and
  `expected` (JSON texts by the file's own keys).
- `expected` has `version`, `service` and `product`, each None where absent.
- `changes` are `<kind> agent version|service|heartbeat|account|MainLoop.X`, and `booted` where the host must be restarted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from jcad.agents.desired import Desired, WantedHost
from jcad.agents.draft import Draft, Site
from jcad.agents.installing import plan_install, plan_reinstall, plan_upgrade
from jcad.agents.looking import look_at_agent, look_at_host
from jcad.agents.options import AgentOptions, Verb
from jcad.agents.state import Observed
from jcad.agents.tending import plan_configure, plan_restart, plan_uninstall
from jcad.agents.topology import look_at_whole
from jcad.agents.waves import arrange, waves
from jcad.errors import SettingsError
from jcad.model.agents import AgentKind
from jcad.plan import Finding, Plan

FEATURE = "agents"

_PLANNERS: Mapping[Verb, Callable[[Draft, Site], None]] = {
    Verb.INSTALL: plan_install,
    Verb.REINSTALL: plan_reinstall,
    Verb.UNINSTALL: plan_uninstall,
    Verb.UPGRADE: plan_upgrade,
    Verb.CONFIGURE: plan_configure,
    Verb.RESTART: plan_restart,
}


def plan_agents(desired: Desired, observed: Observed, options: AgentOptions) -> Plan:
    """What is to be done on the hosts, in waves, and what was found beside it.

    One action is one procedure on one host. Raises SettingsError for what an installation needs and the settings do not say,
    and for a host of `options.hosts` that nobody knows.
    """
    draft = Draft(desired=desired, observed=observed, options=options)
    planner = _PLANNERS[options.verb]
    hosts = chosen_hosts(desired, options)
    concerned = []
    for host in hosts:
        if not _concerns(draft, desired.hosts[host]):
            continue
        concerned.append(host)
        look_at_host(draft, host)
        for site in sites(draft, host):
            planner(draft, site)
    look_at_whole(draft, concerned)
    running = {kind: observed.running(kind) for kind in AgentKind}
    stopped = {kind: observed.stopped(kind) for kind in AgentKind}
    actions = arrange(waves(draft.steps), running, stopped)
    return Plan.make(FEATURE, observed.made_for, actions, draft.findings, {"hosts": len(hosts)})


def examine(desired: Desired, observed: Observed, options: AgentOptions) -> tuple[Finding, ...]:
    """What is to be said about hosts and agents, without anything to be done: for `jcad agent status`. The verb is ignored."""
    draft = Draft(desired=desired, observed=observed, options=options)
    hosts = [host for host in chosen_hosts(desired, options) if options.hosts or has_part(draft, host)]
    for host in hosts:
        look_at_host(draft, host)
        for site in sites(draft, host):
            look_at_agent(draft, site)
    look_at_whole(draft, hosts)
    return tuple(sorted(draft.findings, key=lambda one: one.order))


def chosen_hosts(desired: Desired, options: AgentOptions) -> tuple[str, ...]:
    """The hosts in question by their DNS names, sorted. Raises SettingsError for a name that nobody knows, or that two have."""
    if not options.hosts:
        return tuple(desired.hosts)
    return tuple(sorted({_resolve(desired.hosts, name) for name in options.hosts}))


def sites(draft: Draft, host: str) -> Iterator[Site]:
    """Each agent in question on a host that could be looked at."""
    state = draft.observed.state(host)
    if state is None:
        return
    for kind in sorted(draft.options.kinds):
        wanted = draft.desired.hosts[host].agents[kind]
        yield Site(host=host, kind=kind, state=state, wanted=wanted, agent=state.agents.get(kind))


def has_part(draft: Draft, host: str) -> bool:
    """Whether a host has to do with the agents in question: it has one, is to have one, or could not be looked at."""
    wanted = draft.desired.hosts[host]
    if draft.observed.state(host) is None:
        return wanted.named
    return any(wanted.wants(kind) or draft.observed.agent(host, kind) for kind in draft.options.kinds)


def _concerns(draft: Draft, host: WantedHost) -> bool:
    """Whether a command is about a host: one that was named is; else it depends on the verb."""
    if draft.options.hosts:
        return True
    wanted = [host.agents[kind].wanted for kind in draft.options.kinds]
    if draft.options.verb is Verb.INSTALL:
        return True in wanted
    if draft.options.verb is Verb.UNINSTALL:
        return False in wanted
    return has_part(draft, host.name)


def _resolve(hosts: Iterable[str], name: str) -> str:
    """A host by its DNS name or the first label of it."""
    given = name.lower().rstrip(".")
    known = sorted(hosts)
    found = [host for host in known if given in {host, host.partition(".")[0]}]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsError(f"The host {name} may be {' or '.join(found)}.", hint="Give its DNS name.")
    raise SettingsError(
        f"There is no host {name}: the settings do not name it, and no domain controller is called so.",
        hint=f"Add it as [[agents.host]] to jcad.toml. Known are: {', '.join(known) or 'none'}.",
    )
