"""What a forest's schema lets an account have: attributes of the class user, their syntax, who keeps them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Final


class Syntax(StrEnum):
    """What an attribute's values are, for people (MS-ADTS 3.1.1.2.2.2; several syntaxes of the schema are texts)."""

    TEXT = "text"
    INTEGER = "whole numbers"
    BOOLEAN = "TRUE or FALSE"
    DN = "distinguished names"
    OTHER = "neither texts, numbers, truth values nor distinguished names"


_SYNTAXES: Final = {
    "2.5.5.1": Syntax.DN,
    "2.5.5.3": Syntax.TEXT,
    "2.5.5.4": Syntax.TEXT,
    "2.5.5.5": Syntax.TEXT,
    "2.5.5.6": Syntax.TEXT,
    "2.5.5.8": Syntax.BOOLEAN,
    "2.5.5.9": Syntax.INTEGER,
    "2.5.5.12": Syntax.TEXT,
    "2.5.5.16": Syntax.INTEGER,
}
"""By attributeSyntax; octets, times, OIDs, SIDs and compound names are of no type that a mapping has."""


def syntax_of(oid: str) -> Syntax:
    """The syntax by its attributeSyntax."""
    return _SYNTAXES.get(oid, Syntax.OTHER)


@dataclass(frozen=True, slots=True)
class UserAttribute:
    """An attribute of the schema. `kept` is why nobody else can write it, or empty."""

    name: str
    syntax: Syntax
    single: bool
    kept: str = ""


@dataclass(frozen=True)
class UserSchema:
    """The attributes that were asked for, as far as the schema has them, and the names of all that a user may have."""

    attributes: tuple[UserAttribute, ...]
    allowed: tuple[str, ...]

    @cached_property
    def _by_name(self) -> dict[str, UserAttribute]:
        return {one.name.lower(): one for one in self.attributes}

    @cached_property
    def _allowed(self) -> dict[str, str]:
        return {name.lower(): name for name in self.allowed}

    def attribute(self, name: str) -> UserAttribute | None:
        """The attribute of this LDAP name (case ignored), or None where the schema has none."""
        return self._by_name.get(name.lower())

    def allows(self, name: str) -> bool:
        """Whether a user may have it."""
        return name.lower() in self._allowed

    def near(self, name: str) -> str | None:
        """The attribute of users whose name is most like this one, where one is alike."""
        found: Iterable[str] = get_close_matches(name.lower(), self._allowed, n=1, cutoff=0.7)
        return next((self._allowed[one] for one in found), None)
