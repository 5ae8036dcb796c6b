"""What members each .NET type has, and how a type is given some: the open table of the lab's types.

    guid = members_of(net.GUID)
    guid.static("NewGuid()", uuid.uuid4)
    guid.method("ToString(string)", lambda value, spec: net_text(value, spec))
    guid.property("Length", len, "int")
    guid.constructor("(string)", parse)

A signature lists its parameter types by the names that a script would use; `T0` and `T1` stand for a generic type's
arguments, `params T[]` for a parameter array, `out T` and `ref T` for references. A generic definition serves all its closed
types, with the closed type as `kind` where the function asks for it (`needs_type=True`). Functions get converted arguments and
raise `NetError` for what .NET would throw. Other rooms declare their own types here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.nettype import NetType

#: Placeholders for the arguments of a generic type.
T0: Final = net.define("T0")
T1: Final = net.define("T1")
ANY_DELEGATE: Final = net.DELEGATE


#: What was found out from the tables so far, by whoever looked: emptied whenever a member is declared.
CACHES: Final[list[dict[Any, Any]]] = []


def cache() -> dict[Any, Any]:
    """A dictionary that is emptied whenever a member is declared."""
    made: dict[Any, Any] = {}
    CACHES.append(made)
    return made


def _changed() -> None:
    for known in CACHES:
        if known:
            known.clear()


@dataclass(frozen=True, slots=True, eq=False)
class Overload:
    """One overload: parameter types, the function, whether the last parameter is a parameter array."""

    parameters: tuple[NetType, ...]
    function: Callable[..., Any]
    spread: bool = False
    needs_type: bool = False
    by_ref: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """One property: its name, getter and setter (None: read-only), type."""

    name: str
    getter: Callable[..., Any]
    setter: Callable[..., Any] | None
    type: NetType


@dataclass(slots=True, eq=False)
class TypeMembers:
    """The members of one type (its own, not the inherited ones); names in lower case lead to them."""

    kind: NetType
    constructors: list[Overload] = field(default_factory=list)
    methods: dict[str, list[Overload]] = field(default_factory=dict)
    statics: dict[str, list[Overload]] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    static_properties: dict[str, Property] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    default: Callable[[], Any] | None = None

    def constructor(self, signature: str, function: Callable[..., Any], *, needs_type: bool = False) -> None:
        """Declare a constructor: `constructor("(string, int)", make)`."""
        self.constructors.append(_overload(signature, function, needs_type=needs_type)[1])
        _changed()

    def method(self, signature: str, function: Callable[..., Any], *, needs_type: bool = False) -> None:
        """Declare an instance method; the function's first argument is the value."""
        name, overload = _overload(signature, function, needs_type=needs_type)
        self.names.setdefault(name.lower(), name)
        self.methods.setdefault(name.lower(), []).append(overload)
        _changed()

    def static(self, signature: str, function: Callable[..., Any], *, needs_type: bool = False) -> None:
        """Declare a static method."""
        name, overload = _overload(signature, function, needs_type=needs_type)
        self.names.setdefault(name.lower(), name)
        self.statics.setdefault(name.lower(), []).append(overload)
        _changed()

    def property(
        self,
        name: str,
        getter: Callable[..., Any],
        type_name: str = "object",
        setter: Callable[..., Any] | None = None,
    ) -> None:
        """Declare a property."""
        self.properties[name.lower()] = Property(name, getter, setter, named(type_name))
        _changed()

    def static_property(self, name: str, getter: Callable[..., Any], type_name: str = "object") -> None:
        """Declare a static property or field, computed when asked for."""
        self.static_properties[name.lower()] = Property(name, lambda _kind: getter(), None, named(type_name))


MEMBERS: Final[dict[NetType, TypeMembers]] = {}


def members_of(kind: NetType) -> TypeMembers:
    """The (open) member table of a type; made empty when first asked for."""
    known = MEMBERS.get(kind)
    if known is None:
        known = MEMBERS[kind] = TypeMembers(kind)
    return known


def _overload(signature: str, function: Callable[..., Any], *, needs_type: bool) -> tuple[str, Overload]:
    name, opened, rest = signature.partition("(")
    if not opened or not rest.endswith(")"):
        raise ValueError(signature)
    kinds, spread, by_ref = _parameters(rest[:-1])
    if net.IFORMAT_PROVIDER in kinds or net.CULTURE_INFO in kinds:
        function = _by_known_rules(function)
    return name, Overload(kinds, function, spread, needs_type, by_ref)


@lru_cache(maxsize=2048)
def _parameters(text: str) -> tuple[tuple[NetType, ...], bool, frozenset[int]]:
    """The types of a signature's parameters, whether the last is a parameter array, which are references."""
    kinds: list[NetType] = []
    by_ref: set[int] = set()
    spread = False
    for part in _split(text):
        word = part
        if word.startswith("params "):
            spread, word = True, word.removeprefix("params ")
        elif word.startswith(("out ", "ref ")):
            by_ref.add(len(kinds))
            word = word[4:]
        kinds.append(named(word))
    return tuple(kinds), spread, frozenset(by_ref)


def _by_known_rules(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which refuses a culture whose rules the lab has not: a culture says so by `require_rules`."""

    def call(*arguments: Any) -> Any:
        for argument in arguments:
            require = getattr(argument, "require_rules", None)
            if require is not None:
                require()
        return function(*arguments)

    return call


def _split(text: str) -> list[str]:
    """The parameters of a signature: split at commas outside brackets."""
    if "[" not in text:
        return [part.strip() for part in text.split(",")] if text.strip() else []
    parts, depth, current = [], 0, ""
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and not depth:
            parts.append(current.strip())
            current = ""
        else:
            current += letter
    return [*parts, current.strip()] if current.strip() else parts


def named(name: str) -> NetType:
    """The type of a name in a declaration; a name that is not known is a mistake of ours."""
    from jcad.lab.powershell.types.names import find  # noqa: PLC0415  - names builds on this table's types

    found = find(name)
    if found is None:
        raise LookupError(name)
    return found


def substitute(kind: NetType, args: tuple[NetType, ...]) -> NetType:
    """A parameter type of a generic definition in one of its closed types."""
    if kind is T0:
        return args[0]
    if kind is T1:
        return args[1]
    if kind.element is not None:
        return net.array_of(substitute(kind.element, args), kind.rank)
    if kind.args and kind.definition is not None:
        return net.generic(kind.definition, *(substitute(arg, args) for arg in kind.args))
    return kind
