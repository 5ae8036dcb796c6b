"""Where reports go: the form by the suffix, checked before anything else is done, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from jcad.cli.reports.content import Report
from jcad.cli.reports.html import html
from jcad.cli.reports.markdown import markdown
from jcad.errors import ReportError

RENDERERS: dict[str, Callable[[Report], str]] = {".html": html, ".htm": html, ".md": markdown, ".markdown": markdown}


def require_writable(paths: Iterable[Path]) -> None:
    """Raise ReportError for a path that no report can be written to, before a server is asked and anything is applied."""
    for path in paths:
        if path.suffix.lower() not in RENDERERS:
            raise ReportError(
                f"{path} has no form that a report can have. Nothing was done.",
                hint=f"Let its name end in {' or '.join(sorted(RENDERERS))}.",
            )
        require_place(path)


def require_place(path: Path) -> None:
    """Raise ReportError where no file of this name can be written."""
    try:
        with contextlib.suppress(FileNotFoundError):
            path.lstat()  # what no file can be called, a name that is too long
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(0, "it may not be overwritten")
        beside = _beside(path)
        beside.touch(exist_ok=False)
        beside.unlink()
    except (OSError, ValueError) as error:
        raise ReportError(
            f"{path} cannot be written: {_why(error)}. Nothing was done.", hint="Choose another folder or name."
        ) from error


def write_reports(paths: Sequence[Path], report: Report, *, hint: str | None = None) -> None:
    """Write a report to each path, in the form of its suffix. Raises ReportError; `hint` says how to get it after all."""
    for path in paths:
        write_whole(path, RENDERERS[path.suffix.lower()](report).encode("utf-8"), hint=hint)


def write_whole(path: Path, content: bytes, *, hint: str | None = None) -> None:
    """Write a file beside its place and move it there: what was there before stays until the new one is whole."""
    beside = _beside(path)
    try:
        with beside.open("xb") as file:
            file.write(content)
        beside.replace(path)
    except OSError as error:
        raise ReportError(f"{path} could not be written: {_why(error)}", hint=hint) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.parent / f".jcad-{secrets.token_hex(6)}.tmp"


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
