"""What scripts may ask of the module's objects: members of ADEntity, ADPropertyValueCollection, SecurityIdentifier.

Declared in the interpreter's table of types by `declare`, once. No I/O.
"""

from __future__ import annotations

from functools import cache

from jcad.errors import LabUnsupported
from jcad.lab.powershell.containers import Array
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import Value
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.windows import adtypes as ad
from jcad.lab.windows.adtypes import AdObject, DirectorySecurity, SecurityIdentifier, ValueCollection


@cache
def declare() -> None:
    """Tell the interpreter about the module's types."""
    textual(AdObject, lambda value, _spec, _invariant: str(value))
    textual(SecurityIdentifier, lambda value, _spec, _invariant: str(value.text))
    textual(DirectorySecurity, lambda value, _spec, _invariant: str(value))
    _declare_entity()
    _declare_sid()
    members_of(ad.VALUE_COLLECTION).property("Value", _collection_value)


def _declare_entity() -> None:
    entity = members_of(ad.AD_ENTITY)
    entity.method("Contains(string)", lambda value, name: value.has(name))
    entity.property("PropertyNames", lambda value: Array([member.name for member in value.extended.values()]))
    entity.property("PropertyCount", lambda value: len(value.extended), "int")


def _declare_sid() -> None:
    sid = members_of(ad.SECURITY_IDENTIFIER)
    sid.constructor("(string)", _parse_sid)
    sid.property("Value", lambda value: value.text, "string")
    sid.property("AccountDomainSid", _domain_of)
    sid.property("BinaryLength", lambda value: len(ad.sid_binary(value.text)), "int")
    sid.method("Translate(type)", _translate)
    sid.method("IsEqualDomainSid(System.Security.Principal.SecurityIdentifier)", _same_domain)


def _collection_value(value: ValueCollection) -> Value:
    """`.Value`: $null, the one value, or the values."""
    if not value:
        return None
    return value[0] if len(value) == 1 else Array(value)


def _parse_sid(text: str) -> SecurityIdentifier:
    try:
        ad.sid_binary(text)
    except ValueError:
        raise NetError.of(
            "System.ArgumentException", "Value was invalid.\r\nParameter name: sddlForm", ParamName="sddlForm"
        ) from None
    return SecurityIdentifier(text.upper())


def _domain_of(value: SecurityIdentifier) -> SecurityIdentifier | None:
    """The SID of the domain of a domain account (S-1-5-21-x-y-z-rid); $null for any other SID."""
    parts = value.text.split("-")
    is_account = parts[2:4] == ["5", "21"] and len(parts) >= 7
    return SecurityIdentifier("-".join(parts[:7])) if is_account else None


def _same_domain(value: SecurityIdentifier, other: SecurityIdentifier) -> bool:
    mine, theirs = _domain_of(value), _domain_of(other)
    return mine is not None and mine == theirs


def _translate(value: SecurityIdentifier, kind: object) -> Value:
    if kind is ad.SECURITY_IDENTIFIER:
        return value
    raise LabUnsupported(f"SecurityIdentifier.Translate([{kind}])")
