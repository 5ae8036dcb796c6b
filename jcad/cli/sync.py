"""`jcad sync plan | apply | explain`: parse, call one function, show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from jcad.cli.carrying import Carrying, mention_unfinished
from jcad.cli.console import Output, confirm, quoted, visible
from jcad.cli.invocation import Invocation, json_option, pass_invocation, report_option
from jcad.cli.links import links
from jcad.cli.loop import run_command
from jcad.errors import ExitCode


@click.group()
def sync() -> None:
    """JumpCloud's users and groups into Active Directory."""


sync.add_command(run_command)
sync.add_command(links)


def _complete_limit(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from jcad.adsync import DEFAULTS

    return [f"{limit.guard}=" for limit in DEFAULTS if limit.guard.startswith(incomplete)]


def _complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Names of remembered pairs: the store is asked, no server."""
    invocation = ctx.find_object(Invocation) or Invocation()
    root = ctx.find_root().params
    invocation.config, invocation.profile = root.get("config"), root.get("profile")
    try:
        with invocation.workplace().open_store() as store:
            names = sorted({link.name for link in store.memory().links.values()})
    except Exception:  # noqa: BLE001  - a shell that completes must never see an error
        return []
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


def _selection(function: Any) -> Any:
    """Options that choose a part of a plan."""
    for option in (
        click.option("--limit", type=click.IntRange(min=0), metavar="N", help="At most the first N actions."),
        click.option("--except", "without", multiple=True, metavar="WORD", help="Leave these out."),
        click.option(
            "--only", multiple=True, metavar="WORD", help="Only these: a kind, an object's name, a pattern with *."
        ),
        click.option("--recreate", multiple=True, metavar="NAME", help="Create a missing object of this name again."),
        click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more."),
    ):
        function = option(function)
    return function


@sync.command("plan")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the plan to a file."
)
@report_option
@click.option("--full", is_flag=True, help="Show every member and every value.")
@click.option("--strict", is_flag=True, help="Exit with 4 where something is skipped, missing or in conflict.")
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
    limit: int | None,
    recreate: tuple[str, ...],
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Say what would be done, and why; nothing is written.

    \b
    jcad sync plan
    jcad sync plan --only "create user" --full
    jcad sync plan --out change-1234.json      # review it, then: jcad sync apply change-1234.json
    jcad sync plan --report change-1234.html --report change-1234.md

    Exit codes: 0 nothing to do, 2 changes pending, 4 with --strict where something needs a look.
    """
    from jcad.cli import documents
    from jcad.cli.plan_files import write_plan_file
    from jcad.cli.plans import needs_a_look, show_plan
    from jcad.cli.reports import Wanted
    from jcad.plan import select
    from jcad.runs import Choices, SyncRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    choices = Choices(recreate=frozenset(recreate))
    with SyncRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
        with output.err.status("reading JumpCloud and Active Directory"):
            plan = select(run.plan(), only=only, without=without, limit=limit)
        mention_unfinished(output, run.unfinished(), "sync apply")
    if out is not None:
        write_plan_file(out, plan)
        output.note(f"The plan is in {out}; `jcad sync apply {out}` carries it out.")
    wanted.plan(output, plan)
    show_plan(output, plan, full=full)
    output.document(documents.PLAN, documents.plan_json(plan))
    if strict and needs_a_look(plan):
        return ExitCode.FAILED
    return ExitCode.PENDING if plan.is_pending else ExitCode.OK


@sync.command("apply")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="[PLAN]", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--allow", multiple=True, metavar="LIMIT=N", shell_complete=_complete_limit, help="Raise a limit for this once."
)
@click.option("--second-writer", is_flag=True, help="Write although JumpCloud's own agent is active.")
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
    allow: tuple[str, ...],
    second_writer: bool,
    what_if: bool,
    resume: bool,
    report: tuple[Path, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    limit: int | None,
    recreate: tuple[str, ...],
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Plan, ask, and carry the plan out; or carry out a plan that was written with --out.

    \b
    jcad sync apply
    jcad sync apply change-1234.json --yes     # what was reviewed; an object that has changed since is a conflict
    jcad sync apply --allow creates=500
    jcad sync apply --report change-1234.html  # what was done, for the ticket
    jcad sync apply --resume                   # go on with a run that was interrupted

    Exit codes: 0 all as planned, 3 stopped by a guard with nothing written, 4 something failed or met a conflict.
    """
    from jcad.cli.plan_files import read_plan_file
    from jcad.cli.plans import count_line, show_plan
    from jcad.cli.reports import Wanted
    from jcad.plan import select
    from jcad.runs import Choices, SyncRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    choices = Choices(
        recreate=frozenset(recreate),
        allowances=dict(map(_allowance, allow)),
        second_writer=second_writer,
        what_if=what_if,
    )
    saved = read_plan_file(file) if file is not None else None
    with SyncRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
        carrying = Carrying(output, run, wanted, "sync apply")
        if resume:
            return carrying.resume()
        with output.err.status("reading JumpCloud and Active Directory"):
            whole = saved or run.plan()
        plan = select(whole, only=only, without=without, limit=limit)
        if not plan.is_pending:
            run.remember_members()
            wanted.plan(output, plan)
            output.line(count_line(plan), "bold")
            return carrying.nothing()
        run.guard(plan)
        if not yes:
            show_plan(output, plan, full=False)
            if not confirm(f"Carry out these {len(plan.actions)} changes on {plan.made_for.dc}?"):
                output.note("Nothing was written.", "bold")
                return ExitCode.ERROR
        return carrying.apply(plan)


@sync.command("explain")
@click.argument("name", shell_complete=_complete_name)
@json_option
@pass_invocation
def explain_command(invocation: Invocation, name: str, as_json: bool) -> int:
    """Say why a user or group is, or is not, synced.

    \b
    jcad sync explain "o'brien"
    jcad sync explain mary.jones@example.com
    jcad sync explain "Sales EMEA"
    """
    from jcad.adsync import explain
    from jcad.cli import documents
    from jcad.cli.plans import show_action, show_finding
    from jcad.runs import SyncRun

    output = invocation.use_json(as_json)
    with SyncRun.begin(invocation.workplace()) as run, output.err.status("reading JumpCloud and Active Directory"):
        found = explain(run.sync, name)
    for one in found:
        output.parts([(f"{one.noun} ", "dim"), (visible(one.name), "bold")])
        _fields(output, "JumpCloud", one.cloud.items())
        _fields(output, "Active Directory", one.directory.items())
        output.line(f"  {one.pair}; match: {one.match}")
        output.line(f"  why: {visible(one.reason)}")
        for action in one.actions:
            show_action(output, action, full=True)
        for finding in one.findings:
            show_finding(output, finding)
        if not one.actions:
            output.line("  nothing would be done", "dim")
        output.line()
    output.document(documents.EXPLANATION, documents.explanation_json(found))
    return ExitCode.OK


def _fields(output: Output, title: str, fields: Iterable[tuple[str, str]]) -> None:
    listed = list(fields)
    output.line(f"  {title}:" + ("" if listed else " nothing"))
    for name, value in listed:
        output.parts([(f"    {name:<15} ", "dim"), (quoted(value), "")])


def _allowance(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not equals or not number.isdecimal():
        raise click.BadParameter(f"{text!r} is not LIMIT=N, such as creates=500", param_hint="--allow")
    return name, int(number)
