"""What the directory's schema says of an attribute: its syntax, single or multi-valued, constructed, its length.

Read once over LDAP and kept by the host: the module asks the schema too, to know a value's type and to refuse a misspelt
attribute. Touches the network through the connection that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from jcad.lab.windows import filters
from jcad.lab.windows.connection import Connection
from jcad.lab.windows.ldap import Entry, Scope
from jcad.lab.windows.replication import number_of

_CONSTRUCTED: Final = 0x4
_PAGE: Final = 1000
_READ: Final = (
    *("lDAPDisplayName", "attributeSyntax", "oMSyntax", "isSingleValued", "systemFlags", "rangeUpper"),
    *("attributeID", "msDS-IntId", "linkID"),
)


class Syntax(Enum):
    """How an attribute's values are written on the wire (MS-ADTS 3.1.1.2.2.2)."""

    TEXT = "text"
    DN = "dn"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    LARGE_INTEGER = "large integer"
    OCTETS = "octets"
    SID = "sid"
    DESCRIPTOR = "security descriptor"
    UTC_TIME = "utc time"
    GENERALIZED_TIME = "generalized time"
    OID = "object identifier"


_BY_OID: Final[Mapping[str, Syntax]] = {
    "2.5.5.1": Syntax.DN,
    "2.5.5.2": Syntax.OID,
    "2.5.5.8": Syntax.BOOLEAN,
    "2.5.5.9": Syntax.INTEGER,
    "2.5.5.10": Syntax.OCTETS,
    "2.5.5.15": Syntax.DESCRIPTOR,
    "2.5.5.16": Syntax.LARGE_INTEGER,
    "2.5.5.17": Syntax.SID,
}


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute of the schema. `longest` is its rangeUpper, None where it has none.

    `number` stands for it in replPropertyMetaData, None where that is not known; `forward_link` says that its values are links
    with stamps of their own.
    """

    name: str
    syntax: Syntax
    single: bool
    constructed: bool
    longest: int | None = None
    number: int | None = None
    forward_link: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """Every attribute that the directory knows, by its name in lower case."""

    attributes: Mapping[str, AttributeType] = field(default_factory=dict)

    def numbered(self) -> dict[int, AttributeType]:
        """The attributes by the number that stands for them in replPropertyMetaData."""
        return {one.number: one for one in self.attributes.values() if one.number is not None}

    def get(self, name: str) -> AttributeType | None:
        """The attribute of that LDAP display name, ignoring case; None where the directory has none."""
        return self.attributes.get(name.lower())

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Schema:
        """Build from attributeSchema objects."""
        read = (_read(entry) for entry in entries)
        return cls({attribute.name.lower(): attribute for attribute in read})

    @classmethod
    def load(cls, connection: Connection, naming_context: str) -> Schema:
        """Read the schema from the domain controller (about 1,500 attributes; a quarter of a second)."""
        return cls.of(
            connection.search(
                naming_context,
                Scope.ONE_LEVEL,
                filters.equals("objectClass", "attributeSchema"),
                _READ,
                page=_PAGE,
            )
        )


def _read(entry: Entry) -> AttributeType:
    def one(name: str, default: str = "") -> str:
        values = entry.attributes.get(name)
        return values[0].decode() if values else default

    syntax = _BY_OID.get(one("attributeSyntax"), Syntax.TEXT)
    if one("attributeSyntax") == "2.5.5.11":
        syntax = Syntax.UTC_TIME if one("oMSyntax") == "23" else Syntax.GENERALIZED_TIME
    longest, internal, link = one("rangeUpper"), one("msDS-IntId"), one("linkID")
    return AttributeType(
        one("lDAPDisplayName"),
        syntax,
        one("isSingleValued") == "TRUE",
        bool(int(one("systemFlags", "0")) & _CONSTRUCTED),
        int(longest) if longest else None,
        number_of(one("attributeID"), int(internal) if internal else None) if one("attributeID") else None,
        bool(link) and int(link) % 2 == 0,
    )
