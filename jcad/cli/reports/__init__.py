"""Plans and runs as documents, for a change ticket: Markdown and one self-contained HTML page."""

from jcad.cli.reports.content import Report, plan_report, results_of, run_report
from jcad.cli.reports.files import require_place, require_writable, write_reports, write_whole
from jcad.cli.reports.html import html
from jcad.cli.reports.markdown import markdown
from jcad.cli.reports.wanted import Wanted

__all__ = [
    "Report",
    "Wanted",
    "html",
    "markdown",
    "plan_report",
    "require_place",
    "require_writable",
    "results_of",
    "run_report",
    "write_reports",
    "write_whole",
]
