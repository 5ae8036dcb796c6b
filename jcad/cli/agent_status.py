"""`jcad agent status`: every host and both agents beside JumpCloud's view; once, or again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output, visible
from jcad.cli.hosts import host_option, kind_argument, kinds_of
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.runs.agents import AgentSite
    from jcad.runs.agents.status import AgentStatus, SiteStatus

STATUS = "jcad.agents/1"
_HEADERS = ("host", "agent", "service", "version", "account", "JumpCloud", "heard", "configuration")
_GOOD, _BAD, _DOUBTFUL = "green", "bold red", "yellow"


@click.command("status")
@kind_argument(required=False)
@host_option
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option(
    "--every",
    type=click.FloatRange(1, 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks.",
)
@click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more.")
@json_option
@pass_invocation
def status_command(
    invocation: Invocation,
    kind: str | None,
    host: tuple[str, ...],
    watch: bool,
    every: float,
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Say how the agents are: service, version, configuration, last error, and whether JumpCloud hears of them.

    \b
    jcad agent status
    jcad agent status sync --host srv1 --host srv2
    jcad agent status --watch
    jcad agent status --json | jq '.agents[] | select(.service != "Running")'

    All hosts are asked side by side; nothing is changed. Where the output is no terminal, --watch tells what has changed.
    Exit codes: 0 all could be looked at, 5 a host or JumpCloud could not.
    """
    from jcad.agents import AgentOptions, Verb
    from jcad.runs.agents import AgentSite
    from jcad.runs.agents.status import look

    output = invocation.use_json(as_json)
    if watch and as_json:
        raise click.UsageError("--watch and --json exclude each other: a document is one look")
    options = AgentOptions(verb=Verb.RESTART, kinds=kinds_of(kind), hosts=host)
    with AgentSite.open(invocation.workplace(retry_auth=retry_auth)) as site:
        if watch:
            return _watch(output, site, options, every)
        with output.err.status("looking at the hosts"):
            status = look(site, options)
    show_status(output, status)
    output.document(STATUS, status_json(status))
    return ExitCode.OK if status.whole else ExitCode.NOT_CHECKED


# ---- once ------------------------------------------------------------------------------------------------------------


def show_status(output: Output, status: SiteStatus) -> None:
    """Show the agents in a table, then what needs a look."""
    if status.agents:
        output.table(_HEADERS, [_cells(one, status) for one in status.agents])
    else:
        output.line("No host that could be looked at has an agent, or is to have one.", "bold")
    for parts in _remarks(status):
        output.parts(parts)
    for finding in status.findings:
        from jcad.cli.plans import show_finding

        show_finding(output, finding)


def _cells(agent: AgentStatus, status: SiteStatus) -> tuple[str, ...]:
    installed, record = agent.installed, agent.record
    if installed is None:
        service = "not known" if agent.host in status.unreachable else "not installed"
        version, configuration = "", ""
    else:
        service = installed.state or "no service"
        version = installed.version
        configuration = _configuration(agent)
    unheard = "no record" if status.cloud is None else "not known"
    cloud = (record.state or "without a state") if record else unheard
    return (
        agent.name,
        agent.kind.value,
        service,
        version,
        agent.account,
        f"{cloud}, primary" if agent.primary else cloud,
        age(agent.heard),
        configuration,
    )


def _configuration(agent: AgentStatus) -> str:
    installed = agent.installed
    if installed is None or installed.config_error:
        return "unreadable" if installed else ""
    if not agent.deviations:
        return "as wanted" if agent.wanted.configuration else ""
    return ", ".join(f"{key}={now}" for key, now, _ in agent.deviations)


def age(since: timedelta | None) -> str:
    """How long ago, in one unit: `4 s`, `12 min`, `3 h`, `5 d`."""
    if since is None:
        return ""
    seconds = max(0, int(since.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _remarks(status: SiteStatus) -> Iterable[list[tuple[str, str]]]:
    """What is shown below the table: last errors, and what could not be looked at."""
    for agent in status.agents:
        if agent.installed is not None and agent.installed.last_error:
            name = f"{agent.kind} agent on {agent.name}"
            yield [("  ! ", _DOUBTFUL), (name, "bold"), (f"  last error: {visible(agent.installed.last_error)}", "")]
    for host, unreachable in status.unreachable.items():
        yield [("  x ", _BAD), (host, "bold"), (f"  could not be looked at: {visible(unreachable.reason)}", "")]
        if unreachable.hint:
            yield [("      -> ", "bold"), (visible(unreachable.hint), "")]
    if status.cloud is not None:
        yield [("  x ", _BAD), ("JumpCloud", "bold"), (f"  could not be asked: {visible(status.cloud.message)}", "")]
    for stray in status.strays:
        name = stray.hostname or "a host that is not told"
        what = f"  a record of a {stray.type.value.lower()} agent on {name}, {stray.state}: no host here has it"
        yield [("  i ", "dim"), (stray.id, "bold"), (visible(what), "dim")]


# ---- again and again -------------------------------------------------------------------------------------------------


def _watch(output: Output, site: AgentSite, options: Any, every: float) -> int:
    """Look until Ctrl-C: a table that is drawn anew, or lines of what has changed."""
    from rich.live import Live

    from jcad.runs.agents.status import look

    before: dict[str, str] | None = None
    with ExitStack() as undo:
        live = undo.enter_context(Live(console=output.out, auto_refresh=False)) if output.out.is_terminal else None
        while True:
            status = look(site, options)
            if live is not None:
                live.update(_drawn(status), refresh=True)
            else:
                now = told(status)
                for line in changes(before, now):
                    output.line(f"{status.at:%Y-%m-%dT%H:%M:%SZ}  {line}")
                before = now
            time.sleep(every)


def _drawn(status: SiteStatus) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(*_HEADERS, box=None, pad_edge=False, header_style="bold", show_edge=False)
    for one in status.agents:
        style = _style(one)
        table.add_row(
            *(Text(visible(cell), style if number == 2 else "") for number, cell in enumerate(_cells(one, status)))
        )
    remarks = [Text.assemble(*parts) for parts in _remarks(status)]
    findings = [Text(f"  i {visible(one.name)}  {visible(one.reason)}", "dim") for one in status.findings]
    return Group(table, *remarks, *findings, Text(f"{status.at:%H:%M:%S} UTC, Ctrl-C ends", "dim"))


def _style(agent: AgentStatus) -> str:
    if agent.installed is None or not agent.installed.is_running:
        return _BAD
    return _GOOD if agent.record is not None and agent.record.is_active else _DOUBTFUL


def told(status: SiteStatus) -> dict[str, str]:
    """What is told of each agent and host where somebody watches: without what always changes."""
    found = {}
    for one in status.agents:
        cells = [
            cell
            for header, cell in zip(_HEADERS[2:], _cells(one, status)[2:], strict=True)
            if cell and header != "heard"
        ]
        last = f"; last error: {one.installed.last_error}" if one.installed and one.installed.last_error else ""
        found[f"{one.kind} agent on {one.name}"] = visible(", ".join(cells) + last)
    found |= {host: f"could not be looked at: {visible(one.reason)}" for host, one in status.unreachable.items()}
    if status.cloud is not None:
        found["JumpCloud"] = f"could not be asked: {visible(status.cloud.message)}"
    return found


def changes(before: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
    """What has changed from one look to the next; everything at the first."""
    lines = [f"{name}: {text}" for name, text in now.items() if before is None or before.get(name) != text]
    return lines + [f"{name}: gone" for name in (before or {}) if name not in now]


# ---- for programs ----------------------------------------------------------------------------------------------------


def status_json(status: SiteStatus) -> Mapping[str, Any]:
    """The agents, the hosts and the findings as a document."""
    return {
        "at": status.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "agents": [_agent_json(one, looked_at=one.host not in status.unreachable) for one in status.agents],
        "hosts": [
            {
                "host": host,
                "name": one.name,
                "windows": one.windows,
                "core": one.core,
                "controller": one.controller,
                "boot": one.boot,
                "pending_reboot": list(one.pending_reboot),
                "entra": list(one.entra),
            }
            for host, one in status.hosts.items()
        ],
        "unreachable": [
            {"host": host, "reason": one.reason, "hint": one.hint or None} for host, one in status.unreachable.items()
        ],
        "jumpcloud": status.cloud.message if status.cloud else None,
        "strays": [{"id": one.id, "agent": one.type.value.lower(), "hostname": one.hostname, "state": one.state}
                   for one in status.strays],
        "findings": [
            {"kind": one.kind.value, "noun": one.noun, "name": one.name, "rule": one.rule, "reason": one.reason}
            for one in status.findings
        ],
    }  # fmt: skip


def _agent_json(agent: AgentStatus, *, looked_at: bool) -> dict[str, Any]:
    installed, record = agent.installed, agent.record
    return {
        "host": agent.host,
        "agent": agent.kind.value,
        "wanted": agent.wanted.wanted,
        "looked_at": looked_at,
        "service": (installed.state or None) if installed else None,
        "version": (installed.version or None) if installed else None,
        "account": agent.account or None,
        "installed_by": agent.installation.by if agent.installation else None,
        "last_error": (installed.last_error or None) if installed else None,
        "configuration": [{"key": key, "is": now, "wanted": wanted} for key, now, wanted in agent.deviations],
        "jumpcloud": None
        if record is None
        else {
            "id": record.id,
            "state": record.state,
            "version": record.version,
            "contact_at": record.contact_at or None,
        },
        "primary": agent.primary,
    }
