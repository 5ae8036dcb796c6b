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
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
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
_SCOPE_BITS: Final = {"domainlocal": 4, "global": 2, "universal": 8, "0": 4, "1": 2, "2": 8}
_CATEGORIES: Final = {"distribution": False, "security": True, "0": False, "1": True}
_NOTHING: Final = filters.negated(filters.ANYTHING)
_STORED: Final = {"Created": "whenCreated", "Modified": "whenChanged"}
"""Properties that are shown by a computed attribute and searched by the stored one of the same time."""


@dataclass(frozen=True, slots=True)
class Translation:
    """How the expressions of one cmdlet are translated. `variable` gives the value of a caller's variable."""

    kind: ObjectClass
    schema: Schema
    variable: Callable[[Variable], Any]

    def of(self, expression: Expression) -> bytes:
        """The LDAP filter. Raises AdFailure where the module would refuse."""
        return self._known(expression, True) if self._is_undefined(expression) else self._plain(expression)

    def _plain(self, expression: Expression) -> bytes:
        match expression:
            case Everything():
                return filters.ANYTHING
            case Not(inner):
                return filters.negated(self._plain(inner))
            case Both(left, right):
                return filters.every(self._plain(left), self._plain(right))
            case Either(left, right):
                return filters.some(self._plain(left), self._plain(right))
            case Comparison():
                return self._comparison(expression)

    def _is_undefined(self, expression: Expression) -> bool:
        """Whether a part of it is neither true nor false of any object."""
        match expression:
            case Everything():
                return False
            case Not(inner):
                return self._is_undefined(inner)
            case Both(left, right) | Either(left, right):
                return self._is_undefined(left) or self._is_undefined(right)
            case Comparison():
                return self._is_part_of_dn(expression)

    def _known(self, expression: Expression, wanted: bool) -> bytes:
        """What finds the objects of which an expression with undefined parts is known to be so (MS-ADTS 3.1.1.3.1.3.1)."""
        match expression:
            case Not(inner):
                return self._known(inner, not wanted)
            case Both(left, right):
                both = filters.every if wanted else filters.some
                return both(self._known(left, wanted), self._known(right, wanted))
            case Either(left, right):
                either = filters.some if wanted else filters.every
                return either(self._known(left, wanted), self._known(right, wanted))
        if self._is_undefined(expression):
            return _NOTHING
        found = self._plain(expression)
        return found if wanted else filters.negated(found)

    def _is_part_of_dn(self, comparison: Comparison) -> bool:
        """A wildcard in a distinguished name: its syntax has no substrings, so a domain controller finds nothing by it."""
        if comparison.operator not in {"like", "notlike"}:
            return False
        attribute = self.schema.get(self._attribute(comparison.name))
        value = self._value(comparison)
        is_dn = attribute is not None and attribute.syntax is Syntax.DN
        return is_dn and isinstance(value, str) and "*" in value and bool(value.strip("*"))

    def _value(self, comparison: Comparison) -> Any:
        value = comparison.value
        return base_of(value.value if isinstance(value, Literal) else self.variable(value))

    def _attribute(self, name: str) -> str:
        """The attribute that a property stands for in a filter."""
        known = self.kind.properties.get(name.lower())
        if known is None:
            return name
        return _STORED.get(known.name) or known.attribute or name

    def _comparison(self, comparison: Comparison) -> bytes:
        plain = self._value(comparison)
        known = self.kind.properties.get(comparison.name.lower())
        if known is not None and known.attribute is None:
            return self._special(known, comparison.operator, plain)
        if known is not None and known.bit:
            return _flag(known, comparison.operator, plain)
        name = self._attribute(comparison.name)
        attribute = self.schema.get(name)
        if attribute is not None and attribute.constructed:
            raise failures.constructed_attribute()
        if known is not None and comparison.operator not in {"like", "notlike"}:
            plain = _moment(known, plain)
        return _compare(name, attribute, comparison.operator, plain)

    @staticmethod
    def _special(known: Property, operator: str, value: Any) -> bytes:
        text = str(value).lower()
        if operator in {"eq", "ne"}:
            if known.name == "GroupScope" and text in _SCOPE_BITS:
                return _bit("groupType", _SCOPE_BITS[text], operator == "eq")
            if known.name == "GroupCategory" and text in _CATEGORIES:
                return _bit("groupType", _SECURITY, _CATEGORIES[text] is (operator == "eq"))
            if known.name == "LockedOut":  # by lockoutTime, as Search-ADAccount does; unverified on Windows
                locked = filters.at_least("lockoutTime", "1")
                return locked if _is_on(value) is (operator == "eq") else filters.negated(locked)
        raise LabUnsupported(f"-{operator} on the property {known.name} in a -Filter")


def _bit(attribute: str, bit: int, on: bool) -> bytes:
    matched = filters.matching(attribute, filters.BIT_AND, str(bit))
    return matched if on else filters.negated(matched)


def _is_on(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in _TRUE


def _flag(known: Property, operator: str, value: Any) -> bytes:
    """A flag of userAccountControl, which every account has: `-like '*'` finds all of them."""
    if operator in {"like", "notlike"}:
        if value == "*":
            present = filters.present(UAC)
            return present if operator == "like" else filters.negated(present)
        operator = "eq" if operator == "like" else "ne"
    if operator not in {"eq", "ne"} or "*" in str(value):
        raise LabUnsupported(f"-{operator} on {known.name} in a -Filter")
    return _bit(UAC, known.bit, (_is_on(value) is not known.inverted) is (operator == "eq"))


def _moment(known: Property, value: Any) -> Any:
    """A time as the attribute of a property holds it, where the property shows a time; a text is read as one."""
    if not known.is_time and known.name not in _STORED:
        return value
    moment = value
    if isinstance(value, str):
        try:
            moment = base_of(cast(value, net.DATETIME))
        except Failure as failure:
            raise LabUnsupported(f"the value {value!r} of {known.name} in a -Filter") from failure
    if not isinstance(moment, DateTime):
        return value
    return str(to_filetime(moment)) if known.is_time else moment


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
