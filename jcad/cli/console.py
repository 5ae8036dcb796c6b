"""What people and programs see: the one module that prints. Names come from two directories, so nothing is trusted as markup.

People's output goes to stdout, progress and errors to stderr; with `--json` stdout holds one document and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from jcad.errors import JcadError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NOT_SHOWN = {ord(char): f"\\x{ord(char):02x}" for char in map(chr, [*range(32), *range(127, 160)])}
_UNSEEN = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
_ESCAPES = _NOT_SHOWN | {code: f"\\u{code:04x}" for code in _UNSEEN}


def visible(text: str) -> str:
    """The text with control, direction, line-end and zero-width characters made visible: a name must not repaint a terminal."""
    shown = text.translate(_ESCAPES)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def quoted(value: str | None) -> str:
    """A value between quotes, or (none)."""
    return "(none)" if value is None else f'"{visible(value)}"'


class Output:
    """Where a command writes. `as_json` sends one document to stdout instead of text."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._documented = False

    @cached_property
    def out(self) -> Console:
        """Standard output, for people."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error."""
        return _console(stderr=True)

    def line(self, text: str = "", style: str = "") -> None:
        """One line for people; nothing with `--json`."""
        if not self.as_json:
            self.out.print(_text((text, style)))

    def parts(self, parts: Iterable[tuple[str, str]]) -> None:
        """One line made of (text, style) parts."""
        if not self.as_json:
            self.out.print(_text(*parts))

    def table(self, headers: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """A table for people; its cells are plain text."""
        if self.as_json:
            return
        from rich.table import Table

        table = Table(*headers, box=None, pad_edge=False, header_style="bold", show_edge=False)
        for row in rows:
            table.add_row(*(_text((visible(cell), "")) for cell in row))
        self.out.print(table)

    def document(self, schema: str, content: Mapping[str, Any]) -> None:
        """The one document of `--json`; a second one is never written."""
        if self.as_json and not self._documented:
            self._documented = True
            text = json.dumps({"schema": schema, **content}, ensure_ascii=False, indent=2)
            sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
            sys.stdout.flush()

    def raw(self, text: str) -> None:
        """Text as it is, to stdout: a script, a file, a completion."""
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def note(self, text: str, style: str = "dim") -> None:
        """A remark, to stderr."""
        self.err.print(_text((visible(text), style)))

    def error(self, error: JcadError) -> None:
        """What stopped the command, and what to do."""
        self.document("jcad.error/1", {"error": type(error).__name__, "message": error.message, "hint": error.hint})
        lines = [visible(line) for line in error.message.split("\n")]
        self.err.print(_text(("jcad: ", "bold red"), ("\n      ".join(lines), "")))
        if error.hint:
            self.err.print(_text(("  ->  ", "bold"), (visible(error.hint), "")))


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def _text(*parts: tuple[str, str]) -> Text:
    from rich.text import Text

    return Text.assemble(*parts)


def confirm(question: str) -> bool:
    """Ask a yes-or-no question on the terminal; no answer is no."""
    return click.confirm(question, default=False, err=True)


def ask_secret(what: str) -> str:
    """Ask for a secret on the terminal, without showing it. Raises click.Abort."""
    answer: str = click.prompt(what, hide_input=True, err=True)
    return answer
