"""The binary, self-relative form of a security descriptor (MS-DTYP 2.4.4 to 2.4.6), read and written. Pure.

Entries repeat: what an organisational unit hands down stands on every object below it. So an entry, a SID and a GUID that
have been read are remembered by their bytes.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from uuid import UUID

from jcad.errors import DescriptorError
from jcad.model.descriptor.values import OBJECT_TYPES, SID_TYPES, Ace, Acl
from jcad.model.sid import Sid

_ACE_HEAD = struct.Struct("<BBH")
_ACL_HEAD = struct.Struct("<BBHHH")
LIMIT = 0xFFFF
"""The most bytes that an access control list or an entry can have: its size is 16 bits."""


@lru_cache(maxsize=4096)
def _sid(raw: bytes) -> Sid:
    return Sid.from_bytes(raw)


@lru_cache(maxsize=4096)
def _guid(raw: bytes) -> UUID:
    return UUID(bytes_le=raw)


def read_sid(raw: bytes, start: int, stop: int) -> Sid:
    """The SID that begins at `start` and ends before `stop`. Raises DescriptorError."""
    end = start + 8 + 4 * raw[start + 1] if start + 8 <= stop else stop + 1
    if end > stop:
        raise DescriptorError(f"a SID at byte {start} is cut off")
    try:
        return _sid(raw[start:end])
    except ValueError as error:
        raise DescriptorError(str(error)) from None


@lru_cache(maxsize=8192)
def read_ace(raw: bytes) -> Ace:
    """Read one entry, header and all. Raises DescriptorError."""
    kind, flags, size = _ACE_HEAD.unpack_from(raw)
    if kind not in SID_TYPES:
        return Ace(kind, flags, 0, None, data=raw[4:])
    if size < 8:
        raise DescriptorError(f"an entry of type {kind} has {size} bytes, too few for its mask")
    mask = int.from_bytes(raw[4:8], "little")
    at, object_flags, object_type, inherited_type = 8, None, None, None
    if kind in OBJECT_TYPES:
        if size < 12:
            raise DescriptorError(f"an object entry has {size} bytes, too few for its flags")
        object_flags, at = int.from_bytes(raw[8:12], "little"), 12
        if size < 12 + 16 * (object_flags & 3).bit_count():
            raise DescriptorError(f"an object entry has {size} bytes, too few for its object types")
        if object_flags & 1:
            object_type, at = _guid(raw[at : at + 16]), at + 16
        if object_flags & 2:
            inherited_type, at = _guid(raw[at : at + 16]), at + 16
    sid = read_sid(raw, at, size)
    at += 8 + 4 * len(sid.subauthorities)
    return Ace(kind, flags, mask, sid, object_flags, object_type, inherited_type, raw[at:])


def read_acl(raw: bytes, start: int) -> Acl:
    """The access control list that begins at `start`. Raises DescriptorError."""
    if start + 8 > len(raw):
        raise DescriptorError(f"an access control list at byte {start} is cut off")
    revision, sbz1, size, count, sbz2 = _ACL_HEAD.unpack_from(raw, start)
    stop = start + size
    if size < 8 or stop > len(raw):
        raise DescriptorError(f"an access control list claims {size} bytes; there are {len(raw) - start}")
    at = start + 8
    aces = []
    for number in range(count):
        ace_size = int.from_bytes(raw[at + 2 : at + 4], "little") if at + 4 <= stop else 0
        if ace_size < 4 or at + ace_size > stop:
            raise DescriptorError(f"entry {number + 1} of {count} of an access control list is cut off")
        aces.append(read_ace(raw[at : at + ace_size]))
        at += ace_size
    return Acl(revision, tuple(aces), sbz1, sbz2, raw[at:stop])


def ace_to_bytes(ace: Ace) -> bytes:
    """One entry, header and all. Raises DescriptorError when it is longer than an entry can be."""
    body = b""
    if ace.sid is not None:
        body = struct.pack("<I", ace.mask)
        if ace.object_flags is not None:
            body += struct.pack("<I", ace.object_flags)
            body += b"".join(guid.bytes_le for guid in (ace.object_type, ace.inherited_object_type) if guid is not None)
        body += ace.sid.to_bytes()
    body += ace.data
    if len(body) + 4 > LIMIT:
        raise DescriptorError(f"an entry of {len(body) + 4} bytes is longer than an entry can be ({LIMIT})")
    return _ACE_HEAD.pack(ace.type, ace.flags, len(body) + 4) + body


def acl_to_bytes(acl: Acl) -> bytes:
    """The list. Raises DescriptorError when it is longer than a list can be, 64 KiB."""
    body = b"".join(map(ace_to_bytes, acl.aces)) + acl.slack
    if len(body) + 8 > LIMIT:
        raise DescriptorError(
            f"an access control list of {len(acl.aces)} entries would have {len(body) + 8} bytes; the limit is {LIMIT}",
            hint="Remove entries that are no longer needed, orphaned ones first; or grant to a group instead.",
        )
    return _ACL_HEAD.pack(acl.revision, acl.sbz1, len(body) + 8, len(acl.aces), acl.sbz2) + body
