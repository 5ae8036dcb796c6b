"""`--report FILE`: the reports that it asks for. Paths are looked at before anything else is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jcad import __version__
from jcad.cli.console import Output
from jcad.cli.reports.content import Report, plan_report, results_of, run_report
from jcad.cli.reports.files import require_writable, write_reports
from jcad.errors import JcadError
from jcad.model import RunRecord
from jcad.plan import Plan, RunReport, read_plan


@dataclass(frozen=True, slots=True)
class Wanted:
    """The reports that a command was asked for; none, mostly."""

    paths: tuple[Path, ...]

    @classmethod
    def to(cls, paths: tuple[Path, ...]) -> Wanted:
        """Take the paths of the command line. Raises ReportError for one that cannot be written."""
        require_writable(paths)
        return cls(paths)

    def plan(self, output: Output, plan: Plan) -> None:
        """Write what a plan would do. Raises ReportError."""
        self._write(output, lambda made: plan_report(plan, made=made))

    def run(self, output: Output, record: RunRecord, report: RunReport | None = None) -> None:
        """Write what a run did: by its journal, and by its `report` where it has just ended. Raises ReportError."""
        plan = read_plan(record.plan, source=f"run {record.id}")
        results = results_of(plan, record) if report is None else report.results
        stopped = "" if report is None or report.stopped is None else str(report.stopped)
        self._write(
            output,
            lambda made: run_report(plan, results, record, made=made, stopped=stopped),
            hint=f"The run is recorded: `jcad history {record.id} --report FILE` writes it once more.",
        )

    def run_quietly(self, output: Output, record: RunRecord, report: RunReport | None = None) -> None:
        """Do the same where something else has gone wrong already, which must not be hidden by a report's own trouble."""
        try:
            self.run(output, record, report)
        except JcadError as error:
            output.note(f"{error.message} {error.hint or ''}", "yellow")

    def _write(self, output: Output, make: Callable[[str], Report], *, hint: str | None = None) -> None:
        if not self.paths:
            return
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        write_reports(self.paths, make(f"Made by jcad {__version__} on {now}."), hint=hint)
        output.note(f"The report is in {', '.join(map(str, self.paths))}.")
