"""What a service account can really do, held against its profile: what the directory told it, and what is computed. Pure.

Property and child rights are the directory's own answer to the account (allowedAttributesEffective,
allowedChildClassesEffective, sDRightsEffective: MS-ADTS 3.1.1.4.5); control rights, reading and deletion, which these do not
cover, are computed from the descriptor, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import AccessMask, SecurityDescriptor, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare.desired import Grant, Inheritance
from jcad.prepare.effective import Permissions, Question
from jcad.prepare.token import Token
from jcad.prepare.words import names_of

WRITE_DACL, WRITE_OWNER = 0x4, 0x1
"""What sDRightsEffective says of an account that may write the access control list, or the owner (LDAP_SERVER_SD_FLAGS)."""


_SHOWN = 5


class Source(StrEnum):
    """Where a verdict comes from."""

    DIRECTORY = "asked of the directory"
    COMPUTED = "computed from the permissions"
    TRIED = "tried on a throw-away account"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An object as the account itself sees it: what it may write of it, create in it, and of its permissions.

    `descriptor` is as an account that may read it sees it; None where it cannot be read.
    """

    dn: DistinguishedName
    object_class: str
    attributes: frozenset[str]
    children: frozenset[str]
    rights: int
    descriptor: SecurityDescriptor | None = None
    sid: Sid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One right of one account on one object: wanted or not, had or not (None: not checked), and how that is known."""

    account: str
    right: str
    on: str
    wanted: bool
    has: bool | None
    source: Source
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is as wanted. What was not checked is no pass."""
        return self.has is not None and self.has == self.wanted


def proofs(
    account: str, token: Token, grants: Iterable[Grant], container: Sample, samples: Iterable[Sample], schema: SchemaMap
) -> Iterator[Proof]:
    """Every right of the profile, and what the account must not have. `samples` are objects below, one of a class."""
    by_class = {schema.class_(one.object_class).guid: one for one in samples}
    names = names_of(schema)
    listed = list(grants)
    for grant in listed:
        if grant.owner_rights:
            continue
        if grant.inherited_object_type is None:
            target: Sample | None = container
        else:
            target = by_class.get(grant.inherited_object_type)
        yield from _granted(account, token, grant, target, schema, names)
    yield from _refused(account, listed, container, by_class.values(), schema)


def _granted(
    account: str, token: Token, grant: Grant, target: Sample | None, schema: SchemaMap, names: dict[UUID, str]
) -> Iterator[Proof]:
    kind = names.get(grant.object_type, str(grant.object_type)) if grant.object_type else ""
    on = str(target.dn) if target else f"a {names.get(grant.inherited_object_type or UUID(int=0), 'object')} below"
    for bit, name in _BITS:
        if not mapped(grant.mask) & bit:
            continue
        right = f"{name} {kind}".strip()
        has, source = (None, Source.NOT_CHECKED) if target is None else _has(token, bit, grant, target, schema, kind)
        yield Proof(account=account, right=right, on=on, wanted=True, has=has, source=source, reason=grant.reason)


_BITS = (
    (AccessMask.CREATE_CHILD, "create"),
    (AccessMask.DELETE_CHILD, "delete"),
    (AccessMask.READ_PROPERTY, "read"),
    (AccessMask.WRITE_PROPERTY, "write"),
    (AccessMask.CONTROL_ACCESS, "control right"),
    (AccessMask.DELETE, "delete the object"),
    (AccessMask.WRITE_DAC, "write permissions"),
    (AccessMask.WRITE_OWNER, "take ownership"),
)


def _has(
    token: Token, bit: int, grant: Grant, target: Sample, schema: SchemaMap, kind: str
) -> tuple[bool | None, Source]:
    if bit == AccessMask.CREATE_CHILD and kind:
        return kind.lower() in target.children, Source.DIRECTORY
    attribute = schema.attribute_by_guid.get(grant.object_type) if grant.object_type else None
    if bit == AccessMask.WRITE_PROPERTY and attribute is not None and attribute.writable:
        return kind.lower() in target.attributes, Source.DIRECTORY
    if bit == AccessMask.WRITE_DAC:
        return bool(target.rights & WRITE_DACL), Source.DIRECTORY
    if bit == AccessMask.WRITE_OWNER:
        return bool(target.rights & WRITE_OWNER), Source.DIRECTORY
    return _computed(token, bit, grant.object_type, target, schema)


def _computed(
    token: Token, bit: int, object_type: UUID | None, target: Sample, schema: SchemaMap
) -> tuple[bool | None, Source]:
    if target.descriptor is None:
        return None, Source.NOT_CHECKED
    way = (
        [schema.class_(target.object_class).guid]
        if bit & (AccessMask.READ_PROPERTY | AccessMask.WRITE_PROPERTY)
        else []
    )
    if object_type is not None:
        found = schema.attribute_by_guid.get(object_type)
        way += [guid for guid in (found.property_set if found else None, object_type) if guid is not None]
    granted = Permissions(target.descriptor, token, target.sid).ask(Question(bit, tuple(way))).granted
    return granted, Source.COMPUTED


def _refused(
    account: str, grants: list[Grant], container: Sample, samples: Iterable[Sample], schema: SchemaMap
) -> Iterator[Proof]:
    """What no profile gives: permissions, ownership, other classes of children, attributes beyond the profile's."""
    full = {grant.inherited_object_type for grant in grants if mapped(grant.mask) & AccessMask.WRITE_DAC}
    for target in (container, *samples):
        class_ = None if target is container else schema.class_(target.object_class).guid
        if class_ in full:
            continue
        for bit, name in ((WRITE_DACL, "write permissions"), (WRITE_OWNER, "take ownership")):
            yield _must_not(account, name, target, has=bool(target.rights & bit))
        wanted = _writable(grants, class_, schema)
        beyond = sorted(target.attributes - wanted) if wanted is not None else []
        yield _must_not(account, f"write other attributes{_some(beyond)}", target, has=bool(beyond))
    created = {
        found.name.lower()
        for grant in grants
        if grant.mask & AccessMask.CREATE_CHILD
        and grant.object_type is not None
        and (found := schema.class_by_guid.get(grant.object_type)) is not None
    }
    others = sorted(container.children - created)
    yield _must_not(account, f"create other objects{_some(others)}", container, has=bool(others))


def _must_not(account: str, right: str, target: Sample, *, has: bool) -> Proof:
    return Proof(
        account=account,
        right=right,
        on=str(target.dn),
        wanted=False,
        has=has,
        source=Source.DIRECTORY,
        reason="no profile wants it",
    )


def _some(names: list[str]) -> str:
    return f" ({', '.join(names[:_SHOWN])})" if names else ""


def _writable(grants: list[Grant], class_: UUID | None, schema: SchemaMap) -> frozenset[str] | None:
    """The attributes of a class that the grants give, in lower case; None for all of them."""
    found: set[str] = set()
    for grant in grants:
        if not mapped(grant.mask) & AccessMask.WRITE_PROPERTY or grant.owner_rights:
            continue
        reaches = grant.inherited_object_type in {None, class_} and (
            class_ is None or grant.inheritance is not Inheritance.NONE
        )
        if class_ is None and grant.inherited_object_type is not None:
            reaches = False
        if not reaches:
            continue
        if grant.object_type is None:
            return None
        attribute = schema.attribute_by_guid.get(grant.object_type)
        found |= (
            {attribute.name.lower()} if attribute else {one.name.lower() for one in schema.members(grant.object_type)}
        )
    return frozenset(found)
