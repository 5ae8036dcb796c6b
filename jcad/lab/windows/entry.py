"""An entry of the directory together with its schema: attribute values by name, as bytes, text, number or typed value. Pure."""

from __future__ import annotations

from jcad.lab.powershell.members import Value
from jcad.lab.windows.ldap import Entry
from jcad.lab.windows.schema import AttributeType, Schema, Syntax
from jcad.lab.windows.syntaxes import decode, decode_all


class DirectoryEntryView:
    """One object as it was read. Attribute names ignore case."""

    __slots__ = ("_schema", "_values", "dn")

    def __init__(self, entry: Entry, schema: Schema) -> None:
        self.dn = entry.dn
        self._schema = schema
        self._values = {name.lower(): (name, values) for name, values in entry.attributes.items()}

    def names(self) -> list[str]:
        """The attributes that hold a value, as the schema spells them."""
        return [self._type(name).name for name, values in self._values.values() if values]

    def bytes(self, name: str) -> tuple[bytes, ...]:
        """The values as they came."""
        return self._values.get(name.lower(), ("", ()))[1]

    def has(self, name: str) -> bool:
        """Whether the attribute holds a value."""
        return bool(self.bytes(name))

    def text(self, name: str) -> str | None:
        """The first value as text."""
        values = self.bytes(name)
        return values[0].decode("utf-8", "replace") if values else None

    def number(self, name: str) -> int | None:
        """The first value as a number."""
        values = self.bytes(name)
        return int(values[0]) if values else None

    def first(self, name: str) -> Value:
        """The first value, typed by the schema; None where there is none."""
        values = self.bytes(name)
        return decode(self._type(name), values[0]) if values else None

    def typed(self, name: str) -> Value:
        """The value or the collection of values, as the schema says."""
        return decode_all(self._type(name), self.bytes(name))

    def _type(self, name: str) -> AttributeType:
        return self._schema.get(name) or AttributeType(name, Syntax.TEXT, single=False, constructed=False)
