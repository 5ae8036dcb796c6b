"""What is done on a host for each action: install, reinstall, upgrade, uninstall, configure, start, stop, restart, reboot.

Each procedure can be begun again where it was cut off: it looks at the host first, and does what is not done yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PureWindowsPath
from typing import Any, Final

import structlog

from jcad.agents import ACTIVE, BOOTED, Procedure, compare_versions, configuration_diff
from jcad.agents.steps import expected
from jcad.errors import ConnectionFailed, NotChecked, ScriptError
from jcad.model import Agent, HostState, Installation, InstalledAgent, Secret
from jcad.runs.agents.errand import (
    CONFIGURED,
    HEARTBEAT,
    INSTALLED,
    KEY,
    RECORD_DELETED,
    SERVICE,
    STOPPED,
    UNINSTALLED,
    Errand,
    Failed,
)
from jcad.runs.agents.heartbeat import Since
from jcad.runs.agents.reboot import back, has_booted_since, restart
from jcad.runs.agents.staging import Staged, clear, staged

_log = structlog.get_logger(__name__)

UNSEALED: Final = "unsealed"
"""The state of a record whose connect key nobody has used yet (facts, 2.5)."""

_ALREADY_RUNNING: Final = 1618
"""ERROR_INSTALL_ALREADY_RUNNING (winerror.h)."""
_BUSY_PAUSE: Final = 2.0


class Conflict(ScriptError):
    """The host is not as the action was planned from."""


@dataclass(frozen=True, slots=True)
class Key:
    """A connect key and the record that it is for; without a key where the template has no place for one."""

    agent: str = ""
    secret: Secret | None = None


Procedures = Mapping[str, Callable[[Errand], None]]


def require_expected(errand: Errand, state: HostState) -> InstalledAgent | None:
    """The agent of a host that is as the action was planned from, or half-way because it was begun before. Raises Conflict."""
    agent = state.agents.get(errand.kind)
    wanted = errand.action.expected
    if not errand.begun_before and wanted:
        seen = {name: value for name, value in expected(agent).items() if name in wanted}
        other = [
            f"{name} is {seen.get(name)!r}, not {value!r}" for name, value in wanted.items() if seen.get(name) != value
        ]
        if other:
            raise Conflict(
                f"{errand.host} has changed since the plan was made: {'; '.join(other)}",
                hint="Nothing was done there: plan again.",
            )
    return agent


# ---- installing ------------------------------------------------------------------------------------------------------


def install(errand: Errand) -> None:
    """Stage, verify, key, run, configure, restart where that is needed and allowed, service, heartbeat."""
    state = errand.state()
    agent = require_expected(errand, state)
    if errand.begun_before and _is_installed(errand, agent):
        _finish(errand, state, Since(), "", restarts=False)
        return
    _install_with_key(errand, staged(errand))


def reinstall(errand: Errand) -> None:
    """As an installation, with what is there removed first: once its successor is on the host and verified."""
    agent = require_expected(errand, errand.state())
    installer = staged(errand)
    if agent is not None:
        _remove(errand, agent)
        _delete_records(errand)
    _install_with_key(errand, installer)


def upgrade(errand: Errand) -> None:
    """Stage, verify, run over what is there; the agent keeps its record, and must be heard of in its new version."""
    state = errand.state()
    agent = require_expected(errand, state)
    since, restarts = Since.of(errand.records()), False
    if not (errand.begun_before and _is_installed(errand, agent)):
        installer = staged(errand)
        restarts = _run_installer(errand, installer.path, Key(), state)
        clear(installer)
    _finish(errand, state, since, "", restarts=restarts)


def _is_installed(errand: Errand, agent: InstalledAgent | None) -> bool:
    """Whether the version is there with its service: an installation that broke off has one alone."""
    return agent is not None and compare_versions(agent.version, errand.version) == 0 and bool(agent.state)


def _install_with_key(errand: Errand, installer: Staged) -> None:
    """Install with a key of its own; with a new one, once, where an installation failed after its key was used."""
    state, key = errand.state(), _new_key(errand)
    try:
        restarts = _run_installer(errand, installer.path, key, state)
    except (Failed, ConnectionFailed) as error:
        if not _take_back(errand, key):
            raise
        _log.warning("the installation failed after its key was used", host=errand.host, reason=error.message)
        errand.waits("once more, with a new key")
        state, key = errand.wait_for_host(errand.tools.settings.reboot_timeout), _new_key(errand)
        try:
            restarts = _run_installer(errand, installer.path, key, state)
        except (Failed, ConnectionFailed):
            _take_back(errand, key)
            raise
    clear(installer)
    _finish(errand, state, Since(), key.agent, restarts=restarts)


def _finish(errand: Errand, before: HostState, since: Since, record: str, *, restarts: bool) -> None:
    """What comes after an installer: configuration, a restart, service, heartbeat, and records that are of no use any more."""
    errand.step(INSTALLED)
    _note_installed(errand, record)
    _configure_installed(errand)
    planned = next((change.old for change in errand.action.changes if change.attribute == BOOTED), None)
    if restarts or planned is not None:
        _restart_after(errand, planned or before.boot)
    _to_life(errand, since, record)
    _delete_records(errand)


def _configure_installed(errand: Errand) -> None:
    """Write what the settings want of the configuration of an agent that was just installed."""
    wanted = errand.table("configuration")
    if not wanted:
        return
    agent = _required(errand)
    diff = configuration_diff(wanted, agent.config or {})
    if diff.set:
        _write_configuration(errand, agent, diff.expected, diff.set)


def _new_key(errand: Errand) -> Key:
    if "connect_key" not in errand.names("secretNames"):
        return Key()
    agent, secret = errand.tools.cloud.records.create_agent(errand.tools.cloud.instance, errand.kind)
    errand.step(KEY)
    return Key(agent, secret)


def _take_back(errand: Errand, key: Key) -> bool:
    """Delete the record of a key whose installation failed; whether the key was used."""
    if not key.agent:
        return False
    record = errand.tools.cloud.one(key.agent)
    errand.tools.cloud.records.delete_agent(errand.tools.cloud.instance, key.agent)
    return record is not None and record.state != UNSEALED


def _run_installer(errand: Errand, path: str, key: Key, before: HostState) -> bool:
    """Run the installer; whether it asks for a restart of the host. Raises Failed, ConnectionFailed."""
    tools = errand.tools
    secrets = {"connect_key": key.secret}
    names = errand.names("secretNames")
    if "password" in names:
        secrets["password"] = tools.secret_of(errand.action.secret or "")
    item = {
        "installer": path,
        "sha256": errand.text("sha256"),
        "signer": errand.text("signer"),
        "arguments": errand.text("arguments"),
        "values": errand.table("values"),
        "secretNames": names,
        "runAs": errand.text("runAs") or tools.run_as,
        "timeout": tools.settings.install_timeout,
        "log": _log_file(errand, errand.version),
    }
    passed = [secret for name in names if (secret := secrets.get(name)) is not None]
    errand.waits("the installer runs")
    return _run_to_the_end(errand, "run-installer", item, (tools.run_as_password(), *passed), before)


def _run_to_the_end(
    errand: Errand, script: str, item: Mapping[str, Any], secrets: tuple[Secret, ...], before: HostState
) -> bool:
    """Run an installer or its removal, also where another one must end first; whether the host must be restarted.

    Where the connection broke, or the host restarted on its own, what is there afterwards says how it ended. Raises Failed
    where the installer failed, ConnectionFailed where it cannot be told that it did its work.
    """
    waited = 0.0
    while True:
        try:
            return bool(errand.run(script, item, secrets).facts.get("rebootRequired"))
        except Failed as failed:
            if not _is_busy(failed) or waited >= errand.tools.settings.install_timeout:
                raise
            errand.waits("an installer of an earlier run is still at work")
            errand.pause(_BUSY_PAUSE)
            waited += _BUSY_PAUSE
        except ConnectionFailed as error:
            return _after_the_break(errand, before, error, removed=script == "uninstall-agent")


def _is_busy(failed: Failed) -> bool:
    """Whether another installation is under way on the host: of an earlier run, or of somebody else."""
    error = failed.answer.outcome.error
    return error is not None and (error.id == "TaskAlreadyRunning" or error.code == _ALREADY_RUNNING)


def _after_the_break(errand: Errand, before: HostState, error: ConnectionFailed, *, removed: bool) -> bool:
    """How an installer ended whose answer was lost: wait for the host, and look at it."""
    errand.waits("the connection broke; waiting for the host")

    def ended(state: HostState) -> bool:
        agent = state.agents.get(errand.kind)
        done = agent is None if removed else _is_installed(errand, agent)
        return done or has_booted_since(state, before.boot)

    state = errand.wait_for_host(errand.tools.settings.reboot_timeout, ended)
    agent = state.agents.get(errand.kind)
    if agent is None if removed else _is_installed(errand, agent):
        return False
    raise ConnectionFailed(
        f"{errand.host} restarted while the installer ran, and the agent is not {'gone' if removed else 'installed'}: "
        f"{error.message}"
    )


def _restart_after(errand: Errand, boot: str) -> None:
    """The restart that an installer asks for, unless the host has booted since. Raises NotChecked where it is not allowed."""
    if errand.action.item.get("reboot") is not True:
        raise NotChecked(
            f"The agent is installed on {errand.host} and takes effect after a restart, which this run may not do.",
            hint="Restart the host when you can, or run it again with --allow-reboot.",
        )
    restart(errand, boot)


def _note_installed(errand: Errand, agent: str) -> None:
    """Keep who installed what, for which account, as which agent: only he can upgrade it."""
    tools = errand.tools
    if not agent and (records := errand.records()):
        agent = records[0].id
    tools.installed[errand.action.id] = Installation(
        host=errand.host,
        kind=errand.kind,
        version=errand.version,
        by=errand.text("runAs") or tools.run_as,
        account=errand.text("account"),
        agent_id=agent,
        at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


# ---- the service and its heartbeat -----------------------------------------------------------------------------------


def _to_life(errand: Errand, since: Since, record: str) -> None:
    """Start the service, and wait until JumpCloud hears of the agent: of this record, or of the host's. Raises Failed."""
    agent = _required(errand)
    _control(errand, agent, "start")
    errand.step(SERVICE)
    _hear(errand, since, record, errand.version or agent.version)


def _hear(errand: Errand, since: Since, record: str, version: str) -> None:
    tools = errand.tools
    tools.since[errand.action.id] = since

    def find(records: Any) -> Agent | None:
        if record:
            return next((one for one in records if one.id == record), None)
        return next(iter(tools.records_on(records, errand.host, errand.kind)), None)

    errand.waits("waiting for its heartbeat")
    try:
        tools.cloud.wait(find, since, version, errand.pause, tools.settings.heartbeat_timeout)
    except NotChecked as error:
        agent = errand.agent()
        last = f"; the last error in its log: {agent.last_error}" if agent and agent.last_error else ""
        state = f"; its service is {agent.state}" if agent and not agent.is_running else ""
        raise NotChecked(f"{error.message}{state}{last}", hint=error.hint) from error
    errand.step(HEARTBEAT)


def _required(errand: Errand) -> InstalledAgent:
    agent = errand.agent()
    if agent is None:
        raise ScriptError(f"{errand.host} has no {errand.kind} agent.", hint="`jcad agent status` shows what there is.")
    return agent


def _control(errand: Errand, agent: InstalledAgent, action: str) -> None:
    item = {
        "service": agent.service,
        "action": action,
        "timeout": errand.tools.settings.service_timeout,
        "log": agent.log_file or None,
    }
    errand.run("control-agent", item)


def start(errand: Errand) -> None:
    """Start the service; it must be heard of."""
    require_expected(errand, errand.state())
    _to_life(errand, Since.of(errand.records()), "")


def stop(errand: Errand) -> None:
    """Stop the service."""
    agent = require_expected(errand, errand.state())
    _control(errand, agent or _required(errand), "stop")
    errand.step(STOPPED)


def restart_agent(errand: Errand) -> None:
    """Stop and start the service; it must be heard of since."""
    agent = require_expected(errand, errand.state()) or _required(errand)
    _control(errand, agent, "restart")
    errand.step(SERVICE)
    _hear(errand, Since.of(errand.records()), "", agent.version)


def configure(errand: Errand) -> None:
    """Write settings into the agent's file, with its service stopped meanwhile; it must be heard of since."""
    agent = require_expected(errand, errand.state()) or _required(errand)
    _write_configuration(errand, agent, errand.table("expected"), errand.table("configuration"))
    if agent.is_running:
        errand.step(SERVICE)
        _hear(errand, Since.of(errand.records()), "", agent.version)


def _write_configuration(
    errand: Errand, agent: InstalledAgent, expected_now: Mapping[str, str], wanted: Mapping[str, str]
) -> None:
    item = {
        "service": agent.service,
        "path": agent.config_file,
        "expected": {} if errand.begun_before else dict(expected_now),
        "set": dict(wanted),
        "restart": agent.is_running,
    }
    errand.run("set-agent-configuration", item)
    errand.step(CONFIGURED)


# ---- removing, restarting --------------------------------------------------------------------------------------------


def uninstall(errand: Errand) -> None:
    """Remove the agent, and its record in JumpCloud."""
    agent = require_expected(errand, errand.state())
    if agent is not None:
        _remove(errand, agent)
    errand.tools.removed.add(errand.action.id)
    _delete_records(errand)


def _remove(errand: Errand, agent: InstalledAgent) -> None:
    tools = errand.tools
    state = errand.state()
    item = {
        "service": agent.service,
        "productCode": agent.product_code or None,
        "uninstall": agent.uninstall or None,
        "runAs": errand.text("runAs") or tools.run_as,
        "timeout": tools.settings.install_timeout,
        "log": _log_file(errand, "uninstall"),
    }
    errand.waits("the agent is being removed")
    if _run_to_the_end(errand, "uninstall-agent", item, (tools.run_as_password(),), state):
        _log.info("removing the agent asks for a restart", host=errand.host)
    errand.step(UNINSTALLED)


def _delete_records(errand: Errand) -> None:
    """Delete what JumpCloud has of an agent that is gone: it would be shown as one that does not answer."""
    cloud, records = errand.tools.cloud, errand.names("records")
    if not records or RECORD_DELETED in errand.done:
        return
    for record in records:
        cloud.records.delete_agent(cloud.instance, record)
    errand.step(RECORD_DELETED)


def restart_host(errand: Errand) -> None:
    """Restart the host, unless it has booted since it was planned, and wait for it, and for the agent that it is for."""
    state = errand.state()
    boot = errand.text("boot") or state.boot
    since = Since.of(errand.records())
    if has_booted_since(state, boot):
        back(errand, boot)
    else:
        restart(errand, boot)
    if any(change.new == ACTIVE for change in errand.action.changes):
        _to_life(errand, since, "")


def _log_file(errand: Errand, of: str) -> str:
    r"""Where an installer writes its log on the host: `C:\ProgramData\jcad\sync-2.30.0.log`."""
    return str(PureWindowsPath(errand.tools.settings.staging, f"{errand.kind}-{of}.log"))


PROCEDURES: Final[Procedures] = {
    Procedure.INSTALL: install,
    Procedure.REINSTALL: reinstall,
    Procedure.UPGRADE: upgrade,
    Procedure.UNINSTALL: uninstall,
    Procedure.CONFIGURE: configure,
    Procedure.START: start,
    Procedure.STOP: stop,
    Procedure.RESTART: restart_agent,
    Procedure.REBOOT: restart_host,
}
"""By the executor of an action."""
