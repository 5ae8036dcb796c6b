"""Invocation information: `$MyInvocation`, and where an error record says that it came up.

Pure values, and the members through which a script reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import ArrayList, EnumValue, Int64, NetObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.syntax.nodes import Source

_WIDTH: Final = 69  # of the line that a position shows: 80, less what stands before and behind it
_BEFORE: Final = 12
_BEHIND: Final = 8
_BLANKS: Final = " \t\r\n;"


class InvocationInfo(NetObject):
    """The command, its arguments, and the text that called it: from `at` to `end` in `source`.

    Without a `source` it is nowhere: a whole script or a command that a client sent was called by no text. `shown` is the
    text of the command on the wire: its name, or the text of a script or script block.
    """

    __slots__ = ("at", "bound", "command", "end", "expects_input", "history", "name", "shown", "source", "unbound")
    net_type = net.define("System.Management.Automation.InvocationInfo")

    def __init__(  # noqa: PLR0913  - what an invocation consists of, by name
        self,
        command: Any,
        name: str,
        at: int,
        source: Source | None,
        *,
        end: int = 0,
        shown: str | None = None,
        history: int = 1,
        bound: Any = None,
        unbound: list[Any] | None = None,
        expects_input: bool = False,
    ) -> None:
        super().__init__()
        self.command = command
        self.name = name
        self.at = at
        self.end = at if source is None else _without_blanks(source.text, at, end)
        self.source = source
        self.shown = shown
        self.history = history
        self.bound = bound
        self.unbound = unbound or []
        self.expects_input = expects_input

    @property
    def line(self) -> str:
        """The script's line where the command was called, with its end."""
        if self.source is None:
            return ""
        begin, end = self._line_bounds()
        return self.source.text[begin : end + 1]

    def _line_bounds(self) -> tuple[int, int]:
        text = "" if self.source is None else self.source.text
        end = text.find("\n", self.at)
        return text.rfind("\n", 0, self.at) + 1, end if end >= 0 else len(text)

    @property
    def line_number(self) -> int:
        """That line's number, from 1; 0 where it is nowhere."""
        return 0 if self.source is None else self.source.line_of(self.at)

    @property
    def offset(self) -> int:
        """The column in that line, from 1; 0 where it is nowhere."""
        return 0 if self.source is None else self.at - self._line_bounds()[0] + 1

    def narrow(self, at: int, end: int) -> None:
        """Let it stand at a part of the call: at one of its parameters or arguments."""
        self.at = at
        self.end = at if self.source is None else _without_blanks(self.source.text, at, end)

    @property
    def statement(self) -> str:
        """The text that called it."""
        return "" if self.source is None else self.source.text[self.at : self.end]

    @property
    def position(self) -> str:
        """The position as a message shows it: the line, shortened around the place, and a line of tildes under it."""
        if self.source is None:
            return ""
        begin, end = self._line_bounds()
        line = self.source.text[begin:end].rstrip()
        column = self.at - begin
        length = min(self.end, begin + len(line)) - self.at
        head = f"At line:{self.line_number} char:{column + 1}"
        return f"{head}\n{marked(line, column, length)}"


def marked(line: str, column: int, length: int) -> str:
    """A line with tildes under `length` characters from `column` (from 0) on; a long one is cut on both sides."""
    before, marks = line[:column].replace("\t", "    "), line[column : column + length].replace("\t", "    ")
    behind = line[column + length :].replace("\t", "    ")
    line, column, length = before + marks + behind, len(before), len(marks)
    left = right = False
    if len(line) > _WIDTH:
        line, column, length, left, right = _shortened(line, column, length)
    shown = f"{'… ' if left else ''}{line}{' …' if right else ''}"
    return f"+ {shown}\n+ {' ' * (column + (2 if left else 0))}{'~' * max(1, length)}"


def _shortened(line: str, column: int, length: int) -> tuple[str, int, int, bool, bool]:
    """The part of a long line around the marks: room is first given to what stands before them."""
    prefix, behind = min(column, _BEFORE), len(line) - length - column
    suffix = min(behind, _BEHIND)
    room = _WIDTH - prefix - length - suffix
    if room <= 0:
        length = min(length, _WIDTH - prefix)
        cut = True
    else:
        more = min(column - prefix, room)
        prefix += more
        suffix += min(behind - suffix, room - more)
        cut = suffix < behind
    begin = column - prefix
    length = min(length, _WIDTH - prefix)
    return line[begin : begin + _WIDTH], prefix, length, prefix < column, cut


def _without_blanks(text: str, at: int, end: int) -> int:
    """The end of the text from `at` on, without blanks and a semicolon behind it."""
    end = min(end, len(text))
    while end > at + 1 and text[end - 1] in _BLANKS:
        end -= 1
    return max(end, at)


def _lacking(name: str) -> Callable[[Any], Any]:
    def refuse(_value: Any) -> Any:
        raise LabUnsupported(name)

    return refuse


def _is_outermost(invocation: InvocationInfo) -> bool:
    """Whether it is of what the client sent: called by no text."""
    return invocation.source is None


def _origin(invocation: InvocationInfo) -> EnumValue:
    return EnumValue(enums.COMMAND_ORIGIN, 0 if _is_outermost(invocation) else 1)


def _in_pipeline(name: str) -> Callable[[Any], int]:
    """Length and position of a pipeline: known of a script that was sent alone."""

    def count(invocation: InvocationInfo) -> int:
        if not _is_outermost(invocation):
            raise LabUnsupported(name)
        return 1

    return count


def declare() -> None:
    """Give invocation information its members, once, when the interpreter is loaded."""
    members = members_of(InvocationInfo.net_type)
    members.property("MyCommand", lambda i: i.command)
    members.property("BoundParameters", lambda i: i.bound)
    members.property("UnboundArguments", lambda i: ArrayList(i.unbound))
    members.property("InvocationName", lambda i: i.name, "string")
    members.property("Line", lambda i: i.line, "string")
    members.property("Statement", lambda i: i.statement, "string")
    members.property("ScriptLineNumber", lambda i: i.line_number, "int")
    members.property("OffsetInLine", lambda i: i.offset, "int")
    members.property("HistoryId", lambda i: Int64(i.history))
    members.property("CommandOrigin", _origin)
    for name in ("PipelineLength", "PipelinePosition"):
        members.property(name, _in_pipeline(f"$MyInvocation.{name}"), "int")
    for name in ("DisplayScriptPosition",):
        members.property(name, _lacking(f"$MyInvocation.{name}"))
    members.property("ScriptName", lambda _i: "", "string")
    members.property("PSScriptRoot", lambda _i: "", "string")
    members.property("PSCommandPath", lambda _i: None)
    members.property("ExpectingInput", lambda i: i.expects_input, "bool")
    members.property("PositionMessage", lambda i: i.position, "string")
