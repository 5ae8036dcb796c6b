"""Whether the attributes that a mapping names are there, are of users, and take what its rules write. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jcad.adsync.mapping import Rule, rules_of
from jcad.model.user_schema import Syntax, UserSchema
from jcad.settings import MappingEntry, ValueType

_EVERYWHERE: Final = frozenset({"givenname", "sn", "mail", "displayname"})
"""Texts that users have in every domain: a mapping of these alone needs no look at the schema."""

_SYNTAXES: Final[Mapping[ValueType, Syntax]] = {
    ValueType.TEXT: Syntax.TEXT,
    ValueType.MULTI: Syntax.TEXT,
    ValueType.INTEGER: Syntax.INTEGER,
    ValueType.BOOLEAN: Syntax.BOOLEAN,
    ValueType.DN: Syntax.DN,
}
_TYPES: Final = {
    Syntax.TEXT: ValueType.TEXT,
    Syntax.INTEGER: ValueType.INTEGER,
    Syntax.BOOLEAN: ValueType.BOOLEAN,
    Syntax.DN: ValueType.DN,
}

Entries = Mapping[str, Iterable[MappingEntry]]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A rule that cannot work in this domain: its field, its attribute, and why, with what to write instead."""

    field: str
    attribute: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field} -> {self.attribute}: {self.reason}"


def doubtful(entries: Entries) -> tuple[str, ...]:
    """The attributes of the mapping that must be looked up in the schema, sorted."""
    rules = (rule for _, rule in _rules(entries))
    return tuple(
        sorted({rule.to for rule in rules if rule.attribute not in _EVERYWHERE or rule.type is not ValueType.TEXT})
    )


def misfits(entries: Entries, schema: UserSchema) -> tuple[Misfit, ...]:
    """The rules that cannot work, in the order of the settings. `schema` knows at least the doubtful attributes."""
    looked_up = {name.lower() for name in doubtful(entries)}
    return tuple(
        Misfit(field, rule.to, reason)
        for field, rule in _rules(entries)
        if rule.attribute in looked_up and (reason := _misfit(rule, schema))
    )


def _rules(entries: Entries) -> Iterator[tuple[str, Rule]]:
    for field, listed in entries.items():
        yield from ((field, rule) for rule in rules_of({field: listed}, ""))


def _misfit(rule: Rule, schema: UserSchema) -> str:
    near = schema.near(rule.to)
    meant = f"; did you mean {near}?" if near else ""
    found = schema.attribute(rule.to)
    if found is None:
        return f"the schema has no such attribute{meant}"
    if not schema.allows(rule.to):
        return f"the schema has it, but not for users{meant}"
    if found.kept:
        return f"it cannot be written: {found.kept}"
    if found.syntax is not _SYNTAXES[rule.type]:
        fitting = _TYPES.get(found.syntax)
        instead = f'; write type = "{fitting}"' if fitting else "; no type of a mapping fits"
        return f'type = "{rule.type}" does not fit, its values are {found.syntax}{instead}'
    if rule.type is ValueType.MULTI and found.single:
        return 'type = "multi" does not fit, it takes one value; write type = "text"'
    return ""
