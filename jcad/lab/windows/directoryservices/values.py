"""Attribute values between the wire and a DirectoryEntry or a SearchResult: SIDs and GUIDs are byte arrays here. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from jcad.errors import LabUnsupported
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import Value
from jcad.lab.windows.adtypes import byte_array
from jcad.lab.windows.schema import AttributeType, Syntax
from jcad.lab.windows.syntaxes import decode, encode

_BINARY = frozenset({Syntax.OCTETS, Syntax.SID, Syntax.DESCRIPTOR})


def read_values(attribute: AttributeType, values: Iterable[bytes]) -> list[Value]:
    """The values as ADSI hands them out; a large integer as a number, as a search does."""
    if attribute.syntax in _BINARY:
        return [byte_array(value) for value in values]
    return [decode(attribute, value) for value in values]


def write_values(attribute: AttributeType, values: Iterable[Value]) -> tuple[bytes, ...]:
    """The values for the wire. Raises NetError where one cannot be of that syntax."""
    if attribute.syntax is Syntax.DESCRIPTOR:
        raise LabUnsupported("nTSecurityDescriptor among a DirectoryEntry's Properties (ObjectSecurity is)")
    try:
        return tuple(encode(attribute, value) for value in values)
    except ValueError as error:
        raise NetError.of("System.ArgumentException", f"The value of {attribute.name} is not valid.") from error
