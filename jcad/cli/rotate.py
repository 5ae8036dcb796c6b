"""`jcad account rotate`: parse, plan, say what it takes, ask, carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output, confirm, visible
from jcad.cli.hosts import completes
from jcad.cli.invocation import Invocation, json_option, pass_invocation, report_option
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jcad.cli.carrying import Carrying
    from jcad.plan import Plan
    from jcad.runs.rotation import RotationRun
    from jcad.settings import Settings

ROTATION = "jcad.rotation/1"


def _accounts(settings: Settings) -> Iterator[str]:
    for one in (settings.prepare.sync, settings.prepare.import_):
        if one is not None:
            yield from filter(None, (one.name, one.alternate))


complete_account = completes(_accounts)


@click.command("rotate")
@click.argument("account", required=False, metavar="ACCOUNT", shell_complete=complete_account)
@click.option("--same-account", is_flag=True, help="In place: stop every agent, set the password, bring them back.")
@click.option("--window", metavar="HH:MM-HH:MM", default="", help="Begin within it, and stop between hosts at its end.")
@click.option(
    "--dry-run", is_flag=True, help="Only say what would be done, and how long each host is without its agent."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--resume", is_flag=True, help="Go on with the rotation that ended early.")
@click.option("--what-if", is_flag=True, help="Run the scripts with -WhatIf: they look, and change nothing.")
@click.option("--allow", multiple=True, metavar="LIMIT=N", help="Raise a limit for this once: agents-down, reboots.")
@click.option("--allow-reboot", is_flag=True, help="Import agents: let domain controllers be restarted, one by one.")
@click.option("--allow-only-dc", is_flag=True, help="Import agents: even the only domain controller.")
@click.option(
    "--accept", multiple=True, metavar="NAME", help="A privileged object that the second account may control."
)
@click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more.")
@report_option
@json_option
@pass_invocation
def rotate_command(
    invocation: Invocation,
    /,
    *,
    account: str | None,
    same_account: bool,
    window: str,
    dry_run: bool,
    yes: bool,
    resume: bool,
    what_if: bool,
    allow: tuple[str, ...],
    allow_reboot: bool,
    allow_only_dc: bool,
    accept: tuple[str, ...],
    retry_auth: bool,
    report: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Give a service account's agents a new password, host by host.

    \b
    jcad account rotate jcsync --dry-run              # what would be done, and how long each host is without its agent
    jcad account rotate jcsync --window 22:00-04:00
    jcad account rotate --resume                      # go on with one that was interrupted, or whose window closed
    jcad account rotate jcsync --same-account         # in place: no agent is at work for a while

    The agents go from the account that they use to the second one of the settings (`alternate`), one by one, the primary last;
    then the first one is disabled. The next rotation goes back. A host that fails stops it, and the old account still works.
    Exit codes: 0 all as planned, 2 with --dry-run where something is to be done, 3 stopped by a guard with nothing written,
    4 something failed.
    """
    from jcad.cli.carrying import Carrying
    from jcad.cli.reports import Wanted
    from jcad.runs.rotation import RotationChoices, RotationRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    if not account and not resume:
        raise click.UsageError("Which account? `jcad account rotate ACCOUNT`, or --resume.")
    choices = RotationChoices(
        account=account or "",
        same_account=same_account,
        window=window,
        allowances=_allowances(allow),
        what_if=what_if,
        allow_reboot=allow_reboot,
        allow_only_dc=allow_only_dc,
        accept=frozenset(accept),
        tell=lambda host, kind, step: output.note(f"{host}: {kind}: {step}"),
    )
    with RotationRun.start(invocation.workplace(retry_auth=retry_auth), choices) as run:
        carrying = Carrying(output, run, wanted, "account rotate")
        if resume:
            return carrying.resume()
        with output.err.status("looking at the account, the hosts and JumpCloud"):
            plan = run.plan()
        if dry_run:
            wanted.plan(output, plan)
            return _told(output, run, plan)
        return _carry_out(output, run, plan, carrying, yes=yes)


def _allowances(given: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for text in given:
        name, _, number = text.partition("=")
        if not name or not number.isdecimal():
            raise click.BadParameter(f"{text!r} is not LIMIT=N", param_hint="--allow")
        found[name] = int(number)
    return found


def _told(output: Output, run: RotationRun, plan: Plan) -> int:
    from jcad.cli import documents
    from jcad.cli.agent_work import mention_stop

    _show(output, run, plan)
    stopped = mention_stop(output, run, plan)
    output.document(ROTATION, {**documents.plan_json(plan), **_estimate(run, plan), **stopped})
    return ExitCode.PENDING if plan.is_pending else ExitCode.OK


def _carry_out(output: Output, run: RotationRun, plan: Plan, carrying: Carrying, *, yes: bool) -> int:
    if not plan.is_pending:
        _show(output, run, plan)
        return carrying.nothing()
    run.guard(plan)
    _show(output, run, plan)
    if not yes and not confirm(f"Carry out these {len(plan.actions)} steps now?"):
        output.note("Nothing was written.", "bold")
        return ExitCode.ERROR
    return carrying.apply(plan)


def _show(output: Output, run: RotationRun, plan: Plan) -> None:
    from jcad.cli.plans import show_plan

    show_plan(output, plan, full=False)
    if not plan.is_pending:
        return
    way = run.direction
    if way.in_place:
        output.line(
            f"In place: {way.old.sam} gets a new password; no agent on it is at work until the first one is back.",
            "yellow",
        )
    else:
        going_on = ", which some hosts use already" if way.goes_on else ""
        output.line(f"The agents go from {way.old.sam} to {way.new.sam}{going_on}; one at a time is down.")
    for host, seconds in run.downtimes(plan).items():
        output.line(f"  {visible(host)}: without its agent for about {_span(seconds)}")
    output.line(f"About {_span(run.duration(plan))} in all, by rough numbers: installers differ.", "dim")
    for witness in run.witnesses(plan):
        output.line(f"  ! {visible(witness)}", "yellow")


def _estimate(run: RotationRun, plan: Plan) -> dict[str, Any]:
    way = run.direction
    return {
        "from": way.old.sam,
        "to": way.new.sam,
        "in_place": way.in_place,
        "seconds": round(run.duration(plan)),
        "seconds_without_agent": {host: round(seconds) for host, seconds in run.downtimes(plan).items()},
    }


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min"
