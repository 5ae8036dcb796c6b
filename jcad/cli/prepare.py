"""`jcad prepare plan | apply | undo | script`: parse, call one function, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jcad import __version__
from jcad.cli.carrying import Carrying, mention_unfinished
from jcad.cli.console import Output, confirm
from jcad.cli.invocation import Invocation, json_option, pass_invocation, report_option
from jcad.cli.rights import can_command, show_command, verify_command
from jcad.errors import ExitCode, PlanError, ReportError

if TYPE_CHECKING:
    from jcad.cli.reports import Wanted
    from jcad.plan import Plan
    from jcad.runs import PrepareRun


@click.group()
def prepare() -> None:
    """The ADI group, the service accounts, and delegation of control."""


for _command in (show_command, can_command, verify_command):
    prepare.add_command(_command)


def _selection(function: Any) -> Any:
    """Options that choose what is planned."""
    for option in (
        click.option("--except", "without", multiple=True, metavar="WORD", help="Leave these out."),
        click.option(
            "--only", multiple=True, metavar="WORD", help="Only these: a kind, an object's name, a pattern with *."
        ),
        click.option("--new-password", multiple=True, metavar="ACCOUNT", help="Make a new password for this account."),
        click.option("--prune", is_flag=True, help="Remove the service accounts' entries that no profile wants."),
        click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more."),
    ):
        function = option(function)
    return function


@prepare.command("plan")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the plan to a file."
)
@report_option
@click.option("--full", is_flag=True, help="Show every entry with the sentence that justifies it.")
@click.option("--strict", is_flag=True, help="Exit with 4 where something is missing or in conflict.")
@_selection
@json_option
@pass_invocation
def plan_command(
    invocation: Invocation,
    out: Path | None,
    report: tuple[Path, ...],
    full: bool,
    strict: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    new_password: tuple[str, ...],
    prune: bool,
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Say how the domain differs from what the settings want; nothing is written.

    \b
    jcad prepare plan
    jcad prepare plan --full
    jcad prepare plan --out prepare.json        # review it, then: jcad prepare apply prepare.json
    jcad prepare plan --strict --json           # a drift gate: the exit code says it all

    Exit codes: 0 the domain is as wanted, 2 changes pending, 4 with --strict where something needs a look.
    """
    from jcad.cli import documents
    from jcad.cli.plan_files import write_plan_file
    from jcad.cli.plans import needs_a_look, show_plan
    from jcad.cli.reports import Wanted
    from jcad.plan import select
    from jcad.runs import PrepareChoices, PrepareRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    choices = PrepareChoices(prune=prune, new_passwords=frozenset(new_password))
    with PrepareRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
        with output.err.status("reading Active Directory"):
            plan = select(run.plan(), only=only, without=without)
        mention_unfinished(output, run.unfinished(), "prepare apply")
    if out is not None:
        write_plan_file(out, plan)
        output.note(f"The plan is in {out}; `jcad prepare apply {out}` carries it out.")
    wanted.plan(output, plan)
    show_plan(output, plan, full=full)
    output.document(documents.PLAN, documents.plan_json(plan))
    if strict and needs_a_look(plan):
        return ExitCode.FAILED
    return ExitCode.PENDING if plan.is_pending else ExitCode.OK


@prepare.command("apply")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="[PLAN]", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--accept", multiple=True, metavar="NAME", help="A privileged object that may come under control; `all` for all."
)
@click.option("--allow", metavar="removed-entries=N", help="How many entries this run may remove (20).")
@click.option("--what-if", is_flag=True, help="Run the scripts with -WhatIf: they look, and change nothing.")
@click.option("--resume", is_flag=True, help="Go on with the run that ended early.")
@report_option
@_selection
@json_option
@pass_invocation
def apply_command(
    invocation: Invocation,
    file: Path | None,
    yes: bool,
    accept: tuple[str, ...],
    allow: str | None,
    what_if: bool,
    resume: bool,
    report: tuple[Path, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    new_password: tuple[str, ...],
    prune: bool,
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Plan, ask, and carry the plan out; or carry out a plan that was written with --out.

    \b
    jcad prepare apply
    jcad prepare apply prepare.json --yes       # what was reviewed; a container that has changed since is a conflict
    jcad prepare apply --accept DnsAdmins       # a privileged group that the profile would control
    jcad prepare apply --report prepare.html    # what was done, for the ticket
    jcad prepare apply --resume                 # go on with a run that was interrupted

    Exit codes: 0 all as planned, 3 stopped by a guard with nothing written, 4 something failed or met a conflict.
    """
    from jcad.cli.reports import Wanted
    from jcad.plan import select
    from jcad.runs import PrepareChoices, PrepareRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    choices = PrepareChoices(
        prune=prune,
        accept=frozenset(accept),
        removed_entries=_allowance(allow),
        new_passwords=frozenset(new_password),
        what_if=what_if,
    )
    saved = _saved(file)
    with PrepareRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
        if resume:
            return Carrying(output, run, wanted, "prepare apply").resume()
        with output.err.status("reading Active Directory"):
            whole = saved or run.plan()
        return _carry_out(output, run, select(whole, only=only, without=without), wanted, yes=yes)


@prepare.command("undo")
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would be undone.")
@report_option
@json_option
@pass_invocation
def undo_command(
    invocation: Invocation, run_id: str | None, yes: bool, dry_run: bool, report: tuple[Path, ...], as_json: bool
) -> int:
    """Take back the permissions that a run granted, and restore those that it removed; the last run without RUN.

    \b
    jcad prepare undo --dry-run
    jcad prepare undo 7

    What others have changed since is kept. Groups and accounts that the run created stay; they are listed.
    Exit codes: 0 undone, or nothing to undo; 2 with --dry-run where there is something; 4 something failed.
    """
    from jcad.cli import documents
    from jcad.cli.plans import show_plan
    from jcad.cli.reports import Wanted
    from jcad.runs import PrepareRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    with PrepareRun.begin(invocation.workplace()) as run:
        with output.err.status("reading Active Directory"):
            plan = run.undo_plan(run_id)
        if dry_run:
            wanted.plan(output, plan)
            show_plan(output, plan, full=True)
            output.document(documents.PLAN, documents.plan_json(plan))
            return ExitCode.PENDING if plan.is_pending else ExitCode.OK
        return _carry_out(output, run, plan, wanted, yes=yes)


@prepare.command("script")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="[PLAN]", required=False)
@click.option("--out", metavar="FILE", default="prepare.ps1", show_default=True, help="Where to; - is stdout.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@_selection
@pass_invocation
def script_command(
    invocation: Invocation,
    file: Path | None,
    out: str,
    force: bool,
    only: tuple[str, ...],
    without: tuple[str, ...],
    new_password: tuple[str, ...],
    prune: bool,
    retry_auth: bool,
) -> int:
    """Write the plan as one .ps1, for an administrator who must run it by hand.

    \b
    jcad prepare script
    jcad prepare script prepare.json --out prepare.ps1

    It asks for the passwords of new accounts when it is run; keep them with `jcad secret set`.
    """
    from jcad.cli.reports import require_place, write_whole
    from jcad.plan import select
    from jcad.runs import PrepareChoices, PrepareRun, export_plan

    output = invocation.output
    target = None if out == "-" else Path(out)
    if target is not None:
        if target.exists() and not force:
            raise ReportError(f"{target} is there already. Nothing was written.", hint="--force writes over it.")
        require_place(target)
    plan = _saved(file)
    if plan is None:
        choices = PrepareChoices(prune=prune, new_passwords=frozenset(new_password))
        with PrepareRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
            plan = run.plan()
            run.guard_privileged(plan)
    text = export_plan(select(plan, only=only, without=without), maker=f"jcad {__version__}")
    if target is None:
        output.raw(text)
        return ExitCode.OK
    write_whole(target, text.encode("utf-8-sig"))  # without its mark Windows PowerShell 5.1 would read the file as ANSI
    output.note(f"{target} is written: {len(text.splitlines())} lines. Try it with -WhatIf first.")
    return ExitCode.OK


# ---- what the commands share -----------------------------------------------------------------------------------------


def _allowance(text: str | None) -> int:
    from jcad.runs.prepare import REMOVED_ENTRIES

    if text is None:
        return REMOVED_ENTRIES
    name, _, number = text.partition("=")
    if name != "removed-entries" or not number.isdecimal():
        raise click.BadParameter(f"{text!r} is not removed-entries=N", param_hint="--allow")
    return int(number)


def _saved(file: Path | None) -> Plan | None:
    """The plan of a file. Raises PlanError for one of another feature."""
    from jcad.cli.plan_files import read_plan_file

    if file is None:
        return None
    plan = read_plan_file(file)
    if not plan.feature.startswith("prepare"):
        raise PlanError(
            f"{file} is a plan of {plan.feature}, not of preparing a domain.",
            hint=f"`jcad {plan.feature} apply {file}`",
        )
    return plan


def _carry_out(output: Output, run: PrepareRun, plan: Plan, wanted: Wanted, *, yes: bool) -> int:
    from jcad.cli.plans import count_line, show_plan

    carrying = Carrying(output, run, wanted, "prepare apply")
    if not plan.is_pending:
        wanted.plan(output, plan)
        if plan.findings and not output.as_json:
            show_plan(output, plan, full=False)
        else:
            output.line(count_line(plan), "bold")
        return carrying.nothing()
    run.guard(plan)
    if not yes:
        show_plan(output, plan, full=True)
        if not confirm(f"Carry out these {len(plan.actions)} changes on {plan.made_for.dc}?"):
            output.note("Nothing was written.", "bold")
            return ExitCode.ERROR
    return carrying.apply(plan)
