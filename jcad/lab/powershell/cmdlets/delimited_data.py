"""ConvertTo-Csv, ConvertFrom-Csv and ConvertFrom-StringData."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jcad.lab.powershell import delimited
from jcad.lab.powershell.access import MISSING, get_property, property_names
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.objects import is_enumerable, net_text, to_text
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types.regexes import unescape
from jcad.lab.powershell.values import Dictionary, Hashtable, PSObject, custom_object, pstypenames, type_of

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Context
    from jcad.lab.powershell.values import Value


def delimiter_of(bound: dict[str, Any]) -> str:
    """The delimiter that was asked for; a comma otherwise."""
    given = bound.get("Delimiter")
    return "," if given is None else getattr(given, "text", str(given))


def field_text(value: Value) -> str | None:
    """A property's text in a field: None stays empty; a collection shows its type."""
    if value is None:
        return None
    base = value.base if type(value) is PSObject else value
    if is_enumerable(base) and not isinstance(base, str):
        return str(type_of(base))
    return base if isinstance(base, str) else to_text(base) if not isinstance(base, Dictionary) else net_text(base)


@core("ConvertTo-Csv", unsupported="UseCulture", untyped="UseQuotes")
class ConvertToCsv(Cmdlet):
    """The first object's properties are the columns."""

    __slots__ = ("names",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.names: list[str] | None = None

    def process(self) -> None:
        """One line an object."""
        item = self.bound.get("InputObject")
        if item is None:
            return
        if self.names is None:
            self.names = self._columns(item)
            if not self.on("NoHeader"):
                self._write(list(self.names))
        base = item.base if type(item) is PSObject else item
        values = []
        for name in self.names:
            found = base.get(name) if isinstance(base, Dictionary) else get_property(item, name)
            values.append(field_text(None if found is MISSING else found))
        self._write(values)

    def _columns(self, item: Value) -> list[str]:
        base = item.base if type(item) is PSObject else item
        types = self.on("IncludeTypeInformation") or (is_desktop() and not self.on("NoTypeInformation"))
        if types:
            self.context.write(f"#TYPE {pstypenames(item)[0]}")
        if isinstance(base, Dictionary) and not is_desktop():
            return [to_text(key) for key in base.keys()]  # noqa: SIM118  - a Dictionary is not iterable
        return property_names(item)

    def _write(self, fields: list[str | None]) -> None:
        chosen = {to_text(name).lower() for name in self.bound.get("QuoteFields") or ()}
        named = frozenset(place for place, name in enumerate(self.names or []) if name.lower() in chosen)
        quote = to_text(self.bound.get("UseQuotes", "Always"))
        self.context.write(delimited.line(fields, delimiter_of(self.bound), quote=quote, named=named))


@core("ConvertFrom-Csv", unsupported="UseCulture")
class ConvertFromCsv(Cmdlet):
    """Every row becomes an object with text properties."""

    __slots__ = ("lines",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.lines: list[str] = []

    def process(self) -> None:
        """Keep the text."""
        given = self.bound["InputObject"]
        self.lines += [to_text(item) for item in given] if isinstance(given, list) else [to_text(given)]

    def end(self) -> None:
        """Read the rows."""
        names: list[str] | None = None
        given = self.bound.get("Header")
        if given is not None:
            names = delimited.header([to_text(name) for name in given])
        kinds: list[str] = []
        for row in delimited.rows("\n".join(self.lines), delimiter_of(self.bound)):
            if row[0].startswith("#TYPE ") and names is None and not kinds:
                kinds = ["CSV:" + row[0][6:].strip()]
                continue
            if row[0].startswith("#") and names is None:
                continue
            if names is None:
                names = delimited.header(row)
                self._check(names)
                continue
            values = [*row, *([None] * len(names))]
            self.context.write(custom_object(zip(names, values, strict=False), *kinds))

    def _check(self, names: list[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name.lower() in seen:
                message = f'The member "{name}" is already present.'
                kind = "System.Management.Automation.ExtendedTypeSystemException"
                raise self.context.terminate(
                    ErrorRecord(NetException(kind, message), "AlreadyPresentPSMemberInfoInternalCollectionAdd")
                )
            seen.add(name.lower())


@core("ConvertFrom-StringData")
class ConvertFromStringData(Cmdlet):
    """Lines of `name = value` become a hashtable."""

    def process(self) -> None:
        """One hashtable a text."""
        table = Hashtable()
        delimiter = delimiter_of({"Delimiter": self.bound.get("Delimiter", "=")})
        for line in re.split(r"\r\n|\n|\r", self.bound["StringData"]):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            name, found, value = text.partition(delimiter)
            if not found:
                message = f"Data line '{text}' is not in 'name=value' format."
                kind = "System.Management.Automation.PSInvalidOperationException"
                raise self.context.terminate(
                    ErrorRecord(NetException(kind, message), "InvalidOperation", "InvalidOperation")
                )
            name = name.strip()
            if name in table:
                message = f"Data item '{name}' in line '{text}' is already defined."
                kind = "System.Management.Automation.PSInvalidOperationException"
                raise self.context.terminate(
                    ErrorRecord(NetException(kind, message), "InvalidOperation", "InvalidOperation")
                )
            table.set(name, unescape(value.strip()))
        self.context.write(table)
