"""ActiveDirectorySecurity: a security descriptor that rules are added to and taken from, and which of its parts changed.

Pure: descriptor bytes in, bytes out. What a write sends is decided by the four `modified` flags, which are set by what was
called, not by what changed. Recorded behaviour of System.DirectoryServices and System.Security.AccessControl.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from jcad.lab.windows.access.ace import Ace, Qualifier, read_sid
from jcad.lab.windows.access.acl import REVISION_DS, AccessList
from jcad.lab.windows.access.reach import CONTAINER_INHERIT
from jcad.lab.windows.access.refusal import ARGUMENT, INVALID_OPERATION, OUT_OF_RANGE, Refusal, too_short
from jcad.lab.windows.access.removal import remove
from jcad.lab.windows.access.rule import ALL_BITS, AceRule, rule_of

DACL_PRESENT: Final = 0x0004
SACL_PRESENT: Final = 0x0010
DACL_PROTECTED: Final = 0x1000
SACL_PROTECTED: Final = 0x2000
SELF_RELATIVE: Final = 0x8000
_HEAD: Final = struct.Struct("<BBHIIII")
_BOTH_OUTCOMES: Final = 0xC0


class Masks(IntFlag):
    """SecurityMasks: the parts of a descriptor."""

    OWNER = 1
    GROUP = 2
    DACL = 4
    SACL = 8


ALL_PARTS: Final = Masks.OWNER | Masks.GROUP | Masks.DACL | Masks.SACL


@dataclass(slots=True)
class _Parts:
    """A descriptor, read."""

    control: int
    owner: bytes
    group: bytes
    sacl: AccessList | None
    dacl: AccessList | None


class DirectorySecurity:
    """One descriptor in the hands of a script.

    `modified` collects the parts that a method has touched. `masks` are the parts that were asked for when it was read:
    a list that was not asked for cannot be changed.
    """

    def __init__(self, raw: bytes | None = None, masks: Masks = ALL_PARTS) -> None:
        parts = _Parts(0, b"", b"", None, AccessList(REVISION_DS, (), is_dacl=True)) if raw is None else _read(raw)
        self.masks = masks
        self.modified = Masks(0)
        self._hold(parts)

    def _hold(self, parts: _Parts) -> None:
        self.control = parts.control | DACL_PRESENT | SELF_RELATIVE
        if parts.sacl is None:
            self.control &= ~SACL_PRESENT
        self.owner = parts.owner
        self.group = parts.group
        self._sacl = parts.sacl
        self._stands_for_none = parts.dacl is None
        self._dacl = parts.dacl or AccessList.everyone()

    @property
    def is_canonical(self) -> bool:
        """AreAccessRulesCanonical."""
        return self._dacl.is_canonical

    @property
    def audit_is_canonical(self) -> bool:
        """AreAuditRulesCanonical."""
        return self._sacl is None or self._sacl.is_canonical

    def to_bytes(self) -> bytes:
        """The self-relative form: header, owner, group, SACL, DACL."""
        control = self.control & ~DACL_PRESENT if self._stands_for_none else self.control
        pieces = (
            self.owner,
            self.group,
            b"" if self._sacl is None else self._sacl.to_bytes(),
            b"" if self._stands_for_none else self._dacl.to_bytes(),
        )
        offsets, at = [], _HEAD.size
        for piece in pieces:
            offsets.append(at if piece else 0)
            at += len(piece)
        return _HEAD.pack(1, 0, control, *offsets) + b"".join(pieces)

    def replace(self, raw: bytes, parts: Masks) -> None:
        """SetSecurityDescriptorBinaryForm: take these parts over from another descriptor. Raises Refusal."""
        read = _read(raw)
        if parts & Masks.OWNER:
            self.owner = read.owner
        if parts & Masks.GROUP:
            self.group = read.group
        if parts & Masks.SACL:
            self._sacl = read.sacl
            self._take_bits(read.control, SACL_PRESENT | SACL_PROTECTED | 0x0800)
            self.control = self.control | SACL_PRESENT if read.sacl is not None else self.control & ~SACL_PRESENT
        if parts & Masks.DACL:
            self._stands_for_none = read.dacl is None
            self._dacl = read.dacl or AccessList.everyone()
            self._take_bits(read.control, DACL_PROTECTED | 0x0400)
        self.modified |= parts

    def _take_bits(self, control: int, bits: int) -> None:
        self.control = (self.control & ~bits) | (control & bits)

    # ---- rules -------------------------------------------------------------------------------------------------------

    def rules(self, *, audit: bool = False, explicit: bool = True, inherited: bool = True) -> list[AceRule]:
        """GetAccessRules or GetAuditRules: what conditions, alarms and unknown types say is not among them."""
        acl = self._sacl if audit else self._dacl
        return [
            rule_of(ace)
            for ace in (acl.settle() if acl is not None else ())
            if _is_shown(ace) and (inherited if ace.is_inherited else explicit)
        ]

    def add(self, rule: AceRule) -> None:
        """AddAccessRule, AddAuditRule. Raises Refusal."""
        self._prepared(rule).add(rule)
        self._touched(rule)

    def set(self, rule: AceRule) -> None:
        """SetAccessRule, SetAuditRule. Raises Refusal."""
        self._prepared(rule).set(rule)
        self._touched(rule)

    def reset(self, rule: AceRule) -> None:
        """ResetAccessRule: `set`, and the trustee's entries of the other kind go as well. Raises Refusal."""
        other = Qualifier.DENY if rule.qualifier is Qualifier.ALLOW else Qualifier.ALLOW
        acl = self._prepared(rule)
        remove(acl, _everything(rule.sid, other))
        self._stands_for_none = False
        acl.set(rule)
        self._touched(rule)

    def remove(self, rule: AceRule) -> bool:
        """RemoveAccessRule, RemoveAuditRule: False where nothing was removed because it is not possible. Raises Refusal."""
        acl = self._list_of(rule.qualifier)
        if acl is None:
            return True
        removed = remove(acl, rule)
        self._note_attempt(rule.qualifier)
        if removed:
            self._touched(rule)
        return removed

    def remove_specific(self, rule: AceRule) -> None:
        """RemoveAccessRuleSpecific, RemoveAuditRuleSpecific. Raises Refusal."""
        acl = self._list_of(rule.qualifier)
        if acl is not None:
            acl.remove_specific(rule)
            self._touched(rule)

    def remove_all(self, sid: bytes, qualifier: Qualifier) -> None:
        """RemoveAccess, RemoveAudit: everything of a trustee and kind. Raises Refusal."""
        if not self.remove(_everything(sid, qualifier)):
            name = "audit" if qualifier is Qualifier.AUDIT else "access"
            raise Refusal(INVALID_OPERATION, f"Remove {name} rule failed")

    def purge(self, sid: bytes, *, audit: bool = False) -> None:
        """PurgeAccessRules, PurgeAuditRules. Raises Refusal."""
        qualifier = Qualifier.AUDIT if audit else Qualifier.ALLOW
        acl = self._list_of(qualifier)
        if acl is not None:
            acl.purge(sid)
            self._note_attempt(qualifier)
        self.modified |= Masks.SACL if audit else Masks.DACL

    def protect(self, is_protected: bool, preserve_inheritance: bool, *, audit: bool = False) -> None:
        """SetAccessRuleProtection, SetAuditRuleProtection; not held against `masks`. Raises Refusal."""
        acl, bit = (self._sacl, SACL_PROTECTED) if audit else (self._dacl, DACL_PROTECTED)
        if is_protected and not preserve_inheritance and acl is not None:
            acl.remove_inherited()
        self.control = self.control | bit if is_protected else self.control & ~bit
        if not audit:
            self._stands_for_none = False
        self.modified |= Masks.SACL if audit else Masks.DACL

    def set_owner(self, sid: bytes) -> None:
        """SetOwner."""
        self.owner = sid
        self.modified |= Masks.OWNER

    def set_group(self, sid: bytes) -> None:
        """SetGroup."""
        self.group = sid
        self.modified |= Masks.GROUP

    def is_protected(self, *, audit: bool = False) -> bool:
        """AreAccessRulesProtected, AreAuditRulesProtected."""
        return bool(self.control & (SACL_PROTECTED if audit else DACL_PROTECTED))

    def _list_of(self, qualifier: Qualifier) -> AccessList | None:
        if qualifier is Qualifier.AUDIT:
            if not self.masks & Masks.SACL:
                raise _not_retrieved("system")
            return self._sacl
        if not self.masks & Masks.DACL:
            raise _not_retrieved("discretionary")
        return self._dacl

    def _prepared(self, rule: AceRule) -> AccessList:
        """The list that an entry is to be put into, with the revision that the entry needs."""
        audit = rule.qualifier is Qualifier.AUDIT
        acl = self._list_of(rule.qualifier)
        if acl is None:
            acl = AccessList(REVISION_DS, (), is_dacl=False)
            self.control |= SACL_PRESENT
        elif rule.object_flags and acl.revision < REVISION_DS:
            acl = acl.raised()
        if audit:
            self._sacl = acl
        else:
            self._dacl = acl
        return acl

    def _touched(self, rule: AceRule) -> None:
        self._note_attempt(rule.qualifier)
        self.modified |= Masks.SACL if rule.qualifier is Qualifier.AUDIT else Masks.DACL

    def _note_attempt(self, qualifier: Qualifier) -> None:
        """A DACL that somebody tried to change is a real one from then on."""
        if qualifier is not Qualifier.AUDIT:
            self._stands_for_none = False


def _everything(sid: bytes, qualifier: Qualifier) -> AceRule:
    outcomes = _BOTH_OUTCOMES if qualifier is Qualifier.AUDIT else 0
    return AceRule(sid, ALL_BITS, qualifier, CONTAINER_INHERIT | outcomes)


def _not_retrieved(which: str) -> Refusal:
    text = f"The {which} acl cannot be modified as it was not retrieved from the backend store."
    return Refusal(INVALID_OPERATION, text)


def _is_shown(ace: Ace) -> bool:
    return ace.qualifier not in (None, Qualifier.ALARM) and not ace.is_callback


def _read(raw: bytes) -> _Parts:
    if len(raw) < _HEAD.size:
        raise too_short()
    revision, _, control, owner, group, sacl, dacl = _HEAD.unpack_from(raw)
    if revision != 1:
        text = "Security descriptor with revision other than '1' are not legal."
        raise Refusal(OUT_OF_RANGE, text, "binaryForm")
    if not control & SELF_RELATIVE:
        text = "The binary form of a security descriptor object is invalid: it must be in the self-relative form."
        raise Refusal(ARGUMENT, text, "binaryForm")
    part: Callable[[int, int], bool] = lambda bit, at: bool(control & bit and at)  # noqa: E731
    return _Parts(
        control,
        read_sid(raw, owner) if owner else b"",
        read_sid(raw, group) if group else b"",
        AccessList.read(raw, sacl, is_dacl=False) if part(SACL_PRESENT, sacl) else None,
        AccessList.read(raw, dacl, is_dacl=True) if part(DACL_PRESENT, dacl) else None,
    )
