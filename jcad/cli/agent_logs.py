"""`jcad agent logs` and `jcad agent collect`: what the agents have written, shown here or brought here."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jcad.cli.console import Output, visible
from jcad.cli.hosts import host_option, kind_argument, kinds_of
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.runs.agents import AgentSite
    from jcad.runs.agents.logs import AgentLog, LogPiece, Trouble

LOGS = "jcad.agent-logs/1"
BUNDLES = "jcad.bundles/1"
_PAUSE = 1.0


@click.command("logs")
@kind_argument(required=False)
@host_option
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on, until Ctrl-C.")
@click.option(
    "-n", "--lines", default=20, show_default=True, type=click.IntRange(0), help="How many lines of each log."
)
@json_option
@pass_invocation
def logs_command(
    invocation: Invocation, kind: str | None, host: tuple[str, ...], follow: bool, lines: int, as_json: bool
) -> int:
    """Show the end of the agents' logs. Passwords and keys are taken out on the host.

    \b
    jcad agent logs sync --host srv1
    jcad agent logs -f                          # every agent on every host, as it comes
    jcad agent logs -n 200 --json

    Exit codes: 0 all could be read, 5 a host could not.
    """
    from jcad.agents import AgentOptions, Verb
    from jcad.runs.agents import AgentSite
    from jcad.runs.agents.logs import LogPiece, Trouble, logs_of, read_all

    output = invocation.use_json(as_json)
    if follow and as_json:
        raise click.UsageError("--follow and --json exclude each other: a document has an end")
    options = AgentOptions(verb=Verb.RESTART, kinds=kinds_of(kind), hosts=host)
    with AgentSite.open(invocation.workplace()) as site:
        with output.err.status("looking for the logs"):
            logs, troubles = logs_of(site, options)
            read = list(read_all(site, logs))
        pieces = [one for one in read if isinstance(one, LogPiece)]
        troubles += [one for one in read if isinstance(one, Trouble)]
        _show(output, pieces, troubles, last=lines, named=len(logs) > 1 or follow)
        if not logs and not troubles:
            output.line("No host in question has an agent with a log.", "bold")
        output.document(
            LOGS,
            {
                "logs": [
                    {"host": one.host, "agent": one.kind.value, "lines": list(one.lines[-lines:] if lines else ())}
                    for one in pieces
                ],
                "unreachable": [{"host": one.host, "reason": one.reason} for one in troubles],
            },
        )
        if follow and logs:
            _follow(output, site, logs)
    return ExitCode.NOT_CHECKED if troubles else ExitCode.OK


def _follow(output: Output, site: AgentSite, logs: list[AgentLog]) -> None:
    from jcad.runs.agents.logs import LogPiece, read_all

    told: dict[str, str] = {}
    while True:
        time.sleep(_PAUSE)
        for one in read_all(site, logs):
            if isinstance(one, LogPiece):
                if told.pop(one.host, ""):
                    output.note(f"{one.host} can be read again")
                _show(output, [one], (), last=None, named=True)
            elif told.get(one.host) != one.reason:
                told[one.host] = one.reason
                output.note(f"{one.host}: {one.reason}", "yellow")


def _show(
    output: Output, pieces: Iterable[LogPiece], troubles: Iterable[Trouble], *, last: int | None, named: bool
) -> None:
    for one in pieces:
        if one.started_anew:
            output.note(f"{one.host}: the {one.kind} agent has begun a new log")
        head = [(f"{one.host} {one.kind}  ", "cyan")] if named else []
        shown = one.lines if last is None else one.lines[-last:] if last else ()
        for line in shown:
            output.parts([*head, (visible(line), "")])
    for trouble in troubles:
        output.parts([("  x ", "bold red"), (trouble.host, "bold"), (f"  {visible(trouble.reason)}", "")])


@click.command("collect")
@host_option
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="Where to; here if not given.",
)
@json_option
@pass_invocation
def collect_command(invocation: Invocation, host: tuple[str, ...], to: Path, as_json: bool) -> int:
    """Bring from each host what JumpCloud's support asks for: logs, configuration, registry keys, event logs.

    \b
    jcad agent collect --to case-1234
    jcad agent collect --host srv1

    One zip file for each host that has an agent, or that was named. Passwords and keys are taken out on the host, and nothing
    stays there. Exit codes: 0 all are here, 5 a host's could not be had.
    """
    from jcad.agents import AgentOptions, Verb
    from jcad.runs.agents import AgentSite
    from jcad.runs.agents.logs import Bundle, collect

    output = invocation.use_json(as_json)
    options = AgentOptions(verb=Verb.RESTART, hosts=host)
    bundles: list[Bundle] = []
    troubles: list[Trouble] = []
    with AgentSite.open(invocation.workplace()) as site, output.err.status("gathering on the hosts"):
        for one in collect(site, options, to):
            if isinstance(one, Bundle):
                bundles.append(one)
            else:
                troubles.append(one)
    for bundle in bundles:
        output.parts([(str(bundle.path), "bold"), (f"  {bundle.size:,} bytes, from {bundle.host}", "dim")])
    _show(output, (), troubles, last=None, named=True)
    if not bundles and not troubles:
        output.line("No host has an agent: name one by --host.", "bold")
    output.document(
        BUNDLES,
        {
            "bundles": [
                {"host": one.host, "path": str(one.path), "size": one.size, "sha256": one.sha256} for one in bundles
            ],
            "unreachable": [{"host": one.host, "reason": one.reason} for one in troubles],
        },
    )
    return ExitCode.NOT_CHECKED if troubles else ExitCode.OK
