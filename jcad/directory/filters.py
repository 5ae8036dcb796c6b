r"""LDAP filters that are built, never written: a value cannot become syntax. Pure.

    all_of(equals("objectCategory", "person"), equals("sAMAccountName", name))

What goes to the domain controller is the binary form (RFC 4511 4.5.1.7), in which a value is a counted string; the text form
(RFC 4515) is for logs and messages, with `*`, `(`, `)`, `\`, NUL and everything outside ASCII escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from jcad.directory.ber import OCTETS, sequence, tlv
from jcad.model import DistinguishedName, Sid

Value = str | bytes | int | UUID | Sid | DistinguishedName
"""What can be compared with: a GUID and a SID in their binary forms, a whole number (a flag too) as decimal text."""

BIT_AND: Final = "1.2.840.113556.1.4.803"
"""LDAP_MATCHING_RULE_BIT_AND (MS-ADTS 3.1.1.3.4.4.1)."""

IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
"""LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3): follows a chain of links."""

_ATTRIBUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)(?:;[A-Za-z0-9-]+)*\Z")
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"*()\\")


@dataclass(frozen=True, slots=True)
class Filter:
    """A search filter. `ber` is what is sent, `str()` what is shown."""

    ber: bytes
    text: str

    def __str__(self) -> str:
        return self.text

    def __and__(self, other: Filter) -> Filter:
        return all_of(self, other)

    def __or__(self, other: Filter) -> Filter:
        return any_of(self, other)

    def __invert__(self) -> Filter:
        return Filter(tlv(0xA2, self.ber), f"(!{self.text})")


def octets(value: Value) -> bytes:
    """The bytes that a value has on the wire."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, UUID):
        return value.bytes_le
    if isinstance(value, Sid):
        return value.to_bytes()
    if isinstance(value, bool):
        return b"TRUE" if value else b"FALSE"
    if isinstance(value, int):
        return str(int(value)).encode("ascii")
    return str(value).encode("utf-8")


def escape(value: Value) -> str:
    """A value as RFC 4515 writes it, spaces at its edges escaped so that they are seen: for messages only."""
    raw = octets(value)
    first, last = len(raw) - len(raw.lstrip(b" ")), len(raw.rstrip(b" "))
    return "".join(
        chr(octet) if octet in _PLAIN and first <= index < last else f"\\{octet:02x}" for index, octet in enumerate(raw)
    )


def equals(attribute: str, value: Value) -> Filter:
    """`(attribute=value)`, by the attribute's own rule (AD: case is ignored, on Windows accents too)."""
    return _comparison(0xA3, attribute, "=", value)


def at_least(attribute: str, value: Value) -> Filter:
    """`(attribute>=value)`."""
    return _comparison(0xA5, attribute, ">=", value)


def at_most(attribute: str, value: Value) -> Filter:
    """`(attribute<=value)`."""
    return _comparison(0xA6, attribute, "<=", value)


def present(attribute: str) -> Filter:
    """`(attribute=*)`: it has a value."""
    return Filter(tlv(0x87, _name(attribute)), f"({attribute}=*)")


def starts_with(attribute: str, prefix: Value) -> Filter:
    """`(attribute=prefix*)`. The prefix must not be empty."""
    raw = octets(prefix)
    if not raw:
        raise ValueError("a filter cannot look for an empty prefix; present() finds every value")
    encoded = sequence(tlv(OCTETS, _name(attribute)), sequence(tlv(0x80, raw)), tag=0xA4)
    return Filter(encoded, f"({attribute}={escape(prefix)}*)")


def has_bits(attribute: str, bits: int) -> Filter:
    """Every one of these bits is set."""
    return _extensible(attribute, BIT_AND, bits)


def in_chain(attribute: str, target: DistinguishedName) -> Filter:
    """The object links to the target through any number of steps: `in_chain("memberOf", group)` finds nested members."""
    return _extensible(attribute, IN_CHAIN, target)


def all_of(*filters: Filter) -> Filter:
    """Every one of the filters matches. With one filter it is that filter."""
    return _joined(0xA0, "&", filters)


def any_of(*filters: Filter) -> Filter:
    """At least one of the filters matches. With one filter it is that filter."""
    return _joined(0xA1, "|", filters)


def _joined(tag: int, sign: str, filters: tuple[Filter, ...]) -> Filter:
    if not filters:
        raise ValueError("a filter of no filters would match everything or nothing")
    if len(filters) == 1:
        return filters[0]
    return Filter(sequence(*(part.ber for part in filters), tag=tag), f"({sign}{''.join(map(str, filters))})")


def _comparison(tag: int, attribute: str, sign: str, value: Value) -> Filter:
    encoded = sequence(tlv(OCTETS, _name(attribute)), tlv(OCTETS, octets(value)), tag=tag)
    return Filter(encoded, f"({attribute}{sign}{escape(value)})")


def _extensible(attribute: str, rule: str, value: Value) -> Filter:
    parts = (tlv(0x81, rule.encode("ascii")), tlv(0x82, _name(attribute)), tlv(0x83, octets(value)))
    return Filter(sequence(*parts, tag=0xA9), f"({attribute}:{rule}:={escape(value)})")


def _name(attribute: str) -> bytes:
    if not _ATTRIBUTE.match(attribute):
        raise ValueError(f"{attribute!r} is no attribute name")
    return attribute.encode("ascii")


ANYTHING: Final = present("objectClass")
"""Every object has a class."""
