"""Uninstalling, configuring, restarting: the steps of them, and why there is none. Pure."""

from __future__ import annotations

from jcad.agents.configuration import configuration_diff, in_page_spelling
from jcad.agents.draft import Draft, Site
from jcad.agents.installing import would_not_log_on
from jcad.agents.steps import ACTIVE, RUNNING, Procedure, Step, attribute, down_by, expected
from jcad.model.agents import InstalledAgent
from jcad.plan import Change, FindingKind, Value

_DISABLED = "disabled"


def plan_uninstall(draft: Draft, site: Site) -> None:
    """Remove an agent, and JumpCloud's record of it. Without --host: where the settings say that there is to be none."""
    named = bool(draft.options.hosts)
    if site.agent is None:
        if named:
            draft.skip(site, "not-installed", "it is not there")
        return
    if site.wanted.wanted is not False and not named:
        return
    if site.wanted.wanted:
        reason = f"[[agents.host]] wants it there: say {site.kind} = false for {site.host}, or it is installed again"
        draft.find(FindingKind.REPORTED, site.name, "still-wanted", reason, noun="agent")
    reason = "it was asked for" if named else f"[[agents.host]] says {site.kind} = false"
    _add(draft, site, Procedure.UNINSTALL, _gone(draft, site, site.agent), _uninstall_item(draft, site), reason)


def plan_configure(draft: Draft, site: Site) -> None:
    """Write the keys of the configuration that are otherwise than wanted; a file that cannot be read stays as it is."""
    agent = site.agent
    if agent is None or not site.wanted.configuration:
        return
    if agent.config is None:
        reason = (
            f"{agent.config_file or 'its configuration'} is left as it is: {agent.config_error or 'it cannot be read'}"
        )
        draft.find(FindingKind.CONFLICT, site.name, "configuration-unreadable", reason, noun="agent")
        return
    diff = configuration_diff(site.wanted.configuration, agent.config)
    for path in diff.missing:
        reason = f"its file has no {path}; only keys that are there are written, for no page has the whole file"
        draft.find(FindingKind.NOT_MANAGEABLE, site.name, "configuration-key", reason, noun="agent")
    if not diff.set:
        return
    if agent.is_running and _has_old_password(draft, site):
        return
    before, after = in_page_spelling(diff.expected), in_page_spelling(diff.set)
    changes = [Change(attribute(site.kind, key), before.get(key), value) for key, value in after.items()]
    if agent.is_running:
        changes.append(Change(attribute(site.kind, "service"), agent.state, RUNNING))
    item: dict[str, Value] = {
        "configuration": dict(diff.set),
        "expected": dict(diff.expected),
        "path": agent.config_file,
        "service": agent.service,
        "restart": agent.is_running,
    }
    reason = "the settings want these keys so on every host"
    _add(draft, site, Procedure.CONFIGURE, tuple(changes), item, reason)


def plan_restart(draft: Draft, site: Site) -> None:
    """Restart the service of an agent, or start one that does not run."""
    agent = site.agent
    if agent is None or not agent.service:
        if draft.options.hosts:
            draft.skip(site, "not-installed", "it has no service there")
        return
    if agent.start_mode.casefold() == _DISABLED:
        draft.skip(site, "service-disabled", "somebody disabled its service: it stays so")
        return
    if agent.is_running and agent.config is None and agent.config_error:
        reason = f"it would not start again: {agent.config_file or 'its configuration'} cannot be read ({agent.config_error})"
        draft.find(FindingKind.CONFLICT, site.name, "configuration-unreadable", reason, noun="agent")
        return
    if _has_old_password(draft, site):
        return
    procedure = Procedure.RESTART if agent.is_running else Procedure.START
    changes = (
        Change(attribute(site.kind, "service"), agent.state or None, RUNNING),
        Change(attribute(site.kind, "heartbeat"), _heartbeat(draft, site), ACTIVE),
    )
    _add(draft, site, procedure, changes, {"service": agent.service}, "it was asked for")


def _has_old_password(draft: Draft, site: Site) -> bool:
    """Whether an agent is not to be started again, for it has an old password: each of its tries counts towards a lockout."""
    why = would_not_log_on(draft, site)
    if why:
        reason = f"{why}, and would fail: `jcad agent reinstall {site.kind} --host {site.host}` gives it the new one"
        draft.find(FindingKind.CONFLICT, site.name, "old-password", reason, noun="agent")
    return bool(why)


def add_stop(draft: Draft, site: Site, reason: str) -> None:
    """Stop the service of an agent that runs."""
    if site.agent is None or not site.agent.is_running:
        return
    changes = (Change(attribute(site.kind, "service"), site.agent.state, "Stopped"),)
    _add(draft, site, Procedure.STOP, changes, {"service": site.agent.service}, reason)


def _gone(draft: Draft, site: Site, agent: InstalledAgent) -> tuple[Change, ...]:
    installation = draft.observed.installation(site.host, site.kind)
    found = [
        Change(attribute(site.kind, "version"), agent.version or None, None),
        Change(attribute(site.kind, "service"), agent.state or None, None),
        Change(attribute(site.kind, "heartbeat"), _heartbeat(draft, site), None),
    ]
    if installation:
        found.append(Change(attribute(site.kind, "account"), installation.account or None, None))
    return tuple(found)


def _uninstall_item(draft: Draft, site: Site) -> dict[str, Value]:
    records = tuple(sorted(one.id for one in draft.observed.records_of(site.host, site.kind)))
    return {"runAs": draft.desired.run_as, "records": records}


def _heartbeat(draft: Draft, site: Site) -> str | None:
    record = draft.observed.record(site.host, site.kind)
    return record.state if record else None


def _add(
    draft: Draft,
    site: Site,
    procedure: Procedure,
    changes: tuple[Change, ...],
    item: dict[str, Value],
    reason: str,
) -> None:
    takes_down = frozenset() if procedure is Procedure.START else down_by(draft.observed, site.host, site.kind)
    draft.steps.append(
        Step(
            procedure=procedure,
            host=site.host,
            host_name=site.host_name,
            kind=site.kind,
            takes_down=takes_down,
            primary=frozenset(one for one in takes_down if draft.observed.is_primary(site.host, one)),
            controller=site.is_controller,
            changes=changes,
            expected=expected(site.agent),
            item=item,
            reason=reason,
        )
    )
