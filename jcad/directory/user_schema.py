"""What the schema says of users' attributes, read over LDAP. Reads only; one search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from jcad.directory import attributes as attr
from jcad.directory.entries import Entry
from jcad.directory.filters import any_of, equals
from jcad.directory.messages import Scope
from jcad.directory.reader import DirectoryReader
from jcad.errors import DirectoryError
from jcad.model.user_schema import UserAttribute, UserSchema, syntax_of

_CONSTRUCTED: Final = 0x4  # FLAG_ATTR_IS_CONSTRUCTED (MS-ADTS 2.2.10)
_SUPERIORS: Final = ("subclassof", "auxiliaryclass", "systemauxiliaryclass")
_CONTAINS: Final = ("maycontain", "systemmaycontain", "mustcontain", "systemmustcontain")
_READ: Final = (
    "lDAPDisplayName", "objectClass", "isDefunct", "attributeSyntax", "isSingleValued", "systemOnly", "systemFlags", "linkID",
    "subClassOf", "auxiliaryClass", "systemAuxiliaryClass", "mayContain", "systemMayContain", "mustContain",
    "systemMustContain",
)  # fmt: skip


def read_user_schema(reader: DirectoryReader, names: Iterable[str]) -> UserSchema:
    """What the schema says of these attributes, and which ones a user may have. Raises DirectoryError and its like."""
    asked = [equals("lDAPDisplayName", name) for name in names]
    found = reader.search(
        reader.dc.configuration.child("CN", "Schema"),
        any_of(equals("objectClass", "classSchema"), *asked),
        _READ,
        scope=Scope.LEVEL,
    )
    attributes: list[UserAttribute] = []
    classes: dict[str, Mapping[str, list[bytes]]] = {}
    for entry in found:
        if attr.boolean(entry[1], "isdefunct"):
            continue
        attributes += _attribute(entry)
        if "classSchema" in attr.texts(entry[1], "objectclass"):
            classes[(attr.text(entry[1], "ldapdisplayname") or "").lower()] = entry[1]
    if "user" not in classes:
        raise DirectoryError(
            f"{reader.dc.name} does not show the class user of its schema, so that [sync.mapping] cannot be checked.",
            hint="Let the account that reads see the schema, as Authenticated Users do by default.",
        )
    return UserSchema(tuple(attributes), tuple(sorted(_allowed(classes))))


def _attribute(entry: Entry) -> Iterator[UserAttribute]:
    values = entry[1]
    name = attr.text(values, "ldapdisplayname")
    if name and "attributeSchema" in attr.texts(values, "objectclass"):
        syntax = syntax_of(attr.text(values, "attributesyntax") or "")
        yield UserAttribute(name, syntax, bool(attr.boolean(values, "issinglevalued")), _kept(values))


def _kept(values: Mapping[str, list[bytes]]) -> str:
    if (attr.integer(values, "systemflags") or 0) & _CONSTRUCTED:
        return "it is computed when it is read"
    if (attr.integer(values, "linkid") or 0) % 2:
        return "it is a back link: the other object's attribute is the one to write"
    return "only the directory itself writes it" if attr.boolean(values, "systemonly") else ""


def _allowed(classes: Mapping[str, Mapping[str, list[bytes]]]) -> set[str]:
    """The attributes of user, of its superclasses, and of the auxiliary classes of all of them (MS-ADTS 3.1.1.2.4)."""
    names: set[str] = set()
    seen: set[str] = set()
    waiting = ["user"]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in classes:
            continue
        seen.add(name)
        values = classes[name]
        names.update(one for key in _CONTAINS for one in attr.texts(values, key))
        waiting += [one.lower() for key in _SUPERIORS for one in attr.texts(values, key)]
    return names
