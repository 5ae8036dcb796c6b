"""Installing, reinstalling, upgrading: the steps of them, and why there is none. Pure.

Sources: JumpCloud's pages on installing and upgrading the agents. An upgrade must be run by the administrator who installed
("otherwise, the sync agent service won't start due to a credential error": the password is encrypted for machine and user);
the import agent on a domain controller needs a restart of the server.
"""

from __future__ import annotations

from jcad.agents.arguments import Arguments, fill
from jcad.agents.desired import Desired, WantedAgent, require_for_install
from jcad.agents.draft import Draft, Site
from jcad.agents.obstacles import obstacles
from jcad.agents.steps import ACTIVE, RUNNING, Procedure, Step, attribute, booted, down_by, expected
from jcad.agents.topology import UNFIT
from jcad.agents.versions import compare_versions
from jcad.model.agents import AgentKind, Installation
from jcad.plan import Change, FindingKind, Value


def plan_install(draft: Draft, site: Site) -> None:
    """Install an agent where there is none; finish an installation that broke off; say so where there is one."""
    agent = site.agent
    if site.wanted.wanted is not True and not draft.options.hosts:
        return
    if (agent is None or not site.is_whole) and not _belongs_here(draft, site):
        return
    if agent is None:
        reason = "the settings want it there" if site.wanted.wanted else "it was asked for there"
        put(draft, site, Procedure.INSTALL, reason)
    elif not site.is_whole:
        put(draft, site, Procedure.REINSTALL, "an installation broke off there: only a part of it is left")
    elif site.wanted.version and compare_versions(agent.version, site.wanted.version) < 0:
        draft.skip(site, "other-version", f"version {agent.version} is there: `upgrade` brings {site.wanted.version}")
    elif not agent.is_running:
        _finish_by_restart(draft, site)


def plan_reinstall(draft: Draft, site: Site) -> None:
    """Remove an agent and install it anew, with a new key and the account of the settings."""
    if site.agent is None:
        _not_there(draft, site)
    elif not _is_older(draft, site):
        put(draft, site, Procedure.REINSTALL, "it was asked for")


def plan_upgrade(draft: Draft, site: Site) -> None:
    """Bring a newer version; not where its service would not start, for somebody else installed it."""
    agent, wanted = site.agent, site.wanted
    if agent is None or not site.is_whole:
        _not_there(draft, site)
        return
    require_for_install(wanted, site.host, upgrade=True)
    if compare_versions(agent.version, wanted.version) == 0 or _is_older(draft, site):
        return
    reason = f"version {agent.version} is there, the settings want {wanted.version}"
    rule, why = _obstacle(draft, site)
    if why and draft.options.reinstall_instead:
        put(draft, site, Procedure.REINSTALL, f"{reason}; {why}")
    elif why:
        remedy = f"`jcad agent reinstall {site.kind} --host {site.host}` brings it without that"
        draft.find(FindingKind.CONFLICT, site.name, rule, f"{why}: {remedy}", noun="agent")
    else:
        _note_unknown_installer(draft, site)
        put(draft, site, Procedure.UPGRADE, reason)


def _obstacle(draft: Draft, site: Site) -> tuple[str, str]:
    """The rule and the reason by which an upgraded agent would not start; two empty texts where nothing says so."""
    if why := would_not_log_on(draft, site):
        return "old-password", why
    return "installed-by-another", would_not_start(
        draft.observed.installation(site.host, site.kind), draft.desired.run_as
    )


def would_not_start(installation: Installation | None, run_as: str) -> str:
    """Why an upgrade by an administrator would leave an agent that does not start, or an empty text where nothing says so."""
    if installation is None or not installation.by or same_account(installation.by, run_as):
        return ""
    return (
        f"{installation.by} installed it and {run_as} would upgrade it: the password that the agent keeps is encrypted for "
        "machine and user, so its service would not start"
    )


def would_not_log_on(draft: Draft, site: Site) -> str:
    """Why an agent would not log on once it is started again, or an empty text: its account's password was set since."""
    if not draft.observed.has_old_password(site.host, site.kind):
        return ""
    installation = draft.observed.installation(site.host, site.kind)
    account = installation.account if installation else "its account"
    return f"the password of {account} was set after it was installed, so it has the old one"


def same_account(one: str, other: str) -> bool:
    r"""Whether two names are of one account: `CORP\admin` and `admin@corp.example` are where CORP is the first label."""
    (domain, name), (other_domain, other_name) = _parts(one), _parts(other)
    if name != other_name:
        return False
    first, second = domain.partition(".")[0], other_domain.partition(".")[0]
    return not first or not second or first == second


# ---- what stands against it ------------------------------------------------------------------------------------------


def _belongs_here(draft: Draft, site: Site) -> bool:
    """Whether the settings and the AD instance want such an agent: JumpCloud's page pairs agents with what an instance is for."""
    if site.wanted.wanted is False:
        reason = f"[[agents.host]] says {site.kind} = false for {site.host}"
        draft.find(FindingKind.CONFLICT, site.name, "not-wanted", reason, noun="agent")
        return False
    unfit = UNFIT[site.kind]
    if draft.observed.use_case is unfit:
        reason = f"the AD instance is {unfit}, which has no {site.kind} agent: change what it is for in JumpCloud first"
        draft.find(FindingKind.CONFLICT, site.name, "use-case", reason, noun="agent")
        return False
    return True


def _not_there(draft: Draft, site: Site) -> None:
    """Nothing can be done with an agent that is not there; said where somebody would expect one."""
    if draft.options.hosts or site.wanted.wanted:
        draft.skip(site, "not-installed", "it is not there, or only a part of it: `install` installs it")


def _is_older(draft: Draft, site: Site) -> bool:
    """Whether the settings want an older version than is there, which is reported and not done."""
    if site.agent is None or not site.wanted.version or compare_versions(site.agent.version, site.wanted.version) <= 0:
        return False
    reason = (
        f"version {site.agent.version} is there, the settings want {site.wanted.version}: jcad installs no older one"
    )
    draft.find(FindingKind.CONFLICT, site.name, "newer-version", reason, noun="agent")
    return True


def _note_unknown_installer(draft: Draft, site: Site) -> None:
    if draft.observed.installation(site.host, site.kind) is None:
        reason = (
            f"jcad did not install it and does not know who did: an upgrade by {draft.desired.run_as} starts only where that "
            "was the same administrator; `reinstall` is sure to"
        )
        draft.find(FindingKind.REPORTED, site.name, "installer-unknown", reason, noun="agent")


def _blocked(draft: Draft, site: Site) -> bool:
    """Whether the host is in the way of an installation; the reasons are among the findings already."""
    at_work = any(one.is_active for one in draft.observed.records_of(site.host, site.kind))
    return any(
        one.blocks and not (one.rule == "outbound-closed" and at_work)  # JumpCloud hears of it: it gets through
        for one in obstacles(site.state)
    )


def may_restart(draft: Draft, site: Site, why: str) -> bool:
    """Whether a domain controller may be restarted: allowed, and not the last one. Says so where it may not."""
    if not draft.options.allow_reboot:
        reason = f"{why}, and that was not allowed: --allow-reboot lets domain controllers be restarted one by one"
        draft.find(FindingKind.NOT_MANAGEABLE, site.name, "reboot-needed", reason, noun="agent")
        return False
    if not draft.options.allow_only_dc and not _other_controllers(draft, site.host):
        reason = (
            f"{why}, and no other domain controller answers: --allow-only-dc lets the domain be without one meanwhile"
        )
        draft.find(FindingKind.NOT_MANAGEABLE, site.name, "only-controller", reason, noun="agent")
        return False
    return True


def _other_controllers(draft: Draft, host: str) -> bool:
    """Whether another domain controller is there: one that answered its probe, or that nobody looked at."""
    observed = draft.observed
    return any(
        name not in observed.hosts or observed.state(name) is not None for name in draft.desired.controllers - {host}
    )


# ---- the step --------------------------------------------------------------------------------------------------------


def put(draft: Draft, site: Site, procedure: Procedure, reason: str) -> None:
    """Add an installation of any sort, unless the host is in the way of it. Raises SettingsError for what is not said."""
    upgrade = procedure is Procedure.UPGRADE
    require_for_install(site.wanted, site.host, upgrade=upgrade)
    if _blocked(draft, site):
        draft.skip(site, "host-unfit", f"`{procedure.verb}` is not tried: the host does not meet what the agent needs")
        return
    reboots = site.kind is AgentKind.IMPORT and site.is_controller
    if reboots and not may_restart(draft, site, "the import agent on a domain controller needs a restart of it"):
        return
    takes_down = down_by(draft.observed, site.host, site.kind, reboots=reboots)
    draft.steps.append(
        Step(
            procedure=procedure,
            host=site.host,
            host_name=site.host_name,
            kind=site.kind,
            takes_down=takes_down,
            primary=frozenset(one for one in takes_down if draft.observed.is_primary(site.host, one)),
            reboots=reboots,
            controller=site.is_controller,
            changes=_changes(draft, site, procedure, reboots=reboots),
            expected=expected(site.agent),
            item=_item(draft, site, procedure, reboots=reboots),
            secret="" if upgrade else site.wanted.secret,
            reason=reason,
        )
    )


def _changes(draft: Draft, site: Site, procedure: Procedure, *, reboots: bool) -> tuple[Change, ...]:
    agent, wanted = site.agent, site.wanted
    installation = draft.observed.installation(site.host, site.kind)
    record = draft.observed.record(site.host, site.kind)
    state = record.state if record and agent else None
    found = [
        Change(attribute(site.kind, "version"), (agent.version or None) if agent else None, wanted.version),
        Change(attribute(site.kind, "service"), (agent.state or None) if agent else None, RUNNING),
        Change(attribute(site.kind, "heartbeat"), state, ACTIVE),
    ]
    if procedure is not Procedure.UPGRADE:
        before = installation.account if installation and agent else None
        found.append(Change(attribute(site.kind, "account"), before or None, wanted.account))
        found += [Change(attribute(site.kind, key), None, value) for key, value in sorted(wanted.configuration.items())]
    if reboots and procedure is Procedure.INSTALL:
        found.append(booted(site.state))
    return tuple(found)


def _item(draft: Draft, site: Site, procedure: Procedure, *, reboots: bool) -> dict[str, Value]:
    wanted, upgrade = site.wanted, procedure is Procedure.UPGRADE
    arguments = install_arguments(draft.desired, wanted, upgrade=upgrade)
    keep = upgrade or procedure is Procedure.INSTALL
    records = [one.id for one in draft.observed.records_of(site.host, site.kind) if not (keep and one.is_active)]
    return {
        "version": wanted.version,
        "installer": wanted.installer,
        "sha256": wanted.sha256,
        "signer": wanted.signer,
        "arguments": arguments.template,
        "values": dict(arguments.values),
        "secretNames": arguments.secrets,
        "account": wanted.account,
        "runAs": draft.desired.run_as,
        "reboot": reboots,
        "configuration": {} if upgrade else dict(wanted.configuration),
        "records": () if upgrade else tuple(sorted(records)),
    }


def install_arguments(desired: Desired, wanted: WantedAgent, *, upgrade: bool = False) -> Arguments:
    """The arguments of an installer for one agent. Raises SettingsError for a value that does not fit."""
    setting = "upgrade_arguments" if upgrade else "arguments"
    values = {
        "account": wanted.account,
        "root_dn": desired.root_dn,
        "container": desired.container,
        "domain": desired.domain,
        "version": wanted.version,
    }
    template = wanted.upgrade_arguments if upgrade else wanted.arguments
    return fill(template, values, what=f"{setting} in [agents.{wanted.kind}]")


def _finish_by_restart(draft: Draft, site: Site) -> None:
    """An agent that is there and not at work: an import agent may only wait for the restart of its domain controller."""
    if not (site.kind is AgentKind.IMPORT and site.is_controller and site.state.pending_reboot):
        reason = "it is there, and its service does not run: `restart` starts it, `reinstall` installs it anew"
        draft.skip(site, "service-stopped", reason)
        return
    if not may_restart(draft, site, "it is installed and waits for a restart of the domain controller"):
        return
    takes_down = down_by(draft.observed, site.host, site.kind, reboots=True)
    service = Change(attribute(site.kind, "service"), site.agent.state if site.agent else None, RUNNING)
    draft.steps.append(
        Step(
            procedure=Procedure.REBOOT,
            host=site.host,
            host_name=site.host_name,
            kind=site.kind,
            takes_down=takes_down,
            primary=frozenset(one for one in takes_down if draft.observed.is_primary(site.host, one)),
            reboots=True,
            controller=True,
            changes=(booted(site.state), service, Change(attribute(site.kind, "heartbeat"), None, ACTIVE)),
            expected={"boot": site.state.boot or None},
            item={"boot": site.state.boot},
            reason="the import agent is installed there and begins its work after a restart",
        )
    )


def _parts(name: str) -> tuple[str, str]:
    if "\\" in name:
        domain, _, user = name.partition("\\")
    else:
        user, _, domain = name.partition("@")
    return domain.casefold().strip("."), user.casefold()
