"""An explicit entry as the script of permissions names it: by SID, rights, GUIDs and inheritance. Pure.

Its text is what the script writes of a rule, in `done`: `+S-1-5-21-...-1104;Allow;256;<GUID>;Descendents;<GUID>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from jcad.model import Sid
from jcad.model.descriptor import OBJECT_RIGHTS, Ace, AceType
from jcad.plan import Action, Value
from jcad.prepare.desired import Inheritance

_NAMES = {
    Inheritance.NONE: "None",
    Inheritance.ALL: "All",
    Inheritance.DESCENDENTS: "Descendents",
    Inheritance.SELF_AND_CHILDREN: "SelfAndChildren",
    Inheritance.CHILDREN: "Children",
}
_INHERITANCES = {name: inheritance for inheritance, name in _NAMES.items()}
_BY_FLAGS = {inheritance.ace_flags: inheritance for inheritance in Inheritance}
_FLAGS = 0x0E
_EMPTY = UUID(int=0)
_KINDS = {AceType.ALLOW: False, AceType.ALLOW_OBJECT: False, AceType.DENY: True, AceType.DENY_OBJECT: True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `trustee` is a SID, or `created-by:<action>` for an account that the same plan creates."""

    trustee: str
    rights: int
    object_type: UUID | None = None
    inheritance: Inheritance = Inheritance.NONE
    inherited_object_type: UUID | None = None
    deny: bool = False

    @classmethod
    def of(cls, ace: Ace) -> Self | None:
        """An entry as System.DirectoryServices would show it, or None for kinds that it does not."""
        if ace.sid is None or ace.type not in _KINDS:
            return None
        inheritance = _BY_FLAGS.get(ace.flags & _FLAGS if ace.flags & 0x02 else 0, Inheritance.NONE)
        return cls(
            trustee=str(ace.sid),
            rights=ace.mask,
            object_type=ace.object_type if ace.mask & OBJECT_RIGHTS else None,
            inheritance=inheritance,
            inherited_object_type=ace.inherited_object_type if inheritance else None,
            deny=_KINDS[AceType(ace.type)],
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what the script wrote. Raises ValueError for anything else."""
        trustee, kind, rights, object_type, inheritance, inherited = text.split(";")
        return cls(
            trustee=trustee,
            rights=int(rights) & 0xFFFFFFFF,
            object_type=_guid(object_type),
            inheritance=_INHERITANCES[inheritance],
            inherited_object_type=_guid(inherited),
            deny=kind == "Deny",
        )

    def item(self, reason: str = "") -> Mapping[str, Value]:
        """The rule as the script takes it; the reason stands beside it for whoever reads an exported script."""
        said: dict[str, Value] = {
            "trustee": self.trustee,
            "rights": self.rights - (1 << 32) if self.rights >> 31 else self.rights,
            "objectType": str(self.object_type) if self.object_type else None,
            "inheritance": int(self.inheritance),
            "inheritedObjectType": str(self.inherited_object_type) if self.inherited_object_type else None,
            "deny": self.deny,
        }
        return said | {"reason": reason} if reason else said

    @classmethod
    def of_item(cls, item: Mapping[str, Value]) -> Self:
        """The rule that `item` wrote."""
        object_type, inherited = item["objectType"], item["inheritedObjectType"]
        return cls(
            trustee=str(item["trustee"]),
            rights=int(str(item["rights"])) & 0xFFFFFFFF,
            object_type=UUID(str(object_type)) if object_type else None,
            inheritance=Inheritance(int(str(item["inheritance"]))),
            inherited_object_type=UUID(str(inherited)) if inherited else None,
            deny=bool(item["deny"]),
        )

    @property
    def key(self) -> tuple[str, int, str, int, str, bool]:
        """What rules are sorted by."""
        return (
            self.trustee,
            self.rights,
            str(self.object_type or ""),
            int(self.inheritance),
            str(self.inherited_object_type or ""),
            self.deny,
        )


def explicit_rules(aces: tuple[Ace, ...]) -> frozenset[Rule]:
    """The explicit rules of a list."""
    return frozenset(rule for ace in aces if not ace.inherited and (rule := Rule.of(ace)) is not None)


def rules_of(action: Action, sids: Mapping[str, Sid]) -> tuple[Rule, ...]:
    """The rules that an action adds, then those that it removes: in the order of its changes.

    `sids` are those of accounts that the same plan created, by the id of the action.
    """
    return tuple(
        Rule.of_item({**item, "trustee": _resolved(str(item["trustee"]), sids)})
        for name in ("add", "remove")
        for item in _listed(action.item.get(name))
    )


def _listed(value: Value) -> list[Mapping[str, Value]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, tuple) else []


def _resolved(trustee: str, sids: Mapping[str, Sid]) -> str:
    made = sids.get(trustee.removeprefix("created-by:"))
    return str(made) if made is not None else trustee


def _guid(text: str) -> UUID | None:
    guid = UUID(text)
    return None if guid == _EMPTY else guid
