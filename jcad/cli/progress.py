"""Progress on stderr, for work that takes long; silent where nobody looks."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from jcad.cli.console import visible
from jcad.plan import Result


class RunProgress:
    """An Observer that draws a bar while a run is carried out."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None
        self._seen: set[str] = set()

    def planned(self, count: int) -> None:
        """Begin the bar."""
        self._task = self._progress.add_task("applying", total=count)

    def done(self, result: Result) -> None:
        """Advance the bar."""
        if self._task is not None and result.action.id not in self._seen:
            self._seen.add(result.action.id)
            description = visible(f"{result.action.kind} {result.action.name}")[:40].replace("[", "(")
            self._progress.update(self._task, advance=1, description=description)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
