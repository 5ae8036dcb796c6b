"""One access control entry as the access control classes hold it, read from bytes and written to bytes.

Pure. Reading refuses what those classes refuse (reference source of System.Security.AccessControl, GenericAce), which is
not quite what the format allows: an object entry may claim 32 bytes more than it has, a common entry may not claim one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from jcad.lab.windows.access.refusal import ARGUMENT, Refusal, invalid_ace, too_short

INHERITED: Final = 0x10
AUDIT: Final = 0xC0
"""Success and failure."""
TYPED_RIGHTS: Final = 0x13B
"""The rights that an object type narrows: create and delete child, self, read and write property, extended right."""
TYPE_PRESENT: Final = 1
INHERITED_TYPE_PRESENT: Final = 2
NO_TYPE: Final = bytes(16)

_COMPOUND: Final = 4
_COMMON: Final = frozenset({0, 1, 2, 3, 9, 10, 13, 14})
_OBJECT: Final = frozenset({5, 6, 7, 8, 11, 12, 15, 16})
_ADSI_SLACK: Final = 32
"""How much longer than its content ADSI declared the object entries that it made."""


class Qualifier(IntEnum):
    """What an entry does."""

    ALLOW = 0
    DENY = 1
    AUDIT = 2
    ALARM = 3


_QUALIFIERS: Final = {
    kind: Qualifier(number)
    for number, kinds in enumerate(((0, 5, 9, 11), (1, 6, 10, 12), (2, 7, 13, 15), (3, 8, 14, 16)))
    for kind in kinds
}


@dataclass(frozen=True, slots=True)
class Ace:
    """An entry. `sid` is binary; types are 16 bytes in Windows' order; `opaque` is what stands behind the SID.

    Custom entries (types that the classes do not know) have no SID; their body is `opaque`.
    """

    kind: int
    flags: int
    mask: int
    sid: bytes
    opaque: bytes = b""
    object_flags: int = 0
    object_type: bytes = NO_TYPE
    inherited_type: bytes = NO_TYPE

    @property
    def is_inherited(self) -> bool:
        """Whether it comes from above."""
        return bool(self.flags & INHERITED)

    @property
    def is_object(self) -> bool:
        """Whether it is of a type with object flags."""
        return self.kind in _OBJECT

    @property
    def is_callback(self) -> bool:
        """Whether it carries a condition."""
        return 9 <= self.kind <= 16

    @property
    def qualifier(self) -> Qualifier | None:
        """Allow, deny, audit or alarm; None for compound and custom entries."""
        return _QUALIFIERS.get(self.kind)

    @property
    def has_sid(self) -> bool:
        """Whether the classes know a trustee and a mask in it."""
        return bool(self.sid)

    def to_bytes(self) -> bytes:
        """The entry with its header."""
        body = b""
        if self.has_sid:
            body = self.mask.to_bytes(4, "little")
            if self.is_object:
                body += self.object_flags.to_bytes(4, "little")
                body += self.object_type if self.object_flags & TYPE_PRESENT else b""
                body += self.inherited_type if self.object_flags & INHERITED_TYPE_PRESENT else b""
            elif self.kind == _COMPOUND:
                body += self.opaque[:4]
            body += self.sid
        body += self.opaque[4:] if self.kind == _COMPOUND else self.opaque
        return struct.pack("<BBH", self.kind, self.flags, len(body) + 4) + body


def read_sid(raw: bytes, at: int) -> bytes:
    """The binary SID at an offset. Raises Refusal."""
    if len(raw) - at < 8:
        raise too_short()
    if raw[at] != 1:
        raise Refusal(ARGUMENT, "SIDs with revision other than '1' are not supported.", "binaryForm")
    if raw[at + 1] > 15:
        raise Refusal(ARGUMENT, "The number of sub-authorities must not exceed 15.", "binaryForm")
    end = at + 8 + 4 * raw[at + 1]
    if end > len(raw):
        raise Refusal(ARGUMENT, too_short().message)
    return raw[at:end]


def read_ace(raw: bytes, at: int) -> tuple[Ace, int]:
    """The entry at an offset, and the size that it claims. Raises Refusal."""
    if len(raw) - at < 4:
        raise too_short()
    kind, flags, size = struct.unpack_from("<BBH", raw, at)
    if at + size > len(raw):
        raise too_short()
    if kind in _COMMON:
        ace = _common(raw, at, kind, flags, size)
    elif kind in _OBJECT:
        ace = _object(raw, at, kind, flags, size)
    elif kind == _COMPOUND:
        ace = _compound(raw, at, flags)
    elif size % 4 or size < 4:
        raise invalid_ace()
    else:
        ace = Ace(kind, flags, 0, b"", raw[at + 4 : at + size])
    actual = len(ace.to_bytes())
    if size != actual and not (ace.is_object and size - _ADSI_SLACK == actual):
        raise invalid_ace()
    return ace, size


def _common(raw: bytes, at: int, kind: int, flags: int, size: int) -> Ace:
    if len(raw) - at < 16 or size % 4:
        raise invalid_ace()
    sid = read_sid(raw, at + 8)
    mask = int.from_bytes(raw[at + 4 : at + 8], "little")
    return Ace(kind, flags, mask, sid, raw[at + 8 + len(sid) : at + size])


def _object(raw: bytes, at: int, kind: int, flags: int, size: int) -> Ace:
    if len(raw) - at < 20 or size % 4:
        raise invalid_ace()
    mask, object_flags = struct.unpack_from("<II", raw, at + 4)
    place, types = at + 12, [NO_TYPE, NO_TYPE]
    for number, bit in enumerate((TYPE_PRESENT, INHERITED_TYPE_PRESENT)):
        if object_flags & bit:
            if len(raw) - place < 16:
                raise invalid_ace()
            types[number] = raw[place : place + 16]
            place += 16
    sid = read_sid(raw, place)
    opaque = raw[place + len(sid) : at + size]
    return Ace(kind, flags, mask, sid, opaque, object_flags, types[0], types[1])


def _compound(raw: bytes, at: int, flags: int) -> Ace:
    if len(raw) - at < 20:
        raise invalid_ace()
    sid = read_sid(raw, at + 12)
    return Ace(_COMPOUND, flags, int.from_bytes(raw[at + 4 : at + 8], "little"), sid, raw[at + 8 : at + 12])
