"""Select-String over text that is piped in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetError, NetException
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.regex import objects as regexes
from jcad.lab.powershell.regex.translate import IGNORE_CASE
from jcad.lab.powershell.types.regexes import escape
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import Array, NetObject, array_from, is_list

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Context

MATCH_INFO: Final = net.define("Microsoft.PowerShell.Commands.MatchInfo")


class MatchInfo(NetObject):
    """One line that matched."""

    __slots__ = ("fold", "line", "matches", "number", "pattern")
    net_type = MATCH_INFO

    def __init__(self, line: str, number: int, pattern: str, matches: list[Any], *, fold: bool) -> None:
        super().__init__()
        self.line, self.number, self.pattern = line, number, pattern
        self.matches, self.fold = matches, fold


_TABLE: Final = members_of(MATCH_INFO)
_TABLE.property("IgnoreCase", lambda self: self.fold, "bool")
_TABLE.property("LineNumber", lambda self: self.number, "int")
_TABLE.property("Line", lambda self: self.line, "string")
_TABLE.property("Filename", lambda _self: "InputStream", "string")
_TABLE.property("Path", lambda _self: "InputStream", "string")
_TABLE.property("Pattern", lambda self: self.pattern, "string")
_TABLE.property("Context", lambda _self: None)
_TABLE.property("Matches", lambda self: array_from(self.matches, regexes.MATCH))
_TABLE.method("ToString()", lambda self: self.line)
textual(MatchInfo, lambda value, _spec, _invariant: value.line)


@core("Select-String", unsupported="Path LiteralPath Context Encoding Include Exclude Culture")
class SelectString(Cmdlet):
    """Lines that match one of the patterns."""

    __slots__ = ("count", "done", "regexes")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.regexes: list[tuple[str, regexes.Regex]] = []
        self.count = 0
        self.done = False

    def begin(self) -> None:
        """Compile the patterns."""
        options = 0 if self.on("CaseSensitive") else IGNORE_CASE
        for pattern in self.bound.get("Pattern") or ():
            source = escape(to_text(pattern)) if self.on("SimpleMatch") else to_text(pattern)
            try:
                self.regexes.append((to_text(pattern), regexes.make_regex(source, options)))
            except NetError as error:
                message = f"The string {to_text(pattern)} is not a valid regular expression: {error.exception.message}"
                record = ErrorRecord(
                    NetException("System.ArgumentException", message, error.exception),
                    "InvalidRegex",
                    "InvalidArgument",
                )
                raise self.context.terminate(record) from None

    def process(self) -> None:
        """Search one object's text (a list's elements one by one)."""
        given = self.bound.get("InputObject")
        if given is None:
            return
        for item in given if is_list(given) else [given]:
            self.count += 1
            self._line(item.line if isinstance(item, MatchInfo) else to_text(item))

    def _line(self, line: str) -> None:
        if self.done:
            return
        for pattern, regex in self.regexes:
            found = regexes.find(regex, line)
            if found.success == self.on("NotMatch"):
                continue
            every = list(regexes.find_all(regex, line)) if self.on("AllMatches") else [found] if found.success else []
            self._report(line, pattern, every)
            return

    def _report(self, line: str, pattern: str, found: list[Any]) -> None:
        if self.on("Quiet"):
            self.done = True
            return
        shown: Any = (
            line if self.on("Raw") else MatchInfo(line, self.count, pattern, found, fold=not self.on("CaseSensitive"))
        )
        self.context.write(shown)

    def end(self) -> None:
        """-Quiet says whether anything matched."""
        if self.on("Quiet"):
            self.context.write(self.done)


__all__ = ["Array", "MatchInfo", "SelectString"]
