"""One change as a value: what it is, to which object, from which state, carried out by what. Pure; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from uuid import UUID

Scalar = str | int | bool | None
Value = Scalar | tuple["Value", ...] | Mapping[str, "Value"]


class Target(StrEnum):
    """Where an action is carried out."""

    DIRECTORY = "directory"
    JUMPCLOUD = "jumpcloud"
    HOST = "host"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object by what never changes: its objectGUID, its JumpCloud `_id`, a host's DNS name, or the action that creates it."""

    by: Literal["guid", "cloud", "host", "created-by"]
    value: str

    @classmethod
    def guid(cls, guid: UUID) -> ObjectRef:
        """Refer to an object of Active Directory."""
        return cls("guid", str(guid))

    @classmethod
    def cloud(cls, identity: str) -> ObjectRef:
        """Refer to an object of JumpCloud."""
        return cls("cloud", identity)

    @classmethod
    def host(cls, name: str) -> ObjectRef:
        """Refer to a host by its DNS name, in small letters."""
        return cls("host", name.lower())

    @classmethod
    def created_by(cls, action: str) -> ObjectRef:
        """Refer to what an action of the same plan creates; apply resolves it from the journal."""
        return cls("created-by", action)

    def __str__(self) -> str:
        return f"{self.by}:{self.value}"


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute, old and new, as text. Absent is None, which never equals the empty text.

    The attribute `member` is multi-valued: `old` None and `new` a member's reference adds it, the reverse removes it.
    """

    attribute: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change of one object.

    - `id` names it within its plan, and is the same whenever the same plan is made.
    - `kind` is a verb and a noun: `disable user`. `name` is the object's name, for people; `reason` says why.
    - `object` is what is written; `member` the second object of a membership.
    - `expected` is the precondition: the state it was planned from; another state at apply is a conflict.
    - `wave` orders: all of one wave are done before the next begins. `needs` are actions that must have succeeded.
    - `executor` names the script or call; `item` is what it is given about this object beside its reference.
    - `secret` is a reference to the secret that travels with it; `generate:<policy>` is made at apply.
    - `guards` are the limits that it counts towards; `scope` the object within which a limit counts (a group).
    - `link` is the JumpCloud id whose pair is recorded when it succeeded.
    - `inverse` is the executor and the item that undo it, where that is possible.
    """

    id: str
    kind: str
    target: Target
    object: ObjectRef
    name: str
    wave: int
    executor: str
    changes: tuple[Change, ...] = ()
    expected: Mapping[str, Value] = field(default_factory=dict)
    item: Mapping[str, Value] = field(default_factory=dict)
    member: ObjectRef | None = None
    needs: tuple[str, ...] = ()
    secret: str | None = None
    guards: tuple[str, ...] = ()
    scope: str = ""
    link: str | None = None
    reason: str = ""
    inverse: Mapping[str, Value] | None = None

    @property
    def verb(self) -> str:
        """The first word of its kind."""
        return self.kind.partition(" ")[0]

    @property
    def noun(self) -> str:
        """What it is done to: the rest of its kind."""
        return self.kind.partition(" ")[2]

    @property
    def order(self) -> tuple[int, str, str, str, str]:
        """The key by which actions of a plan are sorted."""
        return self.wave, self.kind, self.scope, self.name, self.id
