"""Get-History: the commands that a client asked to remember."""

from __future__ import annotations

from typing import Any

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import own
from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import Int64, NetObject


class HistoryInfo(NetObject):
    """One command of the history: its number, from 1, and its text."""

    __slots__ = ("identity", "text")
    net_type = net.define("Microsoft.PowerShell.Commands.HistoryInfo")

    def __init__(self, identity: int, text: str) -> None:
        super().__init__()
        self.identity = identity
        self.text = text


_MEMBERS = members_of(HistoryInfo.net_type)
_MEMBERS.property("Id", lambda entry: Int64(entry.identity))
_MEMBERS.property("CommandLine", lambda entry: entry.text, "string")
textual(HistoryInfo, lambda entry, _spec, _invariant: entry.text)


@own
@cmdlet(
    "Get-History",
    {
        "Id": parameter("System.Int64[]", "position 0, pipeline"),
        "Count": parameter("System.Int32", "position 1"),
    },
    module="Microsoft.PowerShell.Core",
)
class GetHistory(Cmdlet):
    """The commands that were run before this one, the oldest first."""

    def process(self) -> None:
        """Write them; those of the numbers given, or the last so many."""
        past: list[tuple[int, str]] = self.context.engine.past
        wanted: Any = self.bound.get("Id")
        if wanted:
            past = [entry for entry in past if entry[0] in {int(one) for one in wanted}]
        count = int(self.bound.get("Count") or 0)
        for identity, text in past[-count:]:
            self.context.write(HistoryInfo(identity, text))
