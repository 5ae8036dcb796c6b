"""ConvertTo-Json and ConvertFrom-Json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.json_text import SCALARS, BadJson, Reader, Writer
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types.uris import Uri
from jcad.lab.powershell.values import Array

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Context

SCALARS[Uri] = lambda value: value.original


@core("ConvertTo-Json", untyped="EscapeHandling")
class ConvertToJson(Cmdlet):
    """All input becomes one document: a single object itself, several an array."""

    __slots__ = ("items",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.items: list[Any] = []

    def process(self) -> None:
        """Keep the object."""
        self.items.append(self.bound.get("InputObject"))

    def end(self) -> None:
        """Write the document."""
        if not self.items:
            return
        depth = self.bound.get("Depth", 2)
        if not 0 <= depth <= 100:
            raise LabUnsupported(f"ConvertTo-Json -Depth {depth}")
        whole = Array(self.items) if len(self.items) > 1 or self.on("AsArray") else self.items[0]
        escape = to_text(self.bound.get("EscapeHandling", "Default"))
        writer = Writer(depth, self.on("Compress"), self.on("EnumsAsStrings"), escape)
        text = writer.write(whole)
        if writer.truncated and not is_desktop():
            self.context.warning(f"Resulting JSON is truncated as serialization has exceeded the set depth of {depth}.")
        self.context.write(text)


@core("ConvertFrom-Json", untyped="DateKind")
class ConvertFromJson(Cmdlet):
    """One text is one document; of several each is one if the first is, otherwise they are lines of one."""

    __slots__ = ("texts",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.texts: list[str] = []

    def process(self) -> None:
        """Keep the text."""
        self.texts.append(self.bound["InputObject"])

    def end(self) -> None:
        """Read the documents."""
        if not self.texts:
            return
        if len(self.texts) > 1 and self._first_is_whole():
            for text in self.texts:
                self._convert(text)
        else:
            self._convert("\n".join(self.texts))

    def _first_is_whole(self) -> bool:
        first = self.texts[0]
        if not first.strip():
            return False
        try:
            self._reader(first).read()
        except BadJson:
            return False
        opened = first.count("{") + first.count("["), first.count("}") + first.count("]")
        return opened[0] == opened[1]

    def _reader(self, text: str) -> Reader:
        dates = to_text(self.bound.get("DateKind", "Default"))
        return Reader(text, as_table=self.on("AsHashtable"), depth=self.bound.get("Depth", 1024), dates=dates)

    def _convert(self, text: str) -> None:
        if not text.strip():
            return
        try:
            value = self._reader(text).read()
        except BadJson as error:
            raise self.context.terminate(self._record(error, text)) from None
        if isinstance(value, Array) and not self.on("NoEnumerate") and not is_desktop():
            for item in value:
                self.context.write(item)
        else:
            self.context.write(value)

    @staticmethod
    def _record(error: BadJson, text: str) -> ErrorRecord:
        del text
        if error.error_id:
            return ErrorRecord(
                NetException("System.InvalidOperationException", str(error)), error.error_id, "InvalidOperation"
            )
        return ErrorRecord(
            NetException("System.ArgumentException", str(error)), "System.ArgumentException", "NotSpecified"
        )
