"""A security descriptor as people can read it: one row for each entry, and a page of HTML of the same. Pure.

    shown = show(dn, descriptor, schema=schema, name_of=names.get, above=ancestors)
    shown.document()                  # for JSON
    as_html(shown)

Who prints a table takes `COLUMNS` and each row's `cells`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Final
from uuid import UUID

from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import FULL_CONTROL, OBJECT_RIGHTS, AccessMask, Ace, SecurityDescriptor, is_canonical, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare.aces import BELOW, CHILDREN, ITSELF, reach
from jcad.prepare.inheritance import Ancestor, origin
from jcad.prepare.token import NAMES
from jcad.prepare.words import names_of

COLUMNS: Final = ("trustee", "access", "right", "object class", "property", "inheritance", "comes from", "remarks")

_WHOLE: Final = (
    (AccessMask.LIST_CHILDREN, "list contents"),
    (AccessMask.LIST_OBJECT, "list object"),
    (AccessMask.DELETE, "delete"),
    (AccessMask.DELETE_TREE, "delete subtree"),
    (AccessMask.READ_CONTROL, "read permissions"),
    (AccessMask.WRITE_DAC, "change permissions"),
    (AccessMask.WRITE_OWNER, "change owner"),
    (AccessMask.SYNCHRONIZE, "synchronize"),
)
_READ_WRITE: Final = AccessMask.READ_PROPERTY | AccessMask.WRITE_PROPERTY
_REACHES: Final = {
    0: "nothing",
    ITSELF: "this object only",
    ITSELF | CHILDREN | BELOW: "this object and all below",
    CHILDREN | BELOW: "all below",
    ITSELF | CHILDREN: "this object and those directly in it",
    CHILDREN: "objects directly in it",
}
_SOURCE_KINDS: Final = {
    "explicit": "",
    "inherited": "an object above that was not found",
    "default": "the schema's default",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of the DACL, in words. `place` is where it stands in the list, from 0; the order decides.

    `object_class` is the class of objects on which it holds, empty for all; `attribute` the attribute or property set, empty
    where it is about no property, `all` for all of them. `source` is `explicit`, `default` (the schema's, explicit too) or
    `inherited`; `origin` the object above that it comes from, where that was found.
    """

    place: int
    trustee: str
    sid: str
    access: str
    rights: tuple[str, ...]
    object_class: str = ""
    attribute: str = ""
    inheritance: str
    source: str
    origin: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def comes_from(self) -> str:
        """Where it comes from, in words; empty for an explicit entry of the object itself."""
        return self.origin or _SOURCE_KINDS[self.source]

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the columns."""
        return (
            self.trustee,
            self.access,
            ", ".join(self.rights),
            self.object_class or "all",
            self.attribute,
            self.inheritance,
            self.comes_from,
            "; ".join(self.remarks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A descriptor in words: the object, its owner, what is remarkable about the list as a whole, and the rows in order."""

    dn: DistinguishedName
    owner: str
    protected: bool
    canonical: bool
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "object": str(self.dn),
            "owner": self.owner,
            "protected": self.protected,
            "canonical": self.canonical,
            "remarks": list(self.remarks),
            "entries": [asdict(row) for row in self.rows],
        }


Names = Callable[[Sid], str | None]
"""What people call a SID; None where it resolves to nothing."""


def show(
    dn: DistinguishedName,
    descriptor: SecurityDescriptor,
    *,
    schema: SchemaMap,
    name_of: Names,
    above: Sequence[Ancestor] = (),
    defaults: frozenset[Ace] = frozenset(),
) -> Shown:
    """Put a descriptor into words.

    `above` are the objects above with their descriptors, the nearest first: from them is told where inherited entries come
    from. `defaults` are the entries of the class's default security descriptor.
    """
    translator = _Translator(schema, name_of, names_of(schema))
    aces = descriptor.dacl.aces if descriptor.dacl else ()
    rows = []
    for place, ace in enumerate(aces):
        found = origin(ace, descriptor.owner, above) if ace.inherited else None
        source = "inherited" if ace.inherited else "default" if ace in defaults else "explicit"
        remarks = tuple(translator.remarks(ace, repeated=ace in aces[:place]))
        rows.append(translator.row(place, ace, source, str(found) if found else "", remarks))
    return Shown(
        dn=dn,
        owner=translator.name(descriptor.owner) if descriptor.owner else "",
        protected=descriptor.dacl_protected,
        canonical=descriptor.dacl is None or is_canonical(descriptor.dacl),
        rows=tuple(rows),
        remarks=tuple(_remarks(descriptor)),
    )


def _remarks(descriptor: SecurityDescriptor) -> Iterator[str]:
    if not descriptor.has_dacl:
        yield "it has no access control list, so everybody may do everything"
    elif descriptor.dacl is not None:
        if descriptor.dacl_protected:
            yield "its access control list is protected: it inherits nothing from above"
        if not is_canonical(descriptor.dacl):
            yield "its entries are not in canonical order: Windows refuses to change it until its entries are reordered"


@dataclass(frozen=True, slots=True)
class _Translator:
    """Entries into words, with what the numbers are called in this forest."""

    schema: SchemaMap
    name_of: Names
    names: dict[UUID, str]

    def name(self, sid: Sid) -> str:
        return NAMES.get(sid) or self.name_of(sid) or str(sid)

    def row(self, place: int, ace: Ace, source: str, found: str, remarks: tuple[str, ...]) -> Row:
        rights, about = self._rights(ace)
        return Row(
            place=place,
            trustee=self.name(ace.sid) if ace.sid else "(unknown)",
            sid=str(ace.sid) if ace.sid else "",
            access="allow" if ace.allows else "deny" if ace.denies else f"entry of type {ace.type}",
            rights=rights,
            object_class=self._called(ace.inherited_object_type) if ace.inherited_object_type else "",
            attribute=about,
            inheritance=_REACHES.get(reach(ace.flags), "objects further below"),
            source=source,
            origin=found,
            remarks=remarks,
        )

    def remarks(self, ace: Ace, *, repeated: bool) -> Iterator[str]:
        if ace.sid and ace.sid.subauthorities[:1] == (21,) and self.name_of(ace.sid) is None:
            yield "this SID resolves to nothing"
        if ace.conditional:
            yield "conditional"
        if ace.inherit_only:
            yield "says nothing of this object itself"
        if repeated and not ace.inherited:
            yield "stands here a second time"

    def _called(self, guid: UUID) -> str:
        return self.names.get(guid, str(guid))

    def _rights(self, ace: Ace) -> tuple[tuple[str, ...], str]:
        """The rights in words, and the property that they are about."""
        mask = mapped(ace.mask)
        kind = ace.object_type if mask & OBJECT_RIGHTS else None
        if mask & FULL_CONTROL == FULL_CONTROL and kind is None:
            return ("full control",), "all"
        words = [*self._on_properties(mask), *self._on_type(mask, kind)]
        words += [word for bit, word in _WHOLE if mask & bit]
        rest = mask & ~(FULL_CONTROL | AccessMask.SYNCHRONIZE)
        words += [f"{rest:#x}"] if rest else []
        return tuple(words), self._property(mask, kind)

    def _on_properties(self, mask: int) -> Iterator[str]:
        for bit, word in ((AccessMask.READ_PROPERTY, "read"), (AccessMask.WRITE_PROPERTY, "write")):
            if mask & bit:
                yield word

    def _on_type(self, mask: int, kind: UUID | None) -> Iterator[str]:
        objects = f"{self._called(kind)} objects" if kind else "objects of every class"
        if mask & AccessMask.CREATE_CHILD:
            yield f"create {objects}"
        if mask & AccessMask.DELETE_CHILD:
            yield f"delete {objects}"
        if mask & AccessMask.SELF_WRITE:
            yield f"validated write {self._right(kind)}" if kind else "all validated writes"
        if mask & AccessMask.CONTROL_ACCESS:
            yield self._right(kind) if kind else "all extended rights"

    def _right(self, guid: UUID) -> str:
        """The name of a control access right; a validated write may share its GUID with an attribute."""
        right = self.schema.right_by_guid.get(guid)
        return (right.shown or right.name) if right and guid in self.schema.attribute_by_guid else self._called(guid)

    def _property(self, mask: int, kind: UUID | None) -> str:
        if not mask & _READ_WRITE:
            return ""
        if kind is None:
            return "all"
        members = self.schema.members(kind)
        return f"{self._called(kind)} ({len(members)} properties)" if members else self._called(kind)


_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #bbb; padding: .3em .6em; text-align: left; vertical-align: top; }}
th {{ background: #eee; }}
tr.deny td {{ background: #fde8e8; }}
tr.inherited td {{ color: #555; }}
</style></head><body>
<h1>{title}</h1>
<p>Owner: {owner}</p>
{remarks}<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody></table>
</body></html>
"""


def as_html(shown: Shown) -> str:
    """A page of its own with the rows as a table; every text is escaped."""
    remarks = "".join(f"<p>{escape(text)}</p>\n" for text in shown.remarks)
    return _PAGE.format(
        title=escape(f"Permissions of {shown.dn}"),
        owner=escape(shown.owner or "unknown"),
        remarks=remarks,
        head="".join(f"<th>{escape(name)}</th>" for name in COLUMNS),
        rows="\n".join(_html_row(row) for row in shown.rows),
    )


def _html_row(row: Row) -> str:
    kinds = " ".join([*(["deny"] if row.access == "deny" else []), row.source])
    return f'<tr class="{kinds}">' + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells) + "</tr>"
