"""Installing, reinstalling, upgrading and removing an agent on a host. Touches the host and JumpCloud.

A procedure that was cut off can be begun again: it looks at the host first, and does what is not done yet.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PureWindowsPath
from typing import Any, Final

import structlog

from jcad.agents import BOOTED, compare_versions, configuration_diff
from jcad.errors import ConnectionFailed, JcadError, NotChecked
from jcad.model import HostState, Installation, InstalledAgent, KeyGone, KeyMade, Secret
from jcad.runs.agents.errand import INSTALLED, KEY, RECORD_DELETED, UNINSTALLED, Errand, Failed
from jcad.runs.agents.heartbeat import Since
from jcad.runs.agents.reboot import has_booted_since, require_another, restart
from jcad.runs.agents.staging import clear, remove_log, staged
from jcad.runs.agents.tending import require_expected, required, to_life, write_configuration

_log = structlog.get_logger(__name__)

UNSEALED: Final = "unsealed"
"""The state of a record whose connect key nobody has used yet (facts, 2.5)."""

_ALREADY_RUNNING: Final = 1618
"""ERROR_INSTALL_ALREADY_RUNNING (winerror.h)."""
_BUSY_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Key:
    """A connect key and the record that it is for; without a key where the template has no place for one."""

    agent: str = ""
    secret: Secret | None = None


def install(errand: Errand) -> None:
    """Stage, verify, key, run, configure, restart where that is needed and allowed, service, heartbeat."""
    state = errand.state()
    agent = require_expected(errand, state)
    if errand.begun_before and _is_installed(errand, agent):
        clear(errand)
        _finish(errand, state, Since(), "", restarts=False)
        return
    _require_restart_possible(errand)
    _install_with_key(errand, staged(errand))


def reinstall(errand: Errand) -> None:
    """As an installation, with what is there removed first: once its successor is on the host and verified."""
    agent = require_expected(errand, errand.state())
    _require_restart_possible(errand)
    installer = staged(errand)
    key = _new_key(errand)  # whatever could fail for itself comes before the agent goes
    with _taken_back(errand, key):
        if agent is not None:
            _remove(errand, agent)
            _delete_records(errand)
        _install_with_key(errand, installer, key)


def upgrade(errand: Errand) -> None:
    """Stage, verify, run over what is there; the agent keeps its record, and must be heard of in its new version."""
    state = errand.state()
    agent = require_expected(errand, state)
    since, restarts = Since.of(errand.records()), False
    if not (errand.begun_before and _is_installed(errand, agent)):
        _require_restart_possible(errand)
        installer = staged(errand)
        restarts = _run_installer(errand, installer, Key(), state)
    clear(errand)
    _finish(errand, state, since, "", restarts=restarts)


def _require_restart_possible(errand: Errand) -> None:
    """See before anything is done that the host may be restarted at the end, where it is to be. Raises NotChecked."""
    if errand.action.item.get("reboot") is True:
        require_another(errand)


def _is_installed(errand: Errand, agent: InstalledAgent | None) -> bool:
    """Whether the version is there with its service: an installation that broke off has one alone."""
    return agent is not None and compare_versions(agent.version, errand.version) == 0 and bool(agent.state)


def _install_with_key(errand: Errand, installer: str, key: Key | None = None) -> None:
    """Install with a key of its own; with a new one, once, where an installation failed after its key was used."""
    state, key = errand.state(), key or _new_key(errand)
    try:
        with _taken_back(errand, key):
            restarts = _run_installer(errand, installer, key, state)
    except (Failed, ConnectionFailed) as error:
        if not _take_back(errand, key):
            raise
        _log.warning("the installation failed after its key was used", host=errand.host, reason=error.message)
        errand.waits("once more, with a new key")
        state, key = errand.wait_for_host(errand.tools.settings.reboot_timeout), _new_key(errand)
        try:
            restarts = _run_installer(errand, installer, key, state)
        except (Failed, ConnectionFailed):
            _take_back(errand, key)
            raise
    clear(errand)
    _finish(errand, state, Since(), key.agent, restarts=restarts)


def _finish(errand: Errand, before: HostState, since: Since, record: str, *, restarts: bool) -> None:
    """What comes after an installer: configuration, a restart, service, heartbeat, and records that are of no use any more."""
    errand.step(INSTALLED)
    _note_installed(errand, record)
    _configure_installed(errand)
    planned = next((change.old for change in errand.action.changes if change.attribute == BOOTED), None)
    if restarts or planned is not None:
        _restart_after(errand, planned or before.boot)
        since = Since.of(errand.records())  # what it said before the restart proves nothing
    to_life(errand, since, record)
    _delete_records(errand)
    _clear_keys(errand)


def _configure_installed(errand: Errand) -> None:
    """Write what the settings want of the configuration of an agent that was just installed."""
    wanted = errand.table("configuration")
    if not wanted:
        return
    agent = required(errand)
    diff = configuration_diff(wanted, agent.config or {})
    if diff.set:
        write_configuration(errand, agent, diff.expected, diff.set)


def _new_key(errand: Errand) -> Key:
    if "connect_key" not in errand.names("secretNames"):
        return Key()
    key = Key(*errand.tools.cloud.records.create_agent(errand.tools.cloud.instance, errand.kind))
    with _taken_back(errand, key):
        errand.tools.keys.remember([KeyMade(key.agent, errand.host, errand.kind)])
        errand.step(KEY)
    return key


@contextlib.contextmanager
def _taken_back(errand: Errand, key: Key) -> Iterator[None]:
    """Take a key back where the run ends before any installer was given it; one that was may still use it."""
    try:
        yield
    except BaseException:
        if not errand.installer_began:
            _take_back(errand, key)
        raise


def _take_back(errand: Errand, key: Key) -> bool:
    """Delete the record of a key whose installation failed; whether the key was used. What failed first is what is told."""
    if not key.agent:
        return False
    cloud = errand.tools.cloud
    try:
        record = cloud.one(key.agent)
        cloud.records.delete_agent(cloud.instance, key.agent)
        errand.tools.keys.remember([KeyGone(key.agent)])
    except JcadError as error:
        _log.warning("a record of no use may be left in JumpCloud", record=key.agent, reason=error.message)
        return False
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
    errand.require_going_on()
    errand.installer_began = True
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
            try:
                return _after_the_break(errand, before, error, removed=script == "uninstall-agent")
            finally:
                remove_log(errand, str(item["log"]))


def _is_busy(failed: Failed) -> bool:
    """Whether another installation is under way on the host: of an earlier run, or of somebody else."""
    error = failed.answer.outcome.error
    return error is not None and (error.id == "TaskAlreadyRunning" or error.code == _ALREADY_RUNNING)


def _after_the_break(errand: Errand, before: HostState, error: ConnectionFailed, *, removed: bool) -> bool:
    """How an installer ended whose answer was lost: wait for the host, then for what the installer is to bring about.

    It goes on without a session; only a restart of the host ends it. Raises ConnectionFailed where it was in vain.
    """
    errand.waits("the connection broke; waiting for the host")
    settings = errand.tools.settings
    state = errand.wait_for_host(settings.reboot_timeout)
    until = time.monotonic() + settings.install_timeout
    while not _is_done(errand, state, removed=removed):
        restarted = has_booted_since(state, before.boot)
        if restarted or time.monotonic() >= until:
            how = "restarted while the installer ran" if restarted else "was not heard of when the installer ended"
            raise ConnectionFailed(
                f"{errand.host} {how}, and the agent is not {'gone' if removed else 'installed'}: {error.message}"
            )
        errand.pause(_BUSY_PAUSE)
        state = errand.wait_for_host(settings.reboot_timeout)
    return False


def _is_done(errand: Errand, state: HostState, *, removed: bool) -> bool:
    agent = state.agents.get(errand.kind)
    return agent is None if removed else _is_installed(errand, agent)


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


def uninstall(errand: Errand) -> None:
    """Remove the agent, and its record in JumpCloud."""
    agent = require_expected(errand, errand.state())
    if agent is not None:
        _remove(errand, agent)
    errand.tools.removed.add(errand.action.id)
    _delete_records(errand)
    _clear_keys(errand)


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
    tools.removed.add(errand.action.id)
    errand.step(UNINSTALLED)


def _delete_records(errand: Errand) -> None:
    """Delete what JumpCloud has of an agent that is gone: it would be shown as one that does not answer."""
    cloud, records = errand.tools.cloud, set(errand.names("records"))
    if errand.begun_before:
        records |= {one.id for one in errand.records()}  # that of an agent which the earlier run installed in between
    if (installed := errand.tools.installed.get(errand.action.id)) is not None:
        records.discard(installed.agent_id)
    if not records or RECORD_DELETED in errand.done:
        return
    for record in sorted(records):
        cloud.records.delete_agent(cloud.instance, record)
    errand.step(RECORD_DELETED)


def _clear_keys(errand: Errand) -> None:
    """Delete the records of keys that runs which were killed made for this host: nobody will use them any more."""
    keys, cloud, installed = errand.tools.keys, errand.tools.cloud, errand.tools.installed.get(errand.action.id)
    own = installed.agent_id if installed else ""
    left = [record for record in keys.unused_keys(errand.host, errand.kind) if record != own]
    if not left:
        return
    try:
        unsealed = {one.id for one in cloud.all() if one.state == UNSEALED}
        for record in left:
            if record in unsealed:
                cloud.records.delete_agent(cloud.instance, record)
            keys.remember([KeyGone(record)])
    except JcadError as error:
        _log.warning("records of no use may be left in JumpCloud", records=left, reason=error.message)


def _log_file(errand: Errand, of: str) -> str:
    r"""Where an installer writes its log on the host: `C:\ProgramData\jcad\sync-2.30.0.log`."""
    return str(PureWindowsPath(errand.tools.settings.staging, f"{errand.kind}-{of}.log"))
