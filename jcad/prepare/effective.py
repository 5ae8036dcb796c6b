"""Effective rights: may this token do that to an object, and which entry says so? Pure.

The access check of MS-ADTS 5.1.3.3 and MS-DTYP 2.5.3.2. Entries are asked in their order; for each right the first that
speaks of it decides. An entry with an object type speaks of a right only for what is on the way from the object's class
over a property set to the attribute, the class of the child, or the control access right that is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from jcad.model import Sid
from jcad.model.descriptor import AccessMask, SecurityDescriptor, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare.token import OWNER_RIGHTS, SELF, Privilege, Token

_OWNER_IMPLIED: Final = int(AccessMask.READ_CONTROL | AccessMask.WRITE_DAC)
_CONFIDENTIAL: Final = int(AccessMask.READ_PROPERTY | AccessMask.CONTROL_ACCESS)


@dataclass(frozen=True, slots=True)
class Question:
    """A right on an object: the bits that are all needed, and what they are about.

    `types` is the way through the object type tree (MS-ADTS 5.1.3.3.3), wider ones first: class, property set, attribute.
    Empty for rights on the object as a whole (read and write permissions, list).
    """

    mask: int
    types: tuple[UUID, ...] = ()


def on_object(mask: int) -> Question:
    """Rights on the object as a whole: READ_CONTROL, WRITE_DAC, WRITE_OWNER, LIST_CHILDREN, DELETE_TREE."""
    return Question(mask)


def on_attribute(schema: SchemaMap, attribute: str, object_class: str, mask: int) -> Question:
    """Rights on an attribute of an object of that (structural) class. Raises KeyError for names the schema lacks."""
    found = schema.attribute(attribute)
    way = (schema.class_(object_class).guid, found.property_set, found.guid)
    return Question(mask, tuple(guid for guid in way if guid is not None))


def write(schema: SchemaMap, attribute: str, object_class: str) -> Question:
    """Writing an attribute."""
    return on_attribute(schema, attribute, object_class, AccessMask.WRITE_PROPERTY)


def read(schema: SchemaMap, attribute: str, object_class: str) -> Question:
    """Reading an attribute; a confidential one takes a control access right too (MS-ADTS 3.1.1.4.4)."""
    confidential = schema.attribute(attribute).confidential
    mask = _CONFIDENTIAL if confidential else int(AccessMask.READ_PROPERTY)
    return on_attribute(schema, attribute, object_class, mask)


def control(schema: SchemaMap, right: str) -> Question:
    """Having an extended right, such as `Reset Password` (also by its common name, `User-Force-Change-Password`)."""
    return Question(AccessMask.CONTROL_ACCESS, (schema.right(right).guid,))


def validated_write(schema: SchemaMap, right: str) -> Question:
    """Writing within the rules of a validated write, such as `Self-Membership`."""
    return Question(AccessMask.SELF_WRITE, (schema.right(right).guid,))


def create(schema: SchemaMap, child_class: str) -> Question:
    """Creating an object of a class; to be asked of the object that it will be in."""
    return Question(AccessMask.CREATE_CHILD, (schema.class_(child_class).guid,))


def delete_child(schema: SchemaMap, child_class: str) -> Question:
    """Deleting an object of a class through the object that it is in."""
    return Question(AccessMask.DELETE_CHILD, (schema.class_(child_class).guid,))


def delete(schema: SchemaMap, object_class: str) -> Question:
    """Deleting an object of that class; `delete_child`, asked of the object that it is in, is the other way."""
    return Question(AccessMask.DELETE, (schema.class_(object_class).guid,))


class How(StrEnum):
    """What an answer rests on."""

    ALLOWED = "allowed by"
    DENIED = "denied by"
    NOT_GRANTED = "no entry grants it"
    OWNER = "the owner may"
    PRIVILEGE = "a privilege allows it"
    NO_LIST = "the object has no access control list, so everything is allowed"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether, and why. `entries` are the places in the DACL of the entries that decided, `missing` the bits not granted.

    `uncertain`: a conditional entry of the trustee speaks of the right; its condition is not evaluated here.
    """

    granted: bool
    how: How
    entries: tuple[int, ...] = ()
    missing: int = 0
    uncertain: bool = False


class Permissions:
    """A token's view of one object's descriptor, to which any number of questions can be put.

    `object_sid` is the object's own objectSid: entries for SELF (S-1-5-10) speak to the token that has it. The owner has
    READ_CONTROL and WRITE_DAC, unless an entry for OWNER RIGHTS (S-1-3-4) says what he has instead; a directory that does
    not know this SID is asked with `owner_rights=False`.

        Permissions(descriptor, token, user.sid).ask(control(schema, "Reset Password")).granted
    """

    __slots__ = ("_conditional", "_entries", "_everything", "_implied", "_privileged")

    def __init__(
        self, descriptor: SecurityDescriptor, token: Token, object_sid: Sid | None = None, *, owner_rights: bool = True
    ) -> None:
        sids = token.sids
        is_owner = descriptor.owner in sids
        himself = object_sid is not None and object_sid in sids
        self._everything = not descriptor.has_dacl
        self._entries: list[tuple[int, UUID | None, bool, int]] = []
        self._conditional: list[tuple[int, UUID | None]] = []
        owner_spoken_of = False
        for place, ace in enumerate(descriptor.dacl.aces if descriptor.dacl else ()):
            if ace.flags & 0x08 or not (ace.allows or ace.denies):
                continue
            if ace.sid == OWNER_RIGHTS and owner_rights:
                owner_spoken_of = True
                speaks = is_owner
            else:
                speaks = ace.sid in sids or (himself and ace.sid == SELF)
            if not speaks:
                continue
            if ace.conditional:
                self._conditional.append((mapped(ace.mask), ace.object_type))
            else:
                self._entries.append((mapped(ace.mask), ace.object_type, ace.allows, place))
        self._implied = _OWNER_IMPLIED if is_owner and not owner_spoken_of else 0
        self._privileged = 0
        if Privilege.TAKE_OWNERSHIP in token.privileges:
            self._privileged |= AccessMask.WRITE_OWNER
        if Privilege.SECURITY in token.privileges:
            self._privileged |= AccessMask.ACCESS_SYSTEM_SECURITY

    def ask(self, question: Question) -> Answer:
        """Whether all the bits of the question are granted, and by what."""
        mask, types = question.mask, question.types
        left = mask & ~(self._privileged | self._implied)
        if left & AccessMask.ACCESS_SYSTEM_SECURITY:  # no entry can grant it
            return Answer(False, How.NOT_GRANTED, (), left)
        if self._everything:
            return Answer(True, How.NO_LIST)
        if not left:
            return Answer(True, How.PRIVILEGE if mask & self._privileged else How.OWNER)
        decided: tuple[int, ...] = ()
        for bits, kind, allows, place in self._entries:
            hit = left & bits
            if not hit or (kind is not None and kind not in types):
                continue
            if not allows:
                return Answer(False, How.DENIED, (place,), left, self._unsure(hit, types))
            decided += (place,)
            left &= ~hit
            if not left:
                return Answer(True, How.ALLOWED, decided, 0, self._unsure(mask, types))
        return Answer(False, How.NOT_GRANTED, decided, left, self._unsure(left, types))

    def _unsure(self, mask: int, types: tuple[UUID, ...]) -> bool:
        return any(bits & mask and (kind is None or kind in types) for bits, kind in self._conditional)
