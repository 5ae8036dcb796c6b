"""LDAP search filters as bytes (RFC 4511 4.5.1.7), from values or from the text of `-LDAPFilter` (RFC 4515). Pure."""

from __future__ import annotations

from sansldap import (
    FilterAnd,
    FilterApproxMatch,
    FilterEquality,
    FilterNot,
    FilterOptions,
    FilterOr,
    LDAPFilter,
    asn1,
)

from jcad.lab.windows import ber

BIT_AND = "1.2.840.113556.1.4.803"
BIT_OR = "1.2.840.113556.1.4.804"
IN_CHAIN = "1.2.840.113556.1.4.1941"


class FilterSyntaxError(ValueError):
    """The text is no LDAP filter."""


def equals(attribute: str, value: bytes | str) -> bytes:
    """`(attribute=value)`."""
    return ber.sequence(ber.octets(attribute), ber.octets(value), tag=0xA3)


def at_least(attribute: str, value: bytes | str) -> bytes:
    """`(attribute>=value)`."""
    return ber.sequence(ber.octets(attribute), ber.octets(value), tag=0xA5)


def at_most(attribute: str, value: bytes | str) -> bytes:
    """`(attribute<=value)`."""
    return ber.sequence(ber.octets(attribute), ber.octets(value), tag=0xA6)


def present(attribute: str) -> bytes:
    """`(attribute=*)`."""
    return ber.octets(attribute, 0x87)


def substrings(attribute: str, pieces: list[str]) -> bytes:
    """`(attribute=first*middle*last)`: the pieces between the stars; the first and the last may be empty."""
    first, *middle, last = pieces
    written = [ber.octets(first, 0x80)] if first else []
    written += [ber.octets(piece, 0x81) for piece in middle if piece]
    if last:
        written.append(ber.octets(last, 0x82))
    if not written:
        return present(attribute)
    return ber.sequence(ber.octets(attribute), ber.sequence(*written), tag=0xA4)


def matching(attribute: str, rule: str, value: bytes | str) -> bytes:
    """`(attribute:rule:=value)`."""
    return ber.sequence(ber.octets(rule, 0x81), ber.octets(attribute, 0x82), ber.octets(value, 0x83), tag=0xA9)


def every(*parts: bytes) -> bytes:
    """`(&...)`; a single part stands for itself."""
    return parts[0] if len(parts) == 1 else ber.sequence(*parts, tag=0xA0)


def some(*parts: bytes) -> bytes:
    """`(|...)`; a single part stands for itself."""
    return parts[0] if len(parts) == 1 else ber.sequence(*parts, tag=0xA1)


def negated(part: bytes) -> bytes:
    """`(!...)`."""
    return ber.sequence(part, tag=0xA2)


ANYTHING = present("objectClass")


def parse(text: str) -> bytes:
    """The filter of `-LDAPFilter`. Active Directory takes one without its outer parentheses as well (MS-ADTS 3.1.1.3.1.3.1).

    Raises FilterSyntaxError.
    """
    whole = text.strip()
    if not whole.startswith("("):
        whole = f"({whole})"
    try:
        parsed = LDAPFilter.from_string(whole)
    except ValueError as error:
        raise FilterSyntaxError(str(error)) from error
    with asn1.ASN1Writer() as writer:
        _exact(parsed).pack(writer, FilterOptions())
        return bytes(writer.get_data())


def _exact(filter_: LDAPFilter) -> LDAPFilter:
    """The filter with `~=` as `=`: a domain controller takes the one for the other (MS-ADTS 3.1.1.3.1.3.1), Samba does not."""
    if isinstance(filter_, FilterAnd):
        return FilterAnd(filters=[_exact(one) for one in filter_.filters])
    if isinstance(filter_, FilterOr):
        return FilterOr(filters=[_exact(one) for one in filter_.filters])
    if isinstance(filter_, FilterNot):
        return FilterNot(filter=_exact(filter_.filter))
    if isinstance(filter_, FilterApproxMatch):
        return FilterEquality(attribute=filter_.attribute, value=filter_.value)
    return filter_
