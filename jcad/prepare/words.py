"""An entry in words: `jcsync: allow Reset Password on user objects below`. Pure; names are given, GUIDs are not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from jcad.model.descriptor import FULL_CONTROL, AccessMask, Ace, mapped
from jcad.model.schema import SchemaMap
from jcad.prepare.desired import Inheritance
from jcad.prepare.rules import Rule

_RIGHTS = (
    (AccessMask.CREATE_CHILD, "create"),
    (AccessMask.DELETE_CHILD, "delete"),
    (AccessMask.LIST_CHILDREN, "list"),
    (AccessMask.SELF_WRITE, "validated write of"),
    (AccessMask.READ_PROPERTY, "read"),
    (AccessMask.WRITE_PROPERTY, "write"),
    (AccessMask.DELETE_TREE, "delete tree"),
    (AccessMask.LIST_OBJECT, "list object"),
    (AccessMask.CONTROL_ACCESS, "control"),
    (AccessMask.DELETE, "delete object"),
    (AccessMask.READ_CONTROL, "read permissions"),
    (AccessMask.WRITE_DAC, "write permissions"),
    (AccessMask.WRITE_OWNER, "take ownership"),
    (AccessMask.SYNCHRONIZE, "synchronize"),
)
_INHERITED = 0x10
SHOWN = {"User-Force-Change-Password": "Reset Password"}
"""Rights whose common name is not what Windows shows; a directory may lack the shown name (displayName)."""
_SCOPES = {
    Inheritance.NONE: "here",
    Inheritance.ALL: "here and on {} below",
    Inheritance.DESCENDENTS: "on {} below",
    Inheritance.SELF_AND_CHILDREN: "here and on {} directly below",
    Inheritance.CHILDREN: "on {} directly below",
}


def names_of(schema: SchemaMap) -> dict[UUID, str]:
    """The names of what entries hold, by GUID."""
    names = {one.guid: SHOWN.get(one.name) or one.shown or one.name for one in schema.rights}
    names |= {one.guid: one.name for one in schema.classes}
    return names | {one.guid: one.name for one in schema.attributes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names of attributes, classes and rights by their GUIDs, and of trustees by their SIDs (or `created-by:...`)."""

    names: Mapping[UUID, str] = field(default_factory=dict)
    trustees: Mapping[str, str] = field(default_factory=dict)

    def rule(self, rule: Rule) -> str:
        """The whole entry; two different entries have different words, as long as names are not used twice."""
        who = self.trustees.get(rule.trustee, rule.trustee)
        kind = "deny" if rule.deny else "allow"
        objects = f"{self._name(rule.inherited_object_type)} objects" if rule.inherited_object_type else "objects"
        return f"{who}: {kind} {self._what(rule)} {_SCOPES[rule.inheritance].format(objects)}"

    def ace(self, ace: Ace) -> str:
        """An entry of a descriptor; of kinds that have no words only whose it is."""
        rule = Rule.of(replace(ace, flags=ace.flags & ~_INHERITED))
        return self.rule(rule) if rule else f"an entry of type {ace.type} of {self.trustees.get(str(ace.sid), ace.sid)}"

    def _what(self, rule: Rule) -> str:
        mask = mapped(rule.rights)
        if mask & FULL_CONTROL == FULL_CONTROL and rule.object_type is None:
            return "full control"
        rights = [name for bit, name in _RIGHTS if mask & bit]
        rest = mask & ~sum(bit for bit, _ in _RIGHTS)
        rights += [f"{rest:#x}"] if rest else []
        if rule.object_type is None:
            return ", ".join(
                f"{name} all" if name in {"create", "delete", "read", "write", "control"} else name for name in rights
            )
        if mask == AccessMask.CONTROL_ACCESS:
            return self._name(rule.object_type)
        return f"{' and '.join(rights)} {self._name(rule.object_type)}"

    def _name(self, guid: UUID) -> str:
        return self.names.get(guid, str(guid))
