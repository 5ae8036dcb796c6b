"""Protection from accidental deletion: an entry of the object's DACL that denies deletion to Everyone, and nothing else.

Pure: self-relative security descriptors as bytes (MS-DTYP 2.4.6), as far as this one entry needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_EVERYONE: Final = bytes((1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))
_ACCESS_DENIED_ACE: Final = 1
_INHERITED: Final = 0x10
_DELETE, _DELETE_TREE, _DELETE_CHILD = 0x1_0000, 0x40, 0x2
PROTECTED: Final = _DELETE | _DELETE_TREE
"""What Everyone is denied on a protected object."""
PROTECTED_PARENT: Final = _DELETE_CHILD
"""What Everyone is denied on the parent of a protected object."""
_DACL_PRESENT: Final = 0x4
_SELF_RELATIVE: Final = 0x8000


@dataclass(frozen=True, slots=True)
class _Dacl:
    """The DACL of a descriptor: control word, ACL revision, entries."""

    control: int
    revision: int
    entries: tuple[bytes, ...]


def _dacl(descriptor: bytes) -> _Dacl:
    control = int.from_bytes(descriptor[2:4], "little")
    start = int.from_bytes(descriptor[16:20], "little")
    if not start:
        return _Dacl(control, 4, ())
    count = int.from_bytes(descriptor[start + 4 : start + 6], "little")
    entries, at = [], start + 8
    for _ in range(count):
        size = int.from_bytes(descriptor[at + 2 : at + 4], "little")
        entries.append(descriptor[at : at + size])
        at += size
    return _Dacl(control, descriptor[start], tuple(entries))


def _is_denial(entry: bytes) -> bool:
    return entry[0] == _ACCESS_DENIED_ACE and not entry[1] & _INHERITED and entry[8:] == _EVERYONE


def _mask(entry: bytes) -> int:
    return int.from_bytes(entry[4:8], "little")


def is_protected(descriptor: bytes) -> bool:
    """Whether Everyone is explicitly denied to delete the object and its tree."""
    denied = 0
    for entry in _dacl(descriptor).entries:
        if _is_denial(entry):
            denied |= _mask(entry)
    return denied & PROTECTED == PROTECTED


def with_denial(descriptor: bytes, mask: int) -> bytes:
    """The descriptor (DACL only, to be written with SD flags 4) that denies these rights to Everyone as well."""
    dacl = _dacl(descriptor)
    already = next((entry for entry in dacl.entries if _is_denial(entry)), None)
    others = tuple(entry for entry in dacl.entries if entry is not already)
    return _descriptor(dacl, (_denial(mask | (_mask(already) if already else 0)), *others))


def without_denial(descriptor: bytes, mask: int) -> bytes:
    """The descriptor (DACL only) that no longer denies these rights to Everyone."""
    dacl = _dacl(descriptor)
    kept = []
    for entry in dacl.entries:
        if not _is_denial(entry):
            kept.append(entry)
        elif rest := _mask(entry) & ~mask:
            kept.append(_denial(rest))
    return _descriptor(dacl, tuple(kept))


def _denial(mask: int) -> bytes:
    body = mask.to_bytes(4, "little") + _EVERYONE
    return bytes((_ACCESS_DENIED_ACE, 0)) + (len(body) + 4).to_bytes(2, "little") + body


def _descriptor(dacl: _Dacl, entries: tuple[bytes, ...]) -> bytes:
    listed = b"".join(entries)
    acl = (
        bytes((max(dacl.revision, 2), 0))
        + (len(listed) + 8).to_bytes(2, "little")
        + len(entries).to_bytes(2, "little")
        + bytes(2)
        + listed
    )
    control = (dacl.control & 0x1400) | _DACL_PRESENT | _SELF_RELATIVE  # protected and auto-inherited stay as they were
    return bytes((1, 0)) + control.to_bytes(2, "little") + bytes(12) + (20).to_bytes(4, "little") + acl
