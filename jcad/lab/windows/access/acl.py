"""An access control list as the access control classes hold it: read, put in order, merged, changed, written.

Pure. The behaviour is that of CommonAcl in the reference source of System.Security.AccessControl for a directory's
objects: what it drops when it reads, its quick sort (which is not stable, so its every step matters), which neighbours it
merges, and that a list which is out of canonical order can be read but not changed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from jcad.lab.windows.access.ace import AUDIT, INHERITED, INHERITED_TYPE_PRESENT, TYPE_PRESENT, Ace, Qualifier, read_ace
from jcad.lab.windows.access.merging import merged
from jcad.lab.windows.access.order import sorted_aces
from jcad.lab.windows.access.reach import CONTAINER_INHERIT, INHERIT_ONLY, NO_PROPAGATE, OBJECT_INHERIT
from jcad.lab.windows.access.refusal import invalid_acl, not_canonical, too_long, too_short, zero_mask
from jcad.lab.windows.access.rule import AceRule

REVISION: Final = 2
REVISION_DS: Final = 4
LIMIT: Final = 0xFFFF
"""The most bytes that a list can have."""
_HEAD: Final = struct.Struct("<BBHHH")
_ADSI_SLACK: Final = 32
_DACL_KINDS: Final = (Qualifier.ALLOW, Qualifier.DENY)


class AccessList:
    """A DACL or a SACL. `aces` is what is held now; it may be out of order until the next reading (`settle`)."""

    def __init__(self, revision: int, aces: Sequence[Ace], *, is_dacl: bool) -> None:
        self.revision = revision
        self.is_dacl = is_dacl
        self.aces = [kept for ace in aces if (kept := _inspected(ace, is_dacl=is_dacl)) is not None]
        self.is_canonical = _in_canonical_order(self.aces, is_dacl=is_dacl)
        self._is_dirty = False
        if self.is_canonical:
            self._compact()

    @classmethod
    def read(cls, raw: bytes, at: int, *, is_dacl: bool) -> AccessList:
        """The list at an offset. Raises Refusal."""
        return cls(*_read(raw, at), is_dacl=is_dacl)

    @classmethod
    def everyone(cls) -> AccessList:
        """What stands for a missing DACL: Everyone may do everything."""
        everyone = bytes((1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))
        entry = Ace(0, OBJECT_INHERIT | CONTAINER_INHERIT, 0xFFFF_FFFF, everyone)
        return cls(REVISION_DS, (entry,), is_dacl=True)

    def to_bytes(self) -> bytes:
        """The list, sorted first if it has grown."""
        self.settle()
        return self._packed()

    def settle(self) -> list[Ace]:
        """The entries as a reader sees them: sorted, if one has been appended since the last reading."""
        if self._is_dirty:
            self.aces = sorted_aces(self.aces, is_dacl=self.is_dacl)
            self._is_dirty = False
        return self.aces

    def raised(self) -> AccessList:
        """The list made anew with the revision that object entries need: read once more, so sorted and merged."""
        raw = bytes((REVISION_DS,)) + self.to_bytes()[1:]
        return AccessList.read(raw, 0, is_dacl=self.is_dacl)

    # ---- changes -----------------------------------------------------------------------------------------------------

    def add(self, rule: AceRule) -> None:
        """Merge the rule's entry into the first that takes it, or append it. Raises Refusal."""
        self.require_canonical()
        entry = _inspected(_made(rule), is_dacl=self.is_dacl)
        if entry is None:
            return
        for place, ace in enumerate(self.settle()):
            joined = merged(ace, entry)
            if joined is not None:
                self.aces[place] = joined
                return
        self._append(entry)

    def set(self, rule: AceRule) -> None:
        """Replace every explicit entry of the rule's trustee and kind by the rule's. Raises Refusal."""
        self.require_canonical()
        entry = _inspected(_made(rule), is_dacl=self.is_dacl)
        if entry is None:
            return
        self.aces = [ace for ace in self.settle() if not self.concerns(ace, rule)]
        self._append(entry)

    def remove_specific(self, rule: AceRule) -> None:
        """Remove every explicit entry that says exactly what the rule says. Raises Refusal."""
        self.require_canonical()
        self.aces = [ace for ace in self.settle() if not (self.concerns(ace, rule) and _is_exactly(ace, rule))]

    def purge(self, sid: bytes) -> None:
        """Remove every explicit entry of a trustee. Raises Refusal."""
        self.require_canonical()
        self.aces = [ace for ace in self.settle() if ace.is_inherited or ace.sid != sid]

    def remove_inherited(self) -> None:
        """Remove what came from above. Raises Refusal."""
        self.require_canonical()
        self.aces = [ace for ace in self.aces if not ace.is_inherited]

    def require_canonical(self) -> None:
        """Raise Refusal where the list is out of canonical order."""
        if not self.is_canonical:
            raise not_canonical()

    @staticmethod
    def concerns(ace: Ace, rule: AceRule) -> bool:
        """Whether an entry is an explicit one of the rule's trustee and kind; callbacks too."""
        return not ace.is_inherited and ace.qualifier == rule.qualifier and ace.sid == rule.sid

    def _append(self, entry: Ace) -> None:
        if len(self._packed()) + len(entry.to_bytes()) > LIMIT:
            raise too_long()
        self.aces.append(entry)
        self._is_dirty = True

    def _packed(self) -> bytes:
        body = b"".join(ace.to_bytes() for ace in self.aces)
        return _HEAD.pack(self.revision, 0, len(body) + 8, len(self.aces), 0) + body

    def _compact(self) -> None:
        """Sort, then let each entry take in its right neighbour once."""
        self.aces = sorted_aces(self.aces, is_dacl=self.is_dacl)
        place = 0
        while place < len(self.aces) - 1:
            joined = merged(self.aces[place], self.aces[place + 1])
            if joined is not None:
                self.aces[place : place + 2] = [joined]
            place += 1


def _read(raw: bytes, at: int) -> tuple[int, list[Ace]]:
    if len(raw) - at < _HEAD.size:
        raise too_short()
    revision, _, size, count, _ = _HEAD.unpack_from(raw, at)
    if size > len(raw) - at:
        raise too_short()
    aces, place = [], at + _HEAD.size
    for _ in range(count):
        ace, claimed = read_ace(raw, place)
        place += claimed
        if place > at + size:
            raise invalid_acl()
        if revision == REVISION_DS and ace.is_object and len(ace.opaque) == _ADSI_SLACK:
            ace = replace(ace, opaque=b"")  # ADSI declared its object entries 32 bytes too long
        aces.append(ace)
    return revision, aces


def _made(rule: AceRule) -> Ace:
    if not rule.mask:
        raise zero_mask()
    kind = int(rule.qualifier) + (5 if rule.object_flags else 0)
    return Ace(kind, rule.flags, rule.mask, rule.sid, b"", rule.object_flags, rule.object_type, rule.inherited_type)


def _inspected(ace: Ace, *, is_dacl: bool) -> Ace | None:
    """The entry without flags that mean nothing; None where it means nothing itself."""
    flags = ace.flags
    inherits = bool(flags & (OBJECT_INHERIT | CONTAINER_INHERIT))
    if (ace.has_sid and not ace.mask) or (flags & INHERIT_ONLY and not inherits):
        return None
    if not inherits:
        flags &= ~NO_PROPAGATE
    if is_dacl:
        flags &= ~AUDIT
        is_meant = ace.qualifier is None or ace.qualifier in _DACL_KINDS
    else:
        is_meant = bool(flags & AUDIT) and ace.qualifier in (None, Qualifier.AUDIT)
    if not is_meant:
        return None
    return ace if flags == ace.flags else replace(ace, flags=flags)


def _in_canonical_order(aces: Sequence[Ace], *, is_dacl: bool) -> bool:
    """Explicit denials, then what is explicitly allowed, then what is inherited; for a SACL explicit, then inherited."""
    highest = 0
    for ace in aces:
        if ace.flags & INHERITED:
            rank = 2
        elif ace.qualifier is None:
            return False
        else:
            rank = int(is_dacl and ace.qualifier is Qualifier.ALLOW)
        if rank < highest:
            return False
        highest = rank
    return True


def _is_exactly(ace: Ace, rule: AceRule) -> bool:
    if ace.flags != rule.flags or ace.mask != rule.mask:
        return False
    if not ace.is_object or not rule.object_flags:
        return not ace.is_object and not rule.object_flags
    both = TYPE_PRESENT | INHERITED_TYPE_PRESENT
    return (ace.object_flags & both, ace.object_type, ace.inherited_type) == (
        rule.object_flags,
        rule.object_type,
        rule.inherited_type,
    )
