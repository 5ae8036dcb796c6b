"""`jcad history`: past runs and their steps, from the journal. No server is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output
from jcad.cli.invocation import Invocation, json_option, pass_invocation, report_option
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.model import RunRecord


def _complete_run(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    invocation = Invocation()
    root = ctx.find_root().params
    invocation.config, invocation.profile = root.get("config"), root.get("profile")
    try:
        with invocation.workplace().open_store() as store:
            runs = store.journal().runs()
    except Exception:  # noqa: BLE001  - a shell that completes must never see an error
        return []
    return [
        click.shell_completion.CompletionItem(run.id, help=f"{run.started_at} {run.status.value}")
        for run in runs
        if run.id.startswith(incomplete)
    ]


@click.command()
@click.argument("run", required=False, shell_complete=_complete_run)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs.")
@report_option
@json_option
@pass_invocation
def history(invocation: Invocation, run: str | None, limit: int, report: tuple[Path, ...], as_json: bool) -> int:
    """List past runs, newest first; or show one with its steps.

    \b
    jcad history
    jcad history 12
    jcad history 12 --report change-1234.html
    """
    from jcad.cli import documents
    from jcad.cli.reports import Wanted

    output = invocation.use_json(as_json)
    if report and run is None:
        raise click.UsageError("--report needs the run that it is about: jcad history RUN --report FILE")
    wanted = Wanted.to(report)
    with invocation.workplace().open_store() as store:
        if run is not None:
            record = store.journal().load(run)
            _show_run(output, record)
            wanted.run(output, record)
            return ExitCode.OK
        runs = store.journal().runs(limit)
    if runs:
        output.table(
            ("run", "started", "ended", "status", "what", "by"),
            [
                (one.id, one.started_at, one.finished_at or "", one.status.value, one.feature, one.operator)
                for one in runs
            ],
        )
    else:
        output.line("No run yet.")
    output.document(documents.HISTORY, {"runs": [documents.run_json(one) for one in runs]})
    return ExitCode.OK


def _show_run(output: Output, record: RunRecord) -> None:
    from jcad.cli import documents
    from jcad.plan import read_plan

    plan = read_plan(record.plan, source=f"run {record.id}")
    output.line(
        f"Run {record.id} ({record.feature}), {record.status.value}, begun {record.started_at} by {record.operator}"
    )
    rows = []
    for action in plan.actions:
        step = record.steps.get(action.id)
        status = "not begun" if step is None else step.outcome.status.value if step.outcome else "unknown"
        reason = (step.outcome.reason or "") if step is not None and step.outcome is not None else ""
        rows.append((action.kind, action.name, action.scope, status, step.verdict if step else "", reason))
    output.table(("what", "object", "group", "outcome", "read back", ""), rows)
    output.document(documents.HISTORY, {"runs": [documents.run_json(record)]})
