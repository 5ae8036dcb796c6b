"""May this account do that to this object, and why (not)? The rights that an action needs, each asked of its descriptor. Pure.

What an action needs is what the registry says of its script; `read:ATTRIBUTE`, `write:ATTRIBUTE` and `delete` are asked by
themselves. An action that creates is asked of the container: what the new object would take over from it is asked as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jcad.errors import NotChecked, PlanError
from jcad.model import DistinguishedName, Right, Sid
from jcad.model.descriptor import AccessMask, Ace, Acl, SecurityDescriptor
from jcad.model.schema import SchemaMap
from jcad.powershell import script, scripts
from jcad.prepare import effective
from jcad.prepare.effective import How, Permissions, Question
from jcad.prepare.inheritance import Ancestor, handed_down, origin
from jcad.prepare.token import Token
from jcad.prepare.words import SHOWN, Words

CONTAINERS = frozenset({"container", "organizationalunit", "domaindns", "builtindomain"})
_COMMON = {shown: name for name, shown in SHOWN.items()}
_MASKS = {
    "ReadControl": AccessMask.READ_CONTROL,
    "WriteDacl": AccessMask.WRITE_DAC,
    "WriteOwner": AccessMask.WRITE_OWNER,
    "ListChildren": AccessMask.LIST_CHILDREN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The object that is asked about, and the objects above it, the nearest first; `sid` is its own, if it has one."""

    dn: DistinguishedName
    object_class: str
    descriptor: SecurityDescriptor
    above: tuple[Ancestor, ...] = ()
    sid: Sid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One right: whether the account has it, on which object, by which entry, and where that entry comes from.

    `origin` is the object whose explicit entry decides; None where no entry does, or where it was not found above.
    """

    right: str
    on: DistinguishedName
    granted: bool
    how: str
    entry: str = ""
    origin: DistinguishedName | None = None
    new: bool = False
    uncertain: bool = False


def actions() -> tuple[str, ...]:
    """The actions that can be asked about by name."""
    return (*(one.name for one in scripts() if one.writes), "delete", "read:ATTRIBUTE", "write:ATTRIBUTE")


def rights_for(action: str, object_class: str) -> tuple[Right, ...]:
    """What an action needs on an object of a class. Raises PlanError for an action that jcad does not know."""
    verb, colon, attribute = action.partition(":")
    if colon and verb in {"read", "write"} and attribute:
        return (Right(f"{verb.capitalize()}Property", object_class, attribute),)
    if action == "delete":
        return (Right("Delete", object_class),)
    if action not in {one.name for one in scripts() if one.writes}:
        raise PlanError(f"jcad does not know the action {action!r}.", hint=f"It knows: {', '.join(actions())}")
    return script(action).rights


def rule_on(subject: Subject, action: str, token: Token, schema: SchemaMap, words: Words) -> list[Ruling]:
    """Each right that an action needs on an object, and why the account has it or not. Raises PlanError, NotChecked."""
    inside = subject.object_class in CONTAINERS
    asked = rights_for(action, subject.object_class)
    if not inside:
        asked = tuple(right for right in asked if right.on == subject.object_class)
    desk = _Desk(token, schema, words)
    rulings = [desk.rule(subject, right) for right in dict.fromkeys(asked)]
    if not rulings:
        raise NotChecked(f"{action} is nothing that is done to a {subject.object_class} such as {subject.dn}")
    return rulings


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who asks, and what the names mean."""

    token: Token
    schema: SchemaMap
    words: Words

    def rule(self, subject: Subject, right: Right) -> Ruling:
        inside = subject.object_class in CONTAINERS
        try:
            question = _question(right, self.schema)
        except KeyError as error:
            raise PlanError(f"The forest's schema has no {error.args[0]!r}.", hint="Check the name.") from None
        if right.right == "Delete":
            return self.delete(subject, question, right)
        if "Child" in right.right:
            return self.answer(subject if inside else _parent(subject), question, right)
        if inside and right.on.casefold() not in {subject.object_class, "container"}:
            return self.answer(_child(subject, right.on, self.token, self.schema), question, right, new=True)
        return self.answer(subject, question, right)

    def delete(self, subject: Subject, question: Question, right: Right) -> Ruling:
        """Delete on the object, or DeleteChild on the one that it is in: either is enough (MS-ADTS 3.1.1.5.5)."""
        own = self.answer(subject, question, right)
        if own.granted or not subject.above:
            return own
        through = effective.delete_child(self.schema, right.on)
        above = self.answer(_parent(subject), through, Right("DeleteChild", right.on))
        return above if above.granted else own

    def answer(self, subject: Subject, question: Question, right: Right, *, new: bool = False) -> Ruling:
        answer = Permissions(subject.descriptor, self.token, subject.sid).ask(question)
        aces = subject.descriptor.dacl.aces if subject.descriptor.dacl else ()
        entries = [aces[place] for place in answer.entries]
        told = bool(entries) and answer.how in {How.ALLOWED, How.DENIED}
        return Ruling(
            right=str(right),
            on=subject.dn,
            granted=answer.granted,
            how=answer.how.value,
            entry=self.words.ace(entries[-1]) if told else "",
            origin=_origin(subject, entries[-1]) if told else None,
            new=new,
            uncertain=answer.uncertain,
        )


def _question(right: Right, schema: SchemaMap) -> Question:
    match right.right:
        case "CreateChild":
            return effective.create(schema, right.on)
        case "DeleteChild":
            return effective.delete_child(schema, right.on)
        case "Delete":
            return effective.delete(schema, right.on)
        case "WriteProperty":
            return effective.write(schema, right.attribute, right.on)
        case "ReadProperty":
            return effective.read(schema, right.attribute, right.on)
        case "ExtendedRight":
            return effective.control(schema, _COMMON.get(right.attribute, right.attribute))
        case name if name in _MASKS:
            return effective.on_object(_MASKS[name])
        case _:
            raise NotChecked(f"how {right} is asked is not known")


def _origin(subject: Subject, ace: Ace) -> DistinguishedName | None:
    return origin(ace, subject.descriptor.owner, subject.above) if ace.inherited else subject.dn


def _parent(subject: Subject) -> Subject:
    if not subject.above:
        raise NotChecked(f"the object above {subject.dn} cannot be read")
    near = subject.above[0]
    return Subject(dn=near.dn, object_class="", descriptor=near.descriptor, above=subject.above[1:])


def _child(container: Subject, class_name: str, token: Token, schema: SchemaMap) -> Subject:
    """An object that the account would create in a container: what it takes over, and its class's default permissions."""
    class_ = schema.class_(class_name)
    aces: Sequence[Ace] = container.descriptor.dacl.aces if container.descriptor.dacl else ()
    default = (
        SecurityDescriptor.from_sddl(class_.default, token.user.domain) if class_.default else SecurityDescriptor()
    )
    own = default.dacl.aces if default.dacl else ()
    taken = handed_down(aces, class_.guid, token.user, default.group)
    descriptor = SecurityDescriptor(owner=token.user).with_dacl(Acl(4, (*own, *taken)))
    return Subject(
        dn=container.dn,
        object_class=class_name,
        descriptor=descriptor,
        above=(Ancestor(container.dn, container.descriptor), *container.above),
    )
