"""Carrying a plan out from the command line, whatever its feature: progress, Ctrl-C, how it ended, reports, the exit code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jcad.cli.console import Output
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.cli.reports import Wanted
    from jcad.model import RunRecord
    from jcad.plan import Plan, Result, RunReport
    from jcad.runs.frame import RunFrame


@dataclass(frozen=True, slots=True)
class Carrying:
    """Carries out what `command` (`sync apply`) was called for. Each method gives the exit code."""

    output: Output
    run: RunFrame
    wanted: Wanted
    command: str

    def apply(self, plan: Plan) -> int:
        """Carry a plan out."""
        from jcad.cli.progress import RunProgress

        with self._interruptible(), RunProgress(self.output.err) as progress:
            report = self.run.apply(plan, progress)
        return self._ended(report)

    def resume(self) -> int:
        """Go on with the run that ended early, if there is one."""
        from jcad.cli.progress import RunProgress

        record = self.run.unfinished()
        if record is None:
            self.output.line("There is no run to go on with: the last one came to its end.", "bold")
            return self.nothing()
        self.output.note(f"Going on with run {record.id} of {record.started_at}.")
        with self._interruptible(), RunProgress(self.output.err) as progress:
            report = self.run.resume(record, progress)
        return self._ended(report)

    def nothing(self) -> int:
        """There was nothing to carry out: the document of a run without results."""
        from jcad.cli import documents
        from jcad.plan import RunReport

        self.output.document(documents.RUN, documents.report_json(RunReport(run="", results=())))
        return ExitCode.OK

    def _ended(self, report: RunReport) -> int:
        from jcad.cli import documents
        from jcad.cli.plans import show_report, show_result

        output, wanted, journal = self.output, self.wanted, self.run.store.journal()
        what_if = self.run.choices.what_if
        if what_if:
            for result in _troubles(report):
                show_result(output, result)
            output.line(
                "Nothing was changed (--what-if): this proves that the objects are there, not that they may be written."
            )
        else:
            show_report(output, report)
        output.document(documents.RUN, documents.report_json(report))
        if report.stopped is not None:
            if wanted.paths:
                wanted.run_quietly(output, journal.load(report.run), report)
            raise report.stopped
        if wanted.paths:
            wanted.run(output, journal.load(report.run), report)
        return ExitCode.OK if report.succeeded or (what_if and not _troubles(report)) else ExitCode.FAILED

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Tell whoever presses Ctrl-C where the run stands."""
        from jcad.model import RunStatus

        try:
            yield
        except KeyboardInterrupt:
            self.output.note(
                f"What was done is recorded; `jcad {self.command} --resume` goes on with this run.", "bold yellow"
            )
            journal = self.run.store.journal()
            for last in journal.runs(1) if self.wanted.paths else ():
                if last.status is RunStatus.INTERRUPTED:
                    self.wanted.run_quietly(self.output, journal.load(last.id))
            raise


def _troubles(report: RunReport) -> list[Result]:
    """What a rehearsal met that would fail: what it skips is as it should be."""
    from jcad.model import Status

    return [result for result in report.results if result.outcome.status in {Status.FAILED, Status.CONFLICT}]


def mention_unfinished(output: Output, record: RunRecord | None, command: str) -> None:
    """Say that a run did not come to its end, and by which command it is gone on with."""
    if record is not None:
        output.note(
            f"Run {record.id} of {record.started_at} did not come to its end; `jcad {command} --resume` goes on with it.",
            "bold yellow",
        )
