"""What a forest's schema says of the GUIDs in access control entries: attributes, classes, and control access rights. Pure.

An object type in an entry is the schemaIDGUID of an attribute or a class, or the rightsGuid of a control access right, which
is an extended right, a property set, or a validated write (MS-ADTS 5.1.3.2.1, MS-ADSC controlAccessRight).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

_EXTENDED, _PROPERTY_SET, _VALIDATED = 0x100, 0x30, 0x8


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """An attribute: its LDAP name, schemaIDGUID, and property set (attributeSecurityGUID).

    `writable` is False where the directory itself keeps the value: system-only, constructed, back links. `confidential`:
    reading it takes a control access right beside the right to read (searchFlags 128).
    """

    name: str
    guid: UUID
    property_set: UUID | None = None
    writable: bool = True
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class SchemaClass:
    """A class: its LDAP name, schemaIDGUID, and default security descriptor (SDDL, relative to the domain)."""

    name: str
    guid: UUID
    default: str = ""


@dataclass(frozen=True, slots=True)
class ControlRight:
    """A control access right: its common name, the name that people see, its rightsGuid, and what it is (validAccesses)."""

    name: str
    guid: UUID
    shown: str = ""
    accesses: int = _EXTENDED
    applies_to: frozenset[UUID] = frozenset()

    @property
    def is_property_set(self) -> bool:
        """Whether it stands for reading and writing a set of attributes."""
        return bool(self.accesses & _PROPERTY_SET)

    @property
    def is_validated_write(self) -> bool:
        """Whether it stands for writing an attribute within rules."""
        return self.accesses == _VALIDATED

    @property
    def is_extended_right(self) -> bool:
        """Whether it is a right of its own, such as Reset Password."""
        return self.accesses == _EXTENDED


@dataclass(frozen=True)
class SchemaMap:
    """The attributes, classes and rights of a forest, found by GUID and by name (case ignored)."""

    attributes: tuple[SchemaAttribute, ...] = ()
    classes: tuple[SchemaClass, ...] = ()
    rights: tuple[ControlRight, ...] = ()

    @cached_property
    def attribute_by_guid(self) -> Mapping[UUID, SchemaAttribute]:
        """The attributes by schemaIDGUID."""
        return {one.guid: one for one in self.attributes}

    @cached_property
    def class_by_guid(self) -> Mapping[UUID, SchemaClass]:
        """The classes by schemaIDGUID."""
        return {one.guid: one for one in self.classes}

    @cached_property
    def right_by_guid(self) -> Mapping[UUID, ControlRight]:
        """The control access rights by rightsGuid."""
        return {one.guid: one for one in self.rights}

    @cached_property
    def _attributes(self) -> Mapping[str, SchemaAttribute]:
        return {one.name.lower(): one for one in self.attributes}

    @cached_property
    def _classes(self) -> Mapping[str, SchemaClass]:
        return {one.name.lower(): one for one in self.classes}

    @cached_property
    def _rights(self) -> Mapping[str, ControlRight]:
        shown = {one.shown.lower(): one for one in self.rights if one.shown}
        return shown | {one.name.lower(): one for one in self.rights}

    def attribute(self, name: str) -> SchemaAttribute:
        """The attribute of that LDAP name. Raises KeyError."""
        return self._attributes[name.lower()]

    def class_(self, name: str) -> SchemaClass:
        """The class of that LDAP name. Raises KeyError."""
        return self._classes[name.lower()]

    def right(self, name: str) -> ControlRight:
        """The control access right of that common name (`User-Force-Change-Password`), or shown name. Raises KeyError."""
        return self._rights[name.lower()]

    @cached_property
    def _members(self) -> Mapping[UUID, tuple[SchemaAttribute, ...]]:
        members: dict[UUID, list[SchemaAttribute]] = {}
        for one in self.attributes:
            if one.property_set is not None:
                members.setdefault(one.property_set, []).append(one)
        return {guid: tuple(sorted(found, key=lambda one: one.name.lower())) for guid, found in members.items()}

    def members(self, property_set: UUID) -> tuple[SchemaAttribute, ...]:
        """The attributes of a property set, by name."""
        return self._members.get(property_set, ())

    def contains(self, wider: UUID, narrower: UUID) -> bool:
        """Whether `wider` is the property set of the attribute `narrower`."""
        found = self.attribute_by_guid.get(narrower)
        return found is not None and found.property_set == wider

    def name(self, guid: UUID) -> str:
        """What people call it: the LDAP name of an attribute or class, the shown name of a right, else the GUID.

        A validated write may have the GUID of the attribute that it is about; the attribute's name is given then.
        """
        named: Iterable[SchemaAttribute | SchemaClass | None] = (
            self.attribute_by_guid.get(guid),
            self.class_by_guid.get(guid),
        )
        for one in named:
            if one is not None:
                return one.name
        right = self.right_by_guid.get(guid)
        return (right.shown or right.name) if right else str(guid)
