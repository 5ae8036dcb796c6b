"""The schema map, read over LDAP: what the GUIDs in access control entries stand for. Reads only; three searches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from jcad.directory import attributes as attr
from jcad.directory.entries import Entry
from jcad.directory.filters import equals
from jcad.directory.messages import Scope
from jcad.directory.reader import DirectoryReader
from jcad.model.schema import ControlRight, SchemaAttribute, SchemaClass, SchemaMap

_CONSTRUCTED: Final = 0x4  # FLAG_ATTR_IS_CONSTRUCTED (MS-ADTS 2.2.10)
_CONFIDENTIAL: Final = 0x80  # fCONFIDENTIAL (MS-ADTS 2.2.9)


def read_schema(reader: DirectoryReader) -> SchemaMap:
    """The attributes, classes and control access rights of the forest. Raises DirectoryError and its like."""
    configuration = reader.dc.configuration
    schema = configuration.child("CN", "Schema")
    attributes = reader.search(
        schema,
        equals("objectClass", "attributeSchema"),
        (
            "lDAPDisplayName",
            "schemaIDGUID",
            "attributeSecurityGUID",
            "systemOnly",
            "systemFlags",
            "linkID",
            "searchFlags",
        ),
        scope=Scope.LEVEL,
    )
    classes = reader.search(
        schema,
        equals("objectClass", "classSchema"),
        ("lDAPDisplayName", "schemaIDGUID", "defaultSecurityDescriptor"),
        scope=Scope.LEVEL,
    )
    rights = reader.search(
        configuration.child("CN", "Extended-Rights"),
        equals("objectClass", "controlAccessRight"),
        ("cn", "displayName", "rightsGuid", "validAccesses", "appliesTo"),
        scope=Scope.LEVEL,
    )
    return SchemaMap(
        tuple(one for entry in attributes for one in _attribute(entry)),
        tuple(one for entry in classes for one in _class(entry)),
        tuple(one for entry in rights for one in _right(entry)),
    )


def _attribute(entry: Entry) -> Iterator[SchemaAttribute]:
    values = entry[1]
    name, guid = attr.text(values, "ldapdisplayname"), attr.guid(values, "schemaidguid")
    if name and guid:
        kept_by_system = (
            attr.boolean(values, "systemonly")
            or (attr.integer(values, "systemflags") or 0) & _CONSTRUCTED
            or (attr.integer(values, "linkid") or 0) % 2
        )
        confidential = bool((attr.integer(values, "searchflags") or 0) & _CONFIDENTIAL)
        yield SchemaAttribute(name, guid, attr.guid(values, "attributesecurityguid"), not kept_by_system, confidential)


def _class(entry: Entry) -> Iterator[SchemaClass]:
    values = entry[1]
    name, guid = attr.text(values, "ldapdisplayname"), attr.guid(values, "schemaidguid")
    if name and guid:
        yield SchemaClass(name, guid, attr.text(values, "defaultsecuritydescriptor") or "")


def _right(entry: Entry) -> Iterator[ControlRight]:
    values = entry[1]
    name, guid = attr.text(values, "cn"), _guid_text(attr.text(values, "rightsguid"))
    if name and guid:
        applies = frozenset(found for text in attr.texts(values, "appliesto") if (found := _guid_text(text)))
        shown = attr.text(values, "displayname") or ""
        yield ControlRight(name, guid, shown, attr.integer(values, "validaccesses") or 0, applies)


def _guid_text(text: str | None) -> UUID | None:
    """A GUID that the schema holds as text; nonsense is no GUID."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
