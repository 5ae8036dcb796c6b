"""Looking after an agent that is there: its service, its heartbeat, its configuration, the restart of its host.

Each procedure looks at the host first, and begins only where it is as planned from. Touches the host and JumpCloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jcad.agents import ACTIVE
from jcad.agents.steps import expected
from jcad.errors import NotChecked, ScriptError
from jcad.model import Agent, HostState, InstalledAgent
from jcad.runs.agents.errand import CONFIGURED, HEARTBEAT, SERVICE, STOPPED, Errand
from jcad.runs.agents.heartbeat import Since
from jcad.runs.agents.reboot import back, has_booted_since, restart


class Conflict(ScriptError):
    """The host is not as the action was planned from."""


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


def to_life(errand: Errand, since: Since, record: str) -> None:
    """Start the service, and wait until JumpCloud hears of the agent: of this record, or of the host's. Raises Failed."""
    agent = required(errand)
    _control(errand, agent, "start")
    errand.step(SERVICE)
    hear(errand, since, record, errand.version or agent.version)


def hear(errand: Errand, since: Since, record: str, version: str) -> None:
    """Wait until JumpCloud hears of the agent. Raises NotChecked, with what its service and its log say of that."""
    tools = errand.tools
    tools.since[errand.action.id] = since

    def find(records: Iterable[Agent]) -> Agent | None:
        if record:
            return next((one for one in records if one.id == record), None)
        return next(iter(tools.records_on(records, errand.host, errand.kind)), None)

    errand.waits("waiting for its heartbeat")
    try:
        tools.cloud.wait(find, since, version, errand.pause, tools.settings.heartbeat_timeout)
    except NotChecked as error:
        agent = errand.agent()
        last = _last_error(agent, errand.error_before) if agent else ""
        state = f"; its service is {agent.state}" if agent and not agent.is_running else ""
        raise NotChecked(f"{error.message}{state}{last}", hint=error.hint) from error
    errand.step(HEARTBEAT)


def _last_error(agent: InstalledAgent, before: str | None) -> str:
    """What the log says, and whether it said so before anything was done: an installation leaves the log of the one before."""
    if not agent.last_error:
        return ""
    since = " (it was there before)" if agent.last_error == before else ""
    return f"; the last error in its log{since}: {agent.last_error}"


def required(errand: Errand) -> InstalledAgent:
    """The agent that must be there. Raises ScriptError."""
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
    to_life(errand, Since.of(errand.records()), "")


def stop(errand: Errand) -> None:
    """Stop the service."""
    agent = require_expected(errand, errand.state())
    _control(errand, agent or required(errand), "stop")
    errand.step(STOPPED)


def restart_agent(errand: Errand) -> None:
    """Stop and start the service; it must be heard of since."""
    agent = require_expected(errand, errand.state()) or required(errand)
    _control(errand, agent, "restart")
    errand.step(SERVICE)
    hear(errand, Since.of(errand.records()), "", agent.version)


def configure(errand: Errand) -> None:
    """Write settings into the agent's file, with its service stopped meanwhile; it must be heard of since."""
    agent = require_expected(errand, errand.state()) or required(errand)
    write_configuration(errand, agent, errand.table("expected"), errand.table("configuration"))
    if agent.is_running:
        errand.step(SERVICE)
        hear(errand, Since.of(errand.records()), "", agent.version)


def write_configuration(
    errand: Errand, agent: InstalledAgent, expected_now: Mapping[str, str], wanted: Mapping[str, str]
) -> None:
    """Write settings (JSON texts by the file's own keys); its service is stopped meanwhile where it runs. Raises Failed."""
    item = {
        "service": agent.service,
        "path": agent.config_file,
        "expected": {} if errand.begun_before else dict(expected_now),
        "set": dict(wanted),
        "restart": agent.is_running,
    }
    errand.run("set-agent-configuration", item)
    errand.step(CONFIGURED)


def restart_host(errand: Errand) -> None:
    """Restart the host, unless it has booted since it was planned, and wait for it, and for the agent that it is for."""
    state = errand.state()
    boot = errand.text("boot") or state.boot
    if has_booted_since(state, boot):
        back(errand, boot)
    else:
        restart(errand, boot)
    if any(change.new == ACTIVE for change in errand.action.changes):
        to_life(errand, Since.of(errand.records()), "")
