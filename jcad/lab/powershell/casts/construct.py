"""Conversions by a type's own members: Parse, a constructor of one parameter, cast operators, IConvertible, properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import (
    UNFORESEEN,
    Conversion,
    invalid_cast,
    no_conversion,
    unforeseen,
    value_cast,
    wrapped,
)
from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.objects import member_value, to_text, unroll
from jcad.lab.powershell.values import (
    Array,
    Dictionary,
    NetType,
    PSCustomObject,
    PSObject,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from jcad.lab.powershell.types.registry import Overload, TypeMembers

Figure = Callable[[NetType, NetType], Conversion]

FORMAT_PROVIDER: Final = net.IFORMATTABLE


def _members(kind: NetType) -> TypeMembers:
    from jcad.lab.powershell.types.registry import members_of  # noqa: PLC0415  - types builds on conversions

    return members_of(kind.definition or kind)


def parse(target: NetType) -> Conversion | None:
    """`Parse(string, IFormatProvider)` or `Parse(string)` of the target, tried in this order."""
    overloads: list[Overload] = _members(target).statics.get("parse", [])
    provider = net.TYPES["system.iformatprovider"]
    for wanted, error_id, rest in (
        ((net.STRING, provider), "InvalidCastParseTargetInvocationWithFormatProvider", (None,)),
        ((net.STRING,), "InvalidCastParseTargetInvocation", ()),
    ):
        for overload in overloads:
            if overload.parameters == wanted:
                return Conversion(ranks.PARSE, _by_parse(overload, error_id, rest))
    return None


def _by_parse(overload: Overload, error_id: str, rest: tuple[None, ...]) -> Callable[[Value, NetType], Value]:
    def convert(value: Value, kind: NetType) -> Value:
        text = to_text(value)
        try:
            return overload.function(text, *rest)
        except NetError as error:
            raise wrapped(error_id, text, kind, error) from error
        except UNFORESEEN as error:
            raise unforeseen(kind, "Parse") from error

    return convert


# ---------------------------------------------------------------- constructors


def constructor(source: NetType, target: NetType, figure: Figure) -> Conversion | None:
    """A public constructor of one parameter that takes the source type (widening numbers, as .NET's binder does)."""
    if source in net.INTEGERS and net.IENUMERABLE in target.all_interfaces():
        return None  # a number would be a capacity
    collection = _collection(source, target, figure)
    if collection is not None:
        return collection
    best: tuple[int, Overload] | None = None
    for overload in _members(target).constructors:
        if len(overload.parameters) != 1 or overload.spread:
            continue
        quality = _binds(source, overload.parameters[0])
        if quality and (best is None or quality > best[0]):
            best = (quality, overload)
    return None if best is None else Conversion(ranks.CONSTRUCTOR, _by_constructor(best[1], figure))


def _binds(source: NetType, parameter: NetType) -> int:
    """Whether .NET's default binder takes the type for the parameter: 3 exact, 2 a base, 1 a wider number."""
    if source is parameter:
        return 3
    if parameter is net.OBJECT:
        return 0 if source is net.PS_CUSTOM_OBJECT else 2
    if source.is_assignable_to(parameter):
        return 2
    if source.is_enum and parameter is net.INT32:
        return 1
    primitive = net.INT32 if source.is_enum else net.UINT16 if source is net.CHAR else source
    if primitive in net.NUMERIC and parameter in net.NUMERIC and net.DECIMAL not in (primitive, parameter):
        from jcad.lab.powershell.casts.language import _numeric_rank  # noqa: PLC0415  - language builds on failures too

        return 1 if _numeric_rank(primitive, parameter) == ranks.NUMERIC_IMPLICIT else 0
    return 0


def _by_constructor(overload: Overload, figure: Figure) -> Callable[[Value, NetType], Value]:
    def convert(value: Value, kind: NetType) -> Value:
        base = value.base if type(value) is PSObject else value
        parameter = overload.parameters[0]
        argument = base if parameter is net.OBJECT else figure(type_of(base), parameter).convert(base, parameter)
        try:
            return overload.function(kind, argument) if overload.needs_type else overload.function(argument)
        except NetError as error:
            raise wrapped("InvalidCastConstructorException", value, kind, error) from error
        except UNFORESEEN as error:
            raise unforeseen(kind, "new") from error

    return convert


_COLLECTIONS: Final = (
    net.LIST,
    net.HASH_SET,
    net.SORTED_SET,
    net.QUEUE_1,
    net.STACK_1,
    net.COLLECTION_1,
    net.LINKED_LIST,
)


def _collection(source: NetType, target: NetType, figure: Figure) -> Conversion | None:
    """`[List[int]]@(1, 2)`: elements converted, a scalar as the only one."""
    if target.definition not in _COLLECTIONS:
        return None
    element = target.args[0]
    del source

    def convert(value: Value, kind: NetType) -> Value:
        from jcad.lab.powershell.casts.language import convert_one  # noqa: PLC0415  - language builds on failures too

        items = unroll(value)
        try:
            converted = [convert_one(item, element, figure) for item in ([value] if items is None else items)]
        except Failure:
            no_conversion(value, kind)
        for overload in _members(kind).constructors:
            if len(overload.parameters) == 1 and overload.parameters[0].definition is net.IENUMERABLE_1:
                array = Array(converted, net.array_of(element))
                return overload.function(kind, array) if overload.needs_type else overload.function(array)
        return no_conversion(value, kind)

    return Conversion(ranks.CONSTRUCTOR, convert)


# ---------------------------------------------------------------- cast operators

#: (source, target) -> (function, whether the cast is implicit): op_Implicit and op_Explicit of either type.
CAST_OPERATORS: Final[dict[tuple[NetType, NetType], tuple[Callable[[Value], Value], bool]]] = {}


def cast_operator(source: NetType, target: NetType) -> Conversion | None:
    """A cast operator that one of the two types declares."""
    for kind in source.ancestry():
        found = CAST_OPERATORS.get((kind, target))
        if found is not None:
            quality = ranks.IMPLICIT_CAST if found[1] else ranks.EXPLICIT_CAST
            return Conversion(quality, _by_operator(found[0]))
    return None


def _by_operator(function: Callable[[Value], Value]) -> Callable[[Value, NetType], Value]:
    return lambda value, _kind: function(value.base if type(value) is PSObject else value)


def change_type(value: Value, kind: NetType) -> Value:
    """`Convert.ChangeType` of a boolean, character, date or enumeration value: it has no such conversion."""
    source = type_of(value)
    why = f"Invalid cast from '{source}' to '{kind}'."
    raise value_cast("InvalidCastIConvertible", value, kind, why)


# ---------------------------------------------------------------- objects from properties


def _has_default(kind: NetType) -> bool:
    members = _members(kind)
    if kind.is_value or members.default is not None:
        return kind not in net.NUMERIC - {net.DECIMAL} and kind not in (net.BOOLEAN, net.CHAR)
    return any(not overload.parameters for overload in members.constructors)


def make_default(kind: NetType) -> Value:
    """`new T()`."""
    members = _members(kind)
    for overload in members.constructors:
        if not overload.parameters:
            return overload.function(kind) if overload.needs_type else overload.function()
    if members.default is not None:
        return members.default()
    raise invalid_cast("ConvertToFinalInvalidCastException", f'Cannot create an object of type "{kind}".')


def from_dictionary(target: NetType) -> Conversion | None:
    """`[T]@{ Property = value }`."""
    if not _has_default(target):
        return None
    return Conversion(ranks.LANGUAGE, _dictionary_to_object)


def _dictionary_to_object(value: Value, kind: NetType) -> Value:
    base = value.base if type(value) is PSObject else value
    made = make_default(kind) if not kind.is_enum else _zero_enum(kind)
    if isinstance(base, Dictionary):
        _fill(made, [(to_text(key), item) for key, item in base.items()], value, kind)
    return made


def _zero_enum(kind: NetType) -> Value:
    from jcad.lab.powershell.values import EnumValue  # noqa: PLC0415  - rare

    return EnumValue(kind, 0)


def _fill(made: Value, pairs: list[tuple[str, Value]], value: Value, kind: NetType) -> None:
    from jcad.lab.powershell.access import MISSING, get_property, set_property  # noqa: PLC0415  - access builds on this

    for name, item in pairs:
        if get_property(made, name) is MISSING:
            known = ", ".join(f"[{prop.name} <{prop.type}>]" for prop in _members(kind).properties.values())
            raise invalid_cast(
                "ObjectCreationError",
                f'Cannot create object of type "{kind}". The {name} property was not found for the {kind} object. '
                f"The available property is: {known}",
            )
        try:
            set_property(made, name, item)
        except Failure as failure:
            message = f'Cannot create object of type "{kind}". {failure.record.message}'
            raise invalid_cast("ObjectCreationError", message, failure.record.exception) from failure
    del value


def from_custom_object(target: NetType) -> Conversion | None:
    """`[T][pscustomobject]@{...}`."""
    if not _has_default(target):
        return None
    return Conversion(ranks.LANGUAGE, _custom_to_object)


def _custom_to_object(value: Value, kind: NetType) -> Value:
    made = make_default(kind) if not kind.is_enum else _zero_enum(kind)
    if isinstance(value, PSCustomObject):
        try:
            _fill(made, [(m.name, member_value(value, m)) for m in value.extended.values()], value, kind)
        except Failure as failure:
            message = f'Cannot convert value "{to_text(value)}" to type "{kind}". Error: "{failure.record.message}"'
            raise invalid_cast("InvalidCastConstructorException", message, failure.record.exception) from failure
    return made
