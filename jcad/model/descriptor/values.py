"""An access control entry and a list of them, as values, and the numbers that they are made of. Pure.

The numbers are those of MS-DTYP 2.4.4.1 (entry types and flags), MS-ADTS 5.1.3.2 (rights) and MS-DTYP 2.4.6 (control).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from uuid import UUID

from jcad.model.sid import Sid


class AceType(IntEnum):
    """Entry types (MS-DTYP 2.4.4.1). A type that is not here is kept as a plain number."""

    ALLOW = 0
    DENY = 1
    AUDIT = 2
    ALARM = 3
    COMPOUND = 4
    ALLOW_OBJECT = 5
    DENY_OBJECT = 6
    AUDIT_OBJECT = 7
    ALARM_OBJECT = 8
    ALLOW_CALLBACK = 9
    DENY_CALLBACK = 10
    ALLOW_CALLBACK_OBJECT = 11
    DENY_CALLBACK_OBJECT = 12
    AUDIT_CALLBACK = 13
    ALARM_CALLBACK = 14
    AUDIT_CALLBACK_OBJECT = 15
    ALARM_CALLBACK_OBJECT = 16
    MANDATORY_LABEL = 17
    RESOURCE_ATTRIBUTE = 18
    SCOPED_POLICY = 19


class AceFlags(IntFlag):
    """Entry flags (MS-DTYP 2.4.4.1)."""

    OBJECT_INHERIT = 0x01
    CONTAINER_INHERIT = 0x02
    NO_PROPAGATE = 0x04
    INHERIT_ONLY = 0x08
    INHERITED = 0x10
    CRITICAL = 0x20
    SUCCESSFUL_ACCESS = 0x40
    FAILED_ACCESS = 0x80


class ObjectFlags(IntFlag):
    """Which GUIDs an object entry carries (MS-DTYP 2.4.4.3)."""

    TYPE_PRESENT = 1
    INHERITED_TYPE_PRESENT = 2


class AccessMask(IntFlag):
    """Rights on a directory object (MS-ADTS 5.1.3.2), and the generic ones that stand for several of them."""

    CREATE_CHILD = 0x1
    DELETE_CHILD = 0x2
    LIST_CHILDREN = 0x4
    SELF_WRITE = 0x8
    READ_PROPERTY = 0x10
    WRITE_PROPERTY = 0x20
    DELETE_TREE = 0x40
    LIST_OBJECT = 0x80
    CONTROL_ACCESS = 0x100
    DELETE = 0x10000
    READ_CONTROL = 0x20000
    WRITE_DAC = 0x40000
    WRITE_OWNER = 0x80000
    SYNCHRONIZE = 0x100000
    ACCESS_SYSTEM_SECURITY = 0x1000000
    MAXIMUM_ALLOWED = 0x2000000
    GENERIC_ALL = 0x10000000
    GENERIC_EXECUTE = 0x20000000
    GENERIC_WRITE = 0x40000000
    GENERIC_READ = 0x80000000


FULL_CONTROL = 0xF01FF
"""What GENERIC_ALL stands for on a directory object (MS-ADTS 5.1.3.2)."""

OBJECT_RIGHTS = 0x13B
"""The rights that an object type narrows: CreateChild, DeleteChild, Self, ReadProperty, WriteProperty, ExtendedRight."""

_GENERIC = (
    (0x10000000, FULL_CONTROL),
    (0x20000000, 0x20004),
    (0x40000000, 0x20028),
    (0x80000000, 0x20094),
)


class Control(IntFlag):
    """Control bits of a security descriptor (MS-DTYP 2.4.6)."""

    OWNER_DEFAULTED = 0x0001
    GROUP_DEFAULTED = 0x0002
    DACL_PRESENT = 0x0004
    DACL_DEFAULTED = 0x0008
    SACL_PRESENT = 0x0010
    SACL_DEFAULTED = 0x0020
    DACL_TRUSTED = 0x0040
    SERVER_SECURITY = 0x0080
    DACL_AUTO_INHERIT_REQUIRED = 0x0100
    SACL_AUTO_INHERIT_REQUIRED = 0x0200
    DACL_AUTO_INHERITED = 0x0400
    SACL_AUTO_INHERITED = 0x0800
    DACL_PROTECTED = 0x1000
    SACL_PROTECTED = 0x2000
    RM_CONTROL_VALID = 0x4000
    SELF_RELATIVE = 0x8000


OBJECT_TYPES = frozenset({5, 6, 7, 8, 11, 12, 15, 16})
"""Entry types that carry object flags and GUIDs."""
CALLBACK_TYPES = frozenset({9, 10, 11, 12, 13, 14, 15, 16})
"""Entry types with a condition, or other application data, behind the SID."""
ALLOW_TYPES = frozenset({0, 5, 9, 11})
DENY_TYPES = frozenset({1, 6, 10, 12})
SID_TYPES = frozenset(range(20)) - {4}
"""Entry types whose shape is known: a mask, what an object entry has, a SID. The body of any other is kept as it is."""


def mapped(mask: int) -> int:
    """The mask with each generic right replaced by what it stands for on a directory object (MS-ADTS 5.1.3.2)."""
    if mask & 0xF0000000:
        for generic, specific in _GENERIC:
            if mask & generic:
                mask |= specific
        mask &= 0x0FFFFFFF
    return mask


@dataclass(frozen=True, slots=True)
class Ace:
    """An access control entry (MS-DTYP 2.4.4). `type` and `flags` are numbers, named in AceType and AceFlags.

    `mask` is unsigned (a negative one is taken as its 32 bits). `object_flags` is None where the type has none, and
    follows the two GUIDs where it has. `data` is what stands behind the SID (the condition of a conditional entry), or,
    for a type that is not known, the whole body: then `sid` is None and `mask` 0.
    """

    type: int
    flags: int
    mask: int
    sid: Sid | None
    object_flags: int | None = None
    object_type: UUID | None = None
    inherited_object_type: UUID | None = None
    data: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.mask <= 0xFFFFFFFF:
            object.__setattr__(self, "mask", self.mask & 0xFFFFFFFF)
        if self.type in OBJECT_TYPES:
            present = (self.object_type is not None) | (self.inherited_object_type is not None) << 1
            object.__setattr__(self, "object_flags", (self.object_flags or 0) & ~3 | present)
        elif self.object_flags is not None or self.object_type is not None or self.inherited_object_type is not None:
            raise ValueError(f"an entry of type {self.type} carries no object types")
        if (self.sid is None) == (self.type in SID_TYPES):
            raise ValueError(f"an entry of type {self.type} {'needs a' if self.sid is None else 'carries no'} SID")

    @classmethod
    def allow(
        cls,
        sid: Sid,
        mask: int,
        *,
        object_type: UUID | None = None,
        inherited_object_type: UUID | None = None,
        flags: int = 0,
    ) -> Ace:
        """An entry that allows: an object entry if it has a GUID, else a common one."""
        kind = AceType.ALLOW if object_type is None and inherited_object_type is None else AceType.ALLOW_OBJECT
        return cls(kind, flags, mask, sid, None, object_type, inherited_object_type)

    @property
    def inherited(self) -> bool:
        """Whether it came from an object above."""
        return bool(self.flags & 0x10)

    @property
    def inherit_only(self) -> bool:
        """Whether it says nothing of the object that it stands on."""
        return bool(self.flags & 0x08)

    @property
    def allows(self) -> bool:
        """Whether it allows (common, object and conditional kinds alike)."""
        return self.type in ALLOW_TYPES

    @property
    def denies(self) -> bool:
        """Whether it denies (common, object and conditional kinds alike)."""
        return self.type in DENY_TYPES

    @property
    def conditional(self) -> bool:
        """Whether it is of a callback kind: whether it holds depends on what stands behind the SID."""
        return self.type in CALLBACK_TYPES


@dataclass(frozen=True, slots=True)
class Acl:
    """An access control list (MS-DTYP 2.4.5). `sbz1`, `sbz2` and `slack`, the bytes behind the last entry, are kept."""

    revision: int
    aces: tuple[Ace, ...] = ()
    sbz1: int = 0
    sbz2: int = 0
    slack: bytes = b""
