"""An access or audit rule: what a script says, as the access control classes keep it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from jcad.lab.windows.access.ace import (
    AUDIT,
    INHERITED_TYPE_PRESENT,
    NO_TYPE,
    TYPE_PRESENT,
    TYPED_RIGHTS,
    Ace,
    Qualifier,
)
from jcad.lab.windows.access.reach import CONTAINER_INHERIT, INHERIT_ONLY, INHERITANCE, NO_PROPAGATE
from jcad.lab.windows.access.refusal import ARGUMENT, Refusal, zero_mask

ALL_BITS: Final = 0xFFFF_FFFF

#: ActiveDirectorySecurityInheritance, as the flags of an entry.
INHERITANCE_FLAGS: Final = (
    0,
    CONTAINER_INHERIT,
    CONTAINER_INHERIT | INHERIT_ONLY,
    CONTAINER_INHERIT | NO_PROPAGATE,
    CONTAINER_INHERIT | INHERIT_ONLY | NO_PROPAGATE,
)
INHERITANCE_NAMES: Final = ("None", "All", "Descendents", "SelfAndChildren", "Children")


@dataclass(frozen=True, slots=True)
class AceRule:
    """A rule. `sid` and types are binary; `flags` are those of the entry, audited outcomes among them."""

    sid: bytes
    mask: int
    qualifier: Qualifier
    flags: int = 0
    object_flags: int = 0
    object_type: bytes = NO_TYPE
    inherited_type: bytes = NO_TYPE
    is_inherited: bool = False

    @property
    def inheritance(self) -> int:
        """The ActiveDirectorySecurityInheritance of its flags."""
        if not self.flags & CONTAINER_INHERIT:
            return 0
        return INHERITANCE_FLAGS.index(self.flags & (CONTAINER_INHERIT | INHERIT_ONLY | NO_PROPAGATE))

    @property
    def rights(self) -> int:
        """The mask as the signed number that an enumeration holds."""
        return self.mask - (1 << 32) if self.mask >> 31 else self.mask


def make_rule(  # noqa: PLR0917  - the parts of a rule, as its constructors have them
    sid: bytes,
    rights: int,
    qualifier: Qualifier,
    object_type: UUID | None = None,
    inheritance: int = 0,
    inherited_type: UUID | None = None,
    outcomes: int = 0,
) -> AceRule:
    """A rule from its parts; `rights` may be signed, `outcomes` are AuditFlags (1 success, 2 failure).

    A type that means nothing is dropped: an object type without a right that it could narrow, an inherited type without
    inheritance. Raises Refusal for a rule without rights, and for an audit rule without outcome.
    """
    if not rights & ALL_BITS:
        raise zero_mask()
    if qualifier is Qualifier.AUDIT and not outcomes & 3:
        raise Refusal(ARGUMENT, "Must set at least one flag.", "auditFlags")
    flags = INHERITANCE_FLAGS[inheritance] | (outcomes & 3) << 6
    return _typed(
        AceRule(sid, rights & ALL_BITS, qualifier, flags),
        object_type.bytes_le if object_type is not None else NO_TYPE,
        inherited_type.bytes_le if inherited_type is not None else NO_TYPE,
    )


def rule_of(ace: Ace) -> AceRule:
    """The rule that an entry reads as. Its object-inherit flag, its condition and empty types are not seen."""
    flags = ace.flags & (INHERITANCE | AUDIT)
    rule = AceRule(ace.sid, ace.mask, ace.qualifier or Qualifier.ALLOW, flags, is_inherited=ace.is_inherited)
    return _typed(rule, ace.object_type, ace.inherited_type)


def _typed(rule: AceRule, object_type: bytes, inherited_type: bytes) -> AceRule:
    has_type = object_type != NO_TYPE and bool(rule.mask & TYPED_RIGHTS)
    has_inherited = inherited_type != NO_TYPE and bool(rule.flags & CONTAINER_INHERIT)
    return AceRule(
        rule.sid,
        rule.mask,
        rule.qualifier,
        rule.flags,
        (TYPE_PRESENT if has_type else 0) | (INHERITED_TYPE_PRESENT if has_inherited else 0),
        object_type if has_type else NO_TYPE,
        inherited_type if has_inherited else NO_TYPE,
        rule.is_inherited,
    )
