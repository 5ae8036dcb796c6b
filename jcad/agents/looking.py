"""What is to be said of a host and of each agent there, whatever is to be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from jcad.agents.configuration import configuration_diff
from jcad.agents.draft import Draft, Site
from jcad.agents.installing import would_not_log_on, would_not_start
from jcad.agents.obstacles import obstacles
from jcad.agents.state import Unreachable
from jcad.agents.versions import compare_versions
from jcad.model.agents import AgentKind, InstalledAgent
from jcad.plan import FindingKind

_REFUSED_NAME = "jumpcloud"


def look_at_host(draft: Draft, host: str) -> None:
    """A host that could not be looked at, or that does not meet what the agents need."""
    found = draft.observed.hosts.get(host)
    if found is None:
        draft.find(FindingKind.MISSING, host, "not-looked-at", "it was not looked at")
    elif isinstance(found, Unreachable):
        reason = f"{found.reason}; {found.hint}" if found.hint else found.reason
        draft.find(FindingKind.NOT_MANAGEABLE, host, "host-unreachable", reason)
    else:
        for one in obstacles(found):
            kind = FindingKind.NOT_MANAGEABLE if one.blocks else FindingKind.REPORTED
            draft.find(kind, found.name or host, one.rule, one.reason)


def look_at_agent(draft: Draft, site: Site) -> None:
    """Everything about one agent on one host that is otherwise than it should be."""
    if site.agent is None:
        _absent(draft, site)
        return
    for rule, reason in (
        *_service(site, site.agent),
        *_program(draft, site, site.agent),
        *_records(draft, site, site.agent),
        *_account(draft, site, site.agent),
        *_configuration(site, site.agent),
    ):
        draft.find(FindingKind.REPORTED, site.name, rule, reason, noun="agent")


def _absent(draft: Draft, site: Site) -> None:
    if site.wanted.wanted:
        draft.find(FindingKind.MISSING, site.name, "not-installed", "the settings want it there", noun="agent")
    for record in draft.observed.records_of(site.host, site.kind):
        reason = f"JumpCloud has a record of it ({record.id}, {record.state}), and the host has none"
        draft.find(FindingKind.REPORTED, site.name, "record-without-agent", reason, noun="agent")


def _service(site: Site, agent: InstalledAgent) -> Iterator[tuple[str, str]]:
    if not site.is_whole:
        yield "half-installed", "only a part of it is there: `install` finishes it"
    elif not agent.is_running:
        last = f"; the last error in its log: {agent.last_error}" if agent.last_error else ""
        yield "service-stopped", f"its service is {agent.state or 'in no known state'}{last}"
    if agent.start_mode.casefold() in {"disabled", "manual"}:
        yield "start-mode", f"its service starts {agent.start_mode.lower()}, so it is not there after a restart"


def _program(draft: Draft, site: Site, agent: InstalledAgent) -> Iterator[tuple[str, str]]:
    if site.wanted.wanted is False:
        yield "not-wanted", f"[[agents.host]] says {site.kind} = false: `uninstall` removes it"
    if site.wanted.version and agent.version and compare_versions(agent.version, site.wanted.version) != 0:
        yield "other-version", f"version {agent.version} is there, the settings want {site.wanted.version}"
    if why := would_not_log_on(draft, site):
        yield "old-password", f"{why}, and will fail at its next start: `reinstall` gives it the new one"
    if why := would_not_start(draft.observed.installation(site.host, site.kind), draft.desired.run_as):
        yield "installed-by-another", f"{why}; `reinstall` does not need the same administrator"


def _records(draft: Draft, site: Site, agent: InstalledAgent) -> Iterator[tuple[str, str]]:
    """The agent as JumpCloud knows it: a service that runs is not yet an agent at work."""
    if draft.observed.records is None:
        return
    records = draft.observed.records_of(site.host, site.kind)
    if not records:
        yield "no-record", "JumpCloud has no record of it: it was deleted there, or the agent reports another name"
        return
    at_work = [one for one in records if one.is_active]
    if agent.is_running and not at_work:
        last = f"; the last error in its log: {agent.last_error}" if agent.last_error else ""
        heard = f", heard of last at {records[0].contact_at}" if records[0].contact_at else ""
        yield "no-heartbeat", f"its service runs, and for JumpCloud it is {records[0].state}{heard}{last}"
    if not agent.is_running and at_work:
        yield "heartbeat-without-service", "its service does not run, and for JumpCloud it is still active"
    for one in records[1:]:
        yield "stale-record", f"JumpCloud has another record of it: {one.id}, {one.state}"


def _account(draft: Draft, site: Site, agent: InstalledAgent) -> Iterator[tuple[str, str]]:
    """JumpCloud's pages: a service account's name must not be, or hold, "JumpCloud"."""
    installation = draft.observed.installation(site.host, site.kind)
    used = installation.account if installation else ""
    for name in sorted({used, agent.runs_as} - {""}):
        if _REFUSED_NAME in name.rpartition("\\")[2].partition("@")[0].casefold():
            yield "account-name", f'its account is called {name}: JumpCloud refuses names that are or hold "JumpCloud"'
    if used and site.wanted.account and used.casefold() != site.wanted.account.casefold():
        yield "other-account", f"it was installed with {used}, the settings have {site.wanted.account}"


def _configuration(site: Site, agent: InstalledAgent) -> Iterator[tuple[str, str]]:
    if agent.config is None:
        if agent.config_error:
            yield "configuration-unreadable", f"{agent.config_file or 'its configuration'}: {agent.config_error}"
        return
    diff = configuration_diff(site.wanted.configuration, agent.config)
    if diff.set:
        keys = ", ".join(f"{key} is {diff.expected[key]}, wanted {value}" for key, value in diff.set.items())
        yield "configuration-differs", f"{keys}: `configure` writes it"
    if site.kind is AgentKind.IMPORT and diff.missing:
        yield "configuration-key", f"its file has no {', '.join(diff.missing)}"
