"""The stamps of an object's attributes: replPropertyMetaData, and the numbers that stand for attributes in it. Pure.

Source: MS-DRSR, the vector of attribute stamps (as it is stored: a header of 16 bytes, entries of 48), and 5.16.4 (how an object
identifier becomes a number by the prefix table, and the prefixes that every directory starts with).
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Final

from jcad.lab.windows.adtypes import guid_of

_VERSION: Final = 1
_HEADER: Final = struct.Struct("<IIII")
_ENTRY: Final = struct.Struct("<IIQ16sQQ")
_UNSIGNED: Final = 0xFFFF_FFFF
_SHORT_ARC: Final = 16_384
_LONG_ARC: Final = 32_768

#: The prefix of an attribute's object identifier -> its index in the table that every directory starts with.
PREFIXES: Final = {
    "2.5.4": 0,
    "2.5.6": 1,
    "1.2.840.113556.1.2": 2,
    "1.2.840.113556.1.3": 3,
    "2.5.5": 8,
    "1.2.840.113556.1.4": 9,
    "1.2.840.113556.1.5": 10,
    "0.9.2342.19200300.100": 19,
    "2.16.840.1.113730.3": 20,
    "0.9.2342.19200300.100.1": 21,
    "2.16.840.1.113730.3.1": 22,
    "1.2.840.113556.1.5.7000": 23,
    "2.5.21": 24,
    "2.5.18": 25,
    "2.5.20": 26,
    "1.3.6.1.4.1.1466.101.119": 27,
    "2.16.840.1.113730.3.2": 28,
    "1.3.6.1.4.1.250.1": 29,
    "1.2.840.113549.1.9": 30,
    "0.9.2342.19200300.100.4": 31,
    "1.2.840.113556.1.6.23": 32,
    "1.2.840.113556.1.6.18.1": 33,
    "1.2.840.113556.1.6.18.2": 34,
    "1.2.840.113556.1.6.13.3": 35,
    "1.2.840.113556.1.6.13.4": 36,
    "1.3.6.1.1.1.1": 37,
    "1.3.6.1.1.1.2": 38,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and where an attribute was last changed. `number` stands for the attribute, `seconds` count from 1601 in UTC."""

    number: int
    version: int
    seconds: int
    invocation: uuid.UUID
    originating_usn: int
    local_usn: int


def stamps(value: bytes) -> list[Stamp]:
    """The stamps of a replPropertyMetaData, in its order. Raises ValueError where it is none."""
    try:
        version, _, count, _ = _HEADER.unpack_from(value)
    except struct.error as error:
        raise ValueError("replPropertyMetaData is shorter than its header") from error
    if version != _VERSION or len(value) != _HEADER.size + count * _ENTRY.size:
        raise ValueError(f"replPropertyMetaData of version {version} with {count} stamps in {len(value)} bytes")
    return [_stamp(*fields) for fields in _ENTRY.iter_unpack(value[_HEADER.size :])]


def _stamp(number: int, version: int, seconds: int, invocation: bytes, originating: int, local: int) -> Stamp:
    return Stamp(number, version, seconds, guid_of(invocation), originating, local)


def number_of(oid: str, internal: int | None) -> int | None:
    """What stands for an attribute: its msDS-IntId (signed, as LDAP gives it), or what its object identifier becomes.

    None for an object identifier whose prefix the directory numbered itself.
    """
    if internal is not None:
        return internal & _UNSIGNED
    prefix, _, last = oid.rpartition(".")
    arc = int(last)
    index = PREFIXES.get(prefix)
    if index is None:
        return None
    low = arc if arc < _SHORT_ARC else _LONG_ARC + arc % _SHORT_ARC
    return index << 16 | low
