"""Pairs as a file: what a store remembers, to be kept beside it or brought into another one. Pure; `runs` checks and writes.

    {"schema": "jcad.links/1", "made_for": {"organisation", "instance", "domain_sid"},
     "links": [{"kind", "jumpcloud", "guid", "name", "origin", "disabled_here", "unfinished"}, ...],
     "members": {"<JumpCloud id of a group>": ["<JumpCloud id of a user>", ...]}}

`members` are those that jcad has seen in JumpCloud: without them a member that leaves there is not removed in AD.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jcad.errors import StoreError
from jcad.model import Link, LinkKind, Memory, Origin

SCHEMA = "jcad.links/1"
_Id = Annotated[str, Field(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIdentity:
    """What a store belongs to."""

    organisation: str
    instance: str
    domain_sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksFile:
    """Pairs and members seen, and what they were made for."""

    made_for: StoreIdentity
    links: tuple[Link, ...] = ()
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Link(_Strict):
    kind: LinkKind
    jumpcloud: _Id
    guid: UUID
    name: str = Field("", max_length=1024)
    origin: Origin = Origin.LINKED
    disabled_here: bool = False
    unfinished: bool = False


class _Identity(_Strict):
    organisation: _Id
    instance: _Id
    domain_sid: str = Field(min_length=1)


class _File(_Strict):
    schema_: Literal["jcad.links/1"] = Field(alias="schema")
    made_for: _Identity
    links: list[_Link]
    members: dict[_Id, list[_Id]] = {}


def write_links(identity: StoreIdentity, memory: Memory) -> str:
    """The pairs as a file holds them, in the order of their kinds, names and ids: the same store gives the same text."""
    links = sorted(memory.links.values(), key=lambda link: (link.kind, link.name, link.cloud_id))
    document = {
        "schema": SCHEMA,
        "made_for": asdict(identity),
        "links": [link_document(link) for link in links],
        "members": {group: sorted(users) for group, users in sorted(memory.seen.items()) if users},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def link_document(link: Link) -> dict[str, str | bool]:
    """One pair as JSON."""
    return {
        "kind": link.kind.value,
        "jumpcloud": link.cloud_id,
        "guid": str(link.guid),
        "name": link.name,
        "origin": link.origin.value,
        "disabled_here": link.disabled_here,
        "unfinished": link.unfinished,
    }


def read_links(text: str, *, source: str = "the file") -> LinksFile:
    """Read a file of pairs. Raises StoreError for anything else, and where an id or objectGUID is there twice."""
    try:
        found = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise StoreError(
            f"{source} is no file of pairs: {where}: {first['msg']}.", hint="`jcad sync links export` writes one."
        ) from None
    links = tuple(
        Link(
            kind=one.kind,
            cloud_id=one.jumpcloud,
            guid=one.guid,
            name=one.name,
            origin=one.origin,
            disabled_here=one.disabled_here,
            unfinished=one.unfinished,
        )
        for one in found.links
    )
    for what, values in (
        ("JumpCloud id", [one.cloud_id for one in links]),
        ("objectGUID", [one.guid for one in links]),
    ):
        if twice := [value for value, count in Counter(map(str, values)).items() if count > 1]:
            raise StoreError(f"{source}: the {what} {twice[0]} is in two pairs, so one of them is wrong.")
    made_for = StoreIdentity(**found.made_for.model_dump())
    return LinksFile(
        made_for=made_for,
        links=links,
        members={group: frozenset(users) for group, users in found.members.items()},
    )
