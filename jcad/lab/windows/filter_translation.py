"""From the expression of a `-Filter` to the LDAP filter that the module sends.

Which attribute a property is, how its values are written, and what an operator becomes. Pure but for the caller's variables,
which the given function reads. Source: about_ActiveDirectory_Filter; `-ne`, `-lt` and `-gt` match only objects that have
a value, `-notlike` also those that have none (public articles).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.values import DateTime, EnumValue, base_of
from jcad.lab.windows import failures, filters
from jcad.lab.windows.adtypes import to_filetime
from jcad.lab.windows.filter_language import Both, Comparison, Either, Everything, Expression, Literal, Not, Variable
from jcad.lab.windows.properties import UAC, ObjectClass, Property
from jcad.lab.windows.schema import AttributeType, Schema, Syntax
from jcad.lab.windows.syntaxes import encode

_HEX: Final = re.compile(rb"\\([0-9A-Fa-f]{2})")
_TRUE: Final = frozenset({"true", "1"})
_SECURITY: Final = 0x8000_0000
_SCOPE_BITS: Final = {"domainlocal": 4, "global": 2, "universal": 8}
_CATEGORIES: Final = frozenset({"security", "distribution"})


@dataclass(frozen=True, slots=True)
class Translation:
    """How the expressions of one cmdlet are translated. `variable` gives the value of a caller's variable."""

    kind: ObjectClass
    schema: Schema
    variable: Callable[[Variable], Any]

    def of(self, expression: Expression) -> bytes:
        """The LDAP filter. Raises AdFailure where the module would refuse."""
        match expression:
            case Everything():
                return filters.ANYTHING
            case Not(inner):
                return filters.negated(self.of(inner))
            case Both(left, right):
                return filters.every(self.of(left), self.of(right))
            case Either(left, right):
                return filters.some(self.of(left), self.of(right))
            case Comparison():
                return self._comparison(expression)

    def _comparison(self, comparison: Comparison) -> bytes:
        value = comparison.value
        plain = base_of(value.value if isinstance(value, Literal) else self.variable(value))
        known = self.kind.properties.get(comparison.name.lower())
        if known is not None and known.attribute is None:
            return self._special(known, comparison.operator, plain)
        if known is not None and known.bit:
            return _flag(known, comparison.operator, plain)
        name = known.attribute if known is not None and known.attribute else comparison.name
        attribute = self.schema.get(name)
        if attribute is not None and attribute.constructed:
            if known is not None:
                raise LabUnsupported(f"the property {known.name} in a -Filter")
            raise failures.constructed_attribute()
        return _compare(name, attribute, comparison.operator, _moment(known, plain))

    @staticmethod
    def _special(known: Property, operator: str, value: Any) -> bytes:
        text = str(value).lower()
        if known.name == "GroupScope" and operator in {"eq", "ne"} and text in _SCOPE_BITS:
            return _bit("groupType", _SCOPE_BITS[text], operator == "eq")
        if known.name == "GroupCategory" and operator in {"eq", "ne"} and text in _CATEGORIES:
            return _bit("groupType", _SECURITY, (text == "security") is (operator == "eq"))
        raise LabUnsupported(f"the property {known.name} in a -Filter")


def _bit(attribute: str, bit: int, on: bool) -> bytes:
    matched = filters.matching(attribute, filters.BIT_AND, str(bit))
    return matched if on else filters.negated(matched)


def _flag(known: Property, operator: str, value: Any) -> bytes:
    if operator not in {"eq", "ne"}:
        raise LabUnsupported(f"-{operator} on {known.name} in a -Filter")
    wanted = value if isinstance(value, bool) else str(value).lower() in _TRUE
    return _bit(UAC, known.bit, (wanted is not known.inverted) is (operator == "eq"))


def _moment(known: Property | None, value: Any) -> Any:
    """A time, in place of the FILETIME that a property of the module shows as one."""
    if known is None or not known.is_time or not isinstance(value, DateTime):
        return value
    return str(to_filetime(value))


_RULES: Final = {"bor": filters.BIT_OR, "band": filters.BIT_AND, "recursivematch": filters.IN_CHAIN}
_PLAIN: Final[dict[str, Callable[[str, bytes], bytes]]] = {
    "eq": filters.equals,
    "approx": filters.equals,  # a domain controller takes the one for the other (MS-ADTS 3.1.1.3.1.3.1); Samba refuses it
    "le": filters.at_most,
    "ge": filters.at_least,
}
_NEGATED: Final[dict[str, Callable[[str, bytes], bytes]]] = {
    "ne": filters.equals,
    "lt": filters.at_least,
    "gt": filters.at_most,
}


def _compare(name: str, attribute: AttributeType | None, operator: str, value: Any) -> bytes:
    if operator == "like":
        return _like(name, attribute, value)
    if operator == "notlike":
        return filters.negated(_like(name, attribute, value))
    written = _written(attribute, value)
    if operator in _RULES:
        return filters.matching(name, _RULES[operator], written)
    if operator in _PLAIN:
        return _PLAIN[operator](name, written)
    return _having(name, _NEGATED[operator](name, written))


def _having(name: str, unwanted: bytes) -> bytes:
    return filters.every(filters.present(name), filters.negated(unwanted))


def _like(name: str, attribute: AttributeType | None, value: Any) -> bytes:
    if not isinstance(value, str) or "*" not in value:
        return filters.equals(name, _written(attribute, value))
    if attribute is not None and attribute.syntax is not Syntax.TEXT and value.strip("*"):
        raise LabUnsupported(f"-like on {name}, which is no text, in a -Filter")
    return filters.substrings(name, [_unescaped(piece) for piece in value.split("*")])


def _written(attribute: AttributeType | None, value: Any) -> bytes:
    plain = _unescaped(value) if isinstance(value, str) else value
    if isinstance(plain, EnumValue) and attribute is not None and attribute.syntax is Syntax.TEXT:
        plain = str(plain)
    try:
        return encode(attribute, plain)
    except ValueError as error:
        raise LabUnsupported(f"the value {value!r} in a -Filter") from error


def _unescaped(text: str) -> str:
    r"""`\2a` stands for the byte of that value (about_ActiveDirectory_Filter); several make up one character of UTF-8."""
    if "\\" not in text:
        return text
    raw = _HEX.sub(lambda found: bytes((int(found[1], 16),)), text.encode())
    return raw.decode("utf-8", "surrogateescape")
